/**
 * The first half of a feed-forward layer: norm, linear layer, activation. Its result is what taps called `….act` read.
 *
 * Of transformers and mixers alike; not for the second half, which is one linear layer (`linear` of layers.ts).
 */

import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Norm } from "../layers.ts";
import { foldNorm, gelu, linear, standardize, swish } from "../layers.ts";
import { divide } from "../shape.ts";

/**
 * - `gelu`: the exact one
 * - `quick_gelu`: x·σ(1.702x), of OpenAI's CLIP
 * - `silu_glu`: value·silu(gate), of a layer with twice as many rows: first all values, then all gates (timm's GluMlp)
 */
type Activation = "gelu" | "quick_gelu" | "silu_glu";

/** https://github.com/openai/CLIP/blob/main/clip/model.py, QuickGELU */
const QUICK_GELU = 1.702;

export interface HiddenLayer {
  /** Added to the variance of the norm before it; null where the input is not standardised. */
  readonly epsilon: number | null;
  /** The affine half of that norm; null where there is none. */
  readonly norm: Norm | null;
  /** [F, C]; of a gated layer [2F, C] */
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly activation: Activation;
}

/** All hidden units, [B, N, C] → [B, N, F]. */
export function hiddenUnits(tokens: Tensor3D, layer: HiddenLayer): Tensor3D {
  const { weight, bias } = layer.norm ? foldNorm(layer.norm, layer.weight, layer.bias) : layer;
  const sums = linear(normalised(tokens, layer), weight, bias);
  if (layer.activation !== "silu_glu") return activate(sums, layer.activation);
  const [value, gate] = tf.split(sums, 2, -1) as [Tensor3D, Tensor3D];
  return tf.mul(value, swish(gate, 1));
}

/**
 * One hidden unit an image: matrix–vector products with the unit's rows alone.
 *
 *   tokens [B, P, C]
 *   unit   [n] int32  n divides B; image b reads unit[⌊b·n/B⌋]
 *   → [B, P]
 */
export function hiddenUnitEach(tokens: Tensor3D, layer: HiddenLayer, unit: Tensor1D): Tensor2D {
  const [batch, positions, width] = tokens.shape;
  const units = unit.shape[0];
  const copies = divide("feature", ["images", batch], ["units", units]);
  const rowsOf = (rows: Tensor1D): Pick<HiddenLayer, "weight" | "bias"> => {
    const [weight, bias] = [tf.gather(layer.weight, rows), tf.gather(layer.bias, rows)];
    return layer.norm ? foldNorm(layer.norm, weight, bias) : { weight, bias };
  };
  const sumsOf = ({ weight, bias }: Pick<HiddenLayer, "weight" | "bias">, x: Tensor): Tensor =>
    tf.add(tf.matMul(x, tf.reshape(weight, [units, width, 1])), tf.reshape(bias, [units, 1, 1]));
  const folded = rowsOf(unit);
  const x = tf.reshape(normalised(tokens, layer), [units, copies * positions, width]);
  const sums = sumsOf(folded, x);
  if (layer.activation !== "silu_glu")
    return tf.reshape(activate(sums, layer.activation), [batch, positions]);
  const gateRows = tf.add(unit, tf.scalar(layer.weight.shape[0]! / 2, "int32")) as Tensor1D;
  return tf.reshape(tf.mul(sums, swish(sumsOf(rowsOf(gateRows), x), 1)), [batch, positions]);
}

const normalised = (tokens: Tensor3D, { epsilon }: HiddenLayer): Tensor3D =>
  epsilon === null ? tokens : standardize(tokens, [-1], epsilon);

const activate = <T extends Tensor>(x: T, activation: "gelu" | "quick_gelu"): T =>
  activation === "gelu" ? gelu(x) : swish(x, QUICK_GELU);
