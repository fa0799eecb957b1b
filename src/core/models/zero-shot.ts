/**
 * The head of a CLIP image tower whose classes are texts: cosines between an image's embedding and the texts'.
 *
 * The texts' embeddings are a parameter, made once from the text tower (`clip-text.ts`, pipeline/clip). A tower
 * without classes gives the embedding itself.
 *
 * @see Radford et al. 2021, section 3.1.2, https://arxiv.org/abs/2103.00020
 */

import type { Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type ParamSpec, type Params, param } from "../params.ts";

/** Name of the parameter: a row a class, of length exp(logit_scale). */
const ZERO_SHOT = "zero_shot.weight";

/** [classes, E]; none for a tower without classes */
export function zeroShotParameters(classes: number, embedding: number): readonly ParamSpec[] {
  if (classes === 0) return [];
  return [
    {
      name: ZERO_SHOT,
      shape: [classes, embedding],
      symbols: "[classes, E]",
      init: "truncated-normal",
      trainable: true,
      decay: true,
    },
  ];
}

/** embedding [B, E] → [B, classes], or the embedding where there are no classes */
export function zeroShotLogits(embedding: Tensor2D, params: Params, classes: number): Tensor2D {
  if (classes === 0) return embedding;
  return tf.matMul(unitLength(embedding), param(params, ZERO_SHOT) as Tensor2D, false, true);
}

/** Rows of length 1, [n, E] → [n, E] */
export function unitLength(rows: Tensor2D): Tensor2D {
  return tf.mul(rows, tf.rsqrt(tf.sum(tf.square(rows), -1, true)));
}
