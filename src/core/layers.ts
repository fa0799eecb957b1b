/**
 * The layers of transformers, with hand-written gradients of few nodes.
 *
 * tfjs differentiates every elementary operation apart, and a traced program pays for each node; the closed forms
 * below made a DeiT-Tiny ascent step 13 % faster (reference measurements in README.md). What is constant between
 * steps is moved into the weights instead of the activations: the affine half of a layer norm and attention's 1/√D
 * become part of the matrix after them, which onnxruntime folds once, when frozen weights are loaded.
 *
 * Not for convolutions (`convolution.ts`). Nothing here is stateful; no dropout.
 */

import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * A linear layer over the last axis.
 *
 *   x       [..., in]
 *   weight  [out, in]  PyTorch's layout
 *   bias    [out]
 *   → [..., out]
 *
 * The leading axes are merged, so that it is one 2-D product, and with it one Gemm.
 */
export function linear<T extends Tensor>(x: T, weight: Tensor, bias?: Tensor): T {
  const inputs = x.shape.at(-1)!;
  const flat = tf.reshape(x, [-1, inputs]) as Tensor2D;
  const product = tf.matMul(flat, weight as Tensor2D, false, true);
  const sum = bias ? tf.add(product, bias) : product;
  return tf.reshape(sum, [...x.shape.slice(0, -1), weight.shape[0]!]) as T;
}

/**
 * Zero mean and unit variance over the given axes: the part of layer norm and batch norm without weights.
 *
 *   x  any shape
 *   → same shape; (x − mean)/√(variance + epsilon), biased variance
 *
 * Gradient: r·(g − mean(g) − y·mean(g·y)), r = 1/√(variance + epsilon).
 */
export function standardize<T extends Tensor>(x: T, axes: number[], epsilon: number): T {
  const operation = tf.customGrad((value: Tensor | tf.GradSaveFunc, save: Tensor | tf.GradSaveFunc) => {
    const centred = tf.sub(value as Tensor, tf.mean(value as Tensor, axes, true));
    const variance = tf.mean(tf.square(centred), axes, true);
    const scale = tf.rsqrt(tf.add(variance, epsilon));
    const result = tf.mul(centred, scale);
    (save as tf.GradSaveFunc)([result, scale]);
    return {
      value: result,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [y, r] = saved as [Tensor, Tensor];
        const along = tf.mul(y, tf.mean(tf.mul(dy, y), axes, true));
        return tf.mul(r, tf.sub(tf.sub(dy, tf.mean(dy, axes, true)), along));
      },
    };
  });
  return operation(x) as T;
}

/** A layer norm that precedes linear layers: its affine half goes into them. */
export interface Norm {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/**
 * A linear layer's weights with the affine half of the layer norm before it folded in:
 * W(x̂·γ + β) + b = (Wγ)x̂ + (Wβ + b).
 *
 *   weight [out, in], bias [out] or none, norm [in] each
 *   → weight [out, in], bias [out]
 */
export function foldNorm(
  norm: Norm,
  weight: Tensor,
  bias: Tensor | undefined,
): { weight: Tensor2D; bias: Tensor1D } {
  const shift = tf.reshape(tf.matMul(weight as Tensor2D, tf.reshape(norm.bias, [-1, 1])), [-1]) as Tensor1D;
  return {
    weight: tf.mul(weight, norm.weight) as Tensor2D,
    bias: bias ? (tf.add(shift, bias) as Tensor1D) : shift,
  };
}

/**
 * The exact Gaussian error linear unit, x·Φ(x).
 *
 *   x any shape → same shape
 *
 * Gradient: Φ(x) + x·φ(x).
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export function gelu<T extends Tensor>(x: T): T {
  const operation = tf.customGrad((value: Tensor | tf.GradSaveFunc, save: Tensor | tf.GradSaveFunc) => {
    const input = value as Tensor;
    const distribution = tf.mul(tf.add(tf.erf(tf.mul(input, Math.SQRT1_2)), 1), 0.5);
    (save as tf.GradSaveFunc)([input, distribution]);
    return {
      value: tf.mul(input, distribution),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [z, cdf] = saved as [Tensor, Tensor];
        const density = tf.mul(tf.exp(tf.mul(tf.square(z), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(cdf, tf.mul(z, density)));
      },
    };
  });
  return operation(x) as T;
}

/**
 * x·σ(βx): SiLU with β = 1, CLIP's QuickGELU with β = 1.702.
 *
 *   x any shape → same shape
 *
 * Gradient: σ(βx) + βx·σ(βx)·(1 − σ(βx)).
 * @see Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941
 */
export function swish<T extends Tensor>(x: T, beta: number): T {
  const operation = tf.customGrad((value: Tensor | tf.GradSaveFunc, save: Tensor | tf.GradSaveFunc) => {
    const input = value as Tensor;
    const gate = tf.sigmoid(beta === 1 ? input : tf.mul(input, beta));
    const result = tf.mul(input, gate);
    (save as tf.GradSaveFunc)([gate, result]);
    return {
      value: result,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [s, y] = saved as [Tensor, Tensor];
        const bend = tf.mul(y, tf.sub(1, s));
        return tf.mul(dy, tf.add(s, beta === 1 ? bend : tf.mul(bend, beta)));
      },
    };
  });
  return operation(x) as T;
}

/**
 * Softmax attention of heads whose queries are already divided by √D.
 *
 *   query, key, value [B, K, N, D]
 *   → [B, K, N, D]
 *
 * Gradient: with S = softmax(QKᵀ) and O = SV, dS·S summed over keys equals dO·O summed over D, which is N/D times
 * less work (Dao et al. 2022, https://arxiv.org/abs/2205.14135, appendix B).
 */
export function attention(query: Tensor4D, key: Tensor4D, value: Tensor4D): Tensor4D {
  const operation = tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const [q, k, v] = args as [Tensor4D, Tensor4D, Tensor4D];
    const save = args.at(-1) as tf.GradSaveFunc;
    const weights = tf.softmax(tf.matMul(q, k, false, true));
    const output = tf.matMul(weights, v);
    save([q, k, v, weights, output]);
    return {
      value: output,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [sq, sk, sv, s, o] = saved as [Tensor4D, Tensor4D, Tensor4D, Tensor4D, Tensor4D];
        const ds = tf.matMul(dy as Tensor4D, sv, false, true);
        const dScores = tf.mul(s, tf.sub(ds, tf.sum(tf.mul(dy, o), -1, true))) as Tensor4D;
        return [tf.matMul(dScores, sk), tf.matMul(dScores, sq, true, false), tf.matMul(s, dy, true, false)];
      },
    };
  });
  return operation(query, key, value) as Tensor4D;
}

/** [B, N, K·D] → [B, K, N, D] */
export function splitHeads(x: Tensor3D, heads: number): Tensor4D {
  const [batch, tokens, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]) as Tensor4D;
}

/** [B, K, N, D] → [B, N, K·D] */
export function mergeHeads(x: Tensor4D): Tensor3D {
  const [batch, heads, tokens, width] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * width]);
}
