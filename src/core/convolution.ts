/**
 * Convolutions and batch norms over NCHW images. Poolings are in `pooling.ts`, what reads one channel in
 * `channels.ts`.
 *
 * tfjs wants filters as HWIO, checkpoints have OIHW: the transposition happens here, on the weight, where a
 * compiled program does it once. Padding is explicit and symmetric, as in torch ("same" of tfjs is not).
 */

import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { standardize } from "./layers.ts";
import { type Params, param } from "./params.ts";
import { divide } from "./shape.ts";
import { channelsFirst, channelsLast, convolveOnWasm, depthwiseOnWasm, onWasm } from "./wasm.ts";

/** PyTorch's default for batch norms. */
const MOMENTUM = 0.1;

/**
 * A convolution without bias.
 *
 *   x      [B, I, H, W]
 *   filter [O, I, k, k]  PyTorch's layout
 *   → [B, O, ⌊(H + 2·padding − k)/stride⌋ + 1, …]
 */
export function convolve(x: Tensor4D, filter: Tensor, stride: number, padding: number): Tensor4D {
  const kernel = tf.transpose(filter as Tensor4D, [2, 3, 1, 0]);
  if (onWasm()) return convolveOnWasm(x, kernel, stride, padding);
  return tf.conv2d(x, kernel, stride, padding, "NCHW");
}

/**
 * A depthwise convolution without bias: every channel has m filters of its own.
 *
 *   x      [B, C, H, W]
 *   filter [C·m, 1, k, k]  PyTorch's layout with groups = C; output c·m + j reads channel c
 *   → [B, C·m, ⌊(H + 2·padding − k)/stride⌋ + 1, …]
 *
 * tfjs' depthwise gradients are channels-last only, hence the transpositions; a traced program keeps none of them.
 * @throws ShapeError if C does not divide the number of filters
 */
export function depthwise(x: Tensor4D, filter: Tensor, stride: number, padding: number): Tensor4D {
  const [outputs, , height, width] = filter.shape as [number, number, number, number];
  const channels = x.shape[1];
  const multiplier = divide("depthwise", ["filters", outputs], ["channels", channels]);
  const perChannel = tf.reshape(filter, [channels, multiplier, height, width]);
  const kernel = tf.transpose(perChannel, [2, 3, 0, 1]) as Tensor4D;
  if (onWasm()) return depthwiseOnWasm(x, kernel, stride, padding);
  return channelsFirst(tf.depthwiseConv2d(channelsLast(x), kernel, stride, padding));
}

/** The scale and shift that a batch norm with fixed statistics is, [C] each. */
export function normAffine(params: Params, name: string, epsilon: number): { scale: Tensor; shift: Tensor } {
  const deviation = tf.rsqrt(tf.add(param(params, `${name}.running_var`), epsilon));
  const scale = tf.mul(param(params, `${name}.weight`), deviation);
  const mean = param(params, `${name}.running_mean`);
  return { scale, shift: tf.sub(param(params, `${name}.bias`), tf.mul(mean, scale)) };
}

/**
 * Batch norm with the batch's own statistics, for training.
 *
 *   x [B, C, H, W] → same shape
 *
 * Writes the new running mean and variance (momentum 0.1, unbiased variance, as PyTorch) to `statistics`; no
 * gradient flows through those.
 */
export function trainNorm(
  x: Tensor4D,
  params: Params,
  name: string,
  epsilon: number,
  statistics: Record<string, Tensor>,
): Tensor4D {
  const channels = x.shape[1];
  const samples = x.shape[0] * x.shape[2] * x.shape[3];
  const mean = tf.mean(x, [0, 2, 3], true);
  const variance = tf.mean(tf.square(tf.sub(x, mean)), [0, 2, 3], true);
  const unbiased = tf.mul(variance, samples / Math.max(1, samples - 1));
  const blend = (key: string, fresh: Tensor): void => {
    const old = param(params, `${name}.${key}`);
    statistics[`${name}.${key}`] = tf.add(
      tf.mul(old, 1 - MOMENTUM),
      tf.mul(tf.reshape(fresh, [channels]), MOMENTUM),
    );
  };
  blend("running_mean", mean);
  blend("running_var", unbiased);
  const scale = tf.reshape(param(params, `${name}.weight`), [1, channels, 1, 1]);
  const shift = tf.reshape(param(params, `${name}.bias`), [1, channels, 1, 1]);
  return tf.add(tf.mul(standardize(x, [0, 2, 3], epsilon), scale), shift);
}
