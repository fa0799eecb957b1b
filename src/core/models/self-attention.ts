/** Multi-head self-attention behind a layer norm, as in ViTs and in CLIP's text tower; the projection after it is not here. */

import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { biasedAttention } from "../attention.ts";
import { attention, foldNorm, linear, mergeHeads, type Norm, splitHeads, standardize } from "../layers.ts";

export interface SelfAttention {
  readonly heads: number;
  /** Added to the variance of the norm. */
  readonly epsilon: number;
  readonly norm: Norm;
  /** [3C, C]: queries, keys, values */
  readonly weight: Tensor;
  /** [3C] */
  readonly bias: Tensor | undefined;
  /** [N, N], added to the scores */
  readonly mask?: Tensor2D;
}

/** tokens [B, N, C] → what the heads see, [B, N, C] */
export function selfAttention(tokens: Tensor3D, layer: SelfAttention): Tensor3D {
  const { heads, epsilon, norm, weight, bias, mask } = layer;
  const width = tokens.shape[2];
  const normalised = standardize(tokens, [-1], epsilon);
  const folded = foldNorm(norm, weight, bias);
  // Three products and not one that is then cut apart: 1–3 % faster. 1/√D goes into the query's weights.
  const scales = [1 / Math.sqrt(width / heads), 1, 1];
  const [query, key, value] = scales.map((scale, part) => {
    const rows = tf.slice(folded.weight, [part * width, 0], [width, width]);
    const shift = tf.slice(folded.bias, [part * width], [width]);
    const scaled = (x: Tensor): Tensor => (scale === 1 ? x : tf.mul(x, scale));
    return splitHeads(linear(normalised, scaled(rows), scaled(shift)), heads);
  });
  if (mask) return mergeHeads(biasedAttention(query!, key!, value!, mask));
  return mergeHeads(attention(query!, key!, value!));
}
