/**
 * The layers of convolutional networks, over NCHW images.
 *
 * tfjs wants filters as HWIO, checkpoints have OIHW: the transposition happens here, on the weight, where a
 * compiled program does it once. Padding is explicit and symmetric, as in torch ("same" of tfjs is not).
 */

import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { standardize } from "./layers.ts";
import { type Params, param } from "./params.ts";
import { divide } from "./shape.ts";
import { channelsFirst, channelsLast, convolveOnWasm, depthwiseOnWasm, onWasm } from "./wasm.ts";

/** PyTorch's defaults for batch norm. */
const EPSILON = 1e-5;
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
export function normAffine(params: Params, name: string): { scale: Tensor; shift: Tensor } {
  const deviation = tf.rsqrt(tf.add(param(params, `${name}.running_var`), EPSILON));
  const scale = tf.mul(param(params, `${name}.weight`), deviation);
  const mean = param(params, `${name}.running_mean`);
  return { scale, shift: tf.sub(param(params, `${name}.bias`), tf.mul(mean, scale)) };
}

/**
 * A convolution and the batch norm after it, with the running statistics: the norm's scale goes into the filter.
 *
 *   x [B, I, H, W] → [B, O, H', W']
 */
export function convolveNorm(
  x: Tensor4D,
  params: Params,
  names: { readonly conv: string; readonly norm: string },
  stride: number,
  padding: number,
): Tensor4D {
  const filter = param(params, `${names.conv}.weight`);
  const { scale, shift } = normAffine(params, names.norm);
  const scaled = tf.mul(filter, tf.reshape(scale, [-1, 1, 1, 1]));
  return tf.add(convolve(x, scaled, stride, padding), tf.reshape(shift, [1, -1, 1, 1]));
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
  return tf.add(tf.mul(standardize(x, [0, 2, 3], EPSILON), scale), shift);
}

/**
 * The maximum over 3×3 windows at stride 2 with padding 1, of values that are not negative.
 *
 *   x [B, C, H, W] ≥ 0  (after a ReLU, so that padding with 0 is padding with −∞)
 *   → [B, C, ⌊(H − 1)/2⌋ + 1, …]
 *
 * From slices and comparisons and not by tfjs' pooling, which has no NCHW form and whose gradient no inference
 * runtime has. As in torch the gradient goes to the first of equal values.
 */
export function maxPool(x: Tensor4D): Tensor4D {
  const operation = tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const windows = args.slice(0, -1) as Tensor[];
    const largest = windows.reduce((a, b) => tf.maximum(a, b));
    (args.at(-1) as tf.GradSaveFunc)([...windows, largest]);
    return {
      value: largest,
      gradFunc: (dy: Tensor, saved: Tensor[]) => firstEqual(saved.slice(0, -1), saved.at(-1)!, dy),
    };
  });
  return operation(...windowsOf(x, 3, 2, 1)) as Tensor4D;
}

/** For each of the candidates dy where it is the first to equal the largest, else 0. */
function firstEqual(candidates: readonly Tensor[], largest: Tensor, dy: Tensor): Tensor[] {
  let rest = dy;
  return candidates.map((candidate) => {
    const taken = tf.mul(rest, tf.cast(tf.equal(candidate, largest), "float32"));
    rest = tf.sub(rest, taken);
    return taken;
  });
}

/**
 * The k² shifted, strided views of an image that a k×k window reads, row by row; zeros outside the image.
 *
 *   x [B, C, H, W] → k² tensors [B, C, ⌊(H + 2·padding − k)/stride⌋ + 1, …]
 *
 * By reshape and slice: tfjs has no gradient for strided slices.
 */
function windowsOf(x: Tensor4D, window: number, stride: number, padding: number): Tensor4D[] {
  const [batch, channels, height, width] = x.shape;
  const reach = Math.floor((window - 1) / stride);
  const outputs = (length: number): number => Math.floor((length + 2 * padding - window) / stride) + 1;
  const [rows, columns] = [outputs(height), outputs(width)];
  const after = (length: number, count: number): number => stride * (count + reach) - length - padding;
  const padded = tf.pad(x, [
    [0, 0],
    [0, 0],
    [padding, after(height, rows)],
    [padding, after(width, columns)],
  ]);
  const blocks = tf.reshape(padded, [batch * channels, rows + reach, stride, columns + reach, stride]);
  const at = (offset: number): [number, number] => [Math.floor(offset / stride), offset % stride];
  return Array.from({ length: window * window }, (_, i) => {
    const [row, rowRest] = at(Math.floor(i / window));
    const [column, columnRest] = at(i % window);
    const view = tf.slice(blocks, [0, row, rowRest, column, columnRest], [-1, rows, 1, columns, 1]);
    return tf.reshape(view, [batch, channels, rows, columns]) as Tensor4D;
  });
}

/**
 * One output channel an image of a convolution: image b is convolved with its own filter b.
 *
 *   x       [B, I, H, W]
 *   filters [B, I, k, k]
 *   → [B, H', W']
 *
 * Sums over the input channels first, by one matrix product of k² rows an image, and shifts afterwards, so that
 * what moves is k² maps and not k²·I.
 */
export function convolveEach(x: Tensor4D, filters: Tensor4D, stride: number, padding: number): Tensor3D {
  const [batch, channels, height, width] = x.shape;
  const window = filters.shape[2];
  const rows = tf.transpose(tf.reshape(filters, [batch, channels, window * window]), [0, 2, 1]);
  const maps = tf.matMul(rows, tf.reshape(x, [batch, channels, height * width]));
  const views = windowsOf(tf.reshape(maps, [batch, window * window, height, width]), window, stride, padding);
  // View i is wanted of map i only.
  const terms = views.map((view, i) => {
    const [, , outRows, outColumns] = view.shape;
    return tf.reshape(tf.slice(view, [0, i, 0, 0], [-1, 1, -1, -1]), [batch, outRows, outColumns]);
  });
  return terms.reduce((a, b) => tf.add(a, b)) as Tensor3D;
}

/** [B, C, H, W] → the channel unit[b] of image b, [B, H, W]; a product with a one-hot row, whose gradient is one too. */
export function channelEach(x: Tensor4D, unit: Tensor): Tensor3D {
  const [batch, channels, height, width] = x.shape;
  const index = tf.tensor2d(
    Int32Array.from({ length: channels }, (_, i) => i),
    [1, channels],
    "int32",
  );
  const oneHot = tf.cast(tf.equal(index, tf.reshape(unit, [batch, 1])), "float32");
  const product = tf.matMul(
    tf.reshape(oneHot, [batch, 1, channels]),
    tf.reshape(x, [batch, channels, height * width]),
  );
  return tf.reshape(product, [batch, height, width]);
}
