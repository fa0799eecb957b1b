/**
 * One channel an image: what a feature visualization reads of its last layer, at a fraction of the layer's work.
 *
 * Not for whole layers (`convolution.ts`).
 */

import type { Tensor, Tensor1D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { depthwise } from "./convolution.ts";
import { size } from "./shape.ts";
import { lay, seenAt } from "./windows.ts";

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
  const travel = { window, stride, padding };
  const rows = tf.transpose(tf.reshape(filters, [batch, channels, window * window]), [0, 2, 1]);
  const products = tf.matMul(rows, tf.reshape(x, [batch, channels, height * width]));
  const maps = lay(tf.reshape(products, [batch, window * window, height, width]), 2, travel);
  // Of row r of the window only its own maps are wanted, and of those map c at column c.
  const lines = Array.from({ length: window }, (_, row) => {
    const seen = lay(mapsOf(seenAt(maps, row), row * window, window), 3, travel);
    const terms = Array.from({ length: window }, (_, column) => mapsOf(seenAt(seen, column), column, 1));
    return terms.reduce((a, b) => tf.add(a, b));
  });
  const sum = lines.reduce((a, b) => tf.add(a, b));
  return tf.reshape(sum, [batch, sum.shape[2], sum.shape[3]]);
}

const mapsOf = (maps: Tensor4D, first: number, count: number): Tensor4D =>
  tf.slice(maps, [0, first, 0, 0], [-1, count, -1, -1]);

/**
 * The same of a depthwise convolution: image b is one map, and has its own filter b.
 *
 *   x       [B, H, W]
 *   filters [B, 1, k, k]
 *   → [B, H', W']
 */
export function depthwiseEach(x: Tensor3D, filters: Tensor4D, stride: number, padding: number): Tensor3D {
  const maps = depthwise(tf.expandDims(x, 0) as Tensor4D, filters, stride, padding);
  return tf.squeeze(maps, [0]) as Tensor3D;
}

/** [B, C, H, W] → the channel unit[b] of image b, [B, H, W]; a product with a one-hot row, whose gradient is one too. */
export function channelEach(x: Tensor4D, unit: Tensor1D): Tensor3D {
  const [batch, channels, height, width] = x.shape;
  const product = tf.matMul(
    tf.reshape(oneHot(unit, 0, channels), [batch, 1, channels]),
    tf.reshape(x, [batch, channels, height * width]),
  );
  return tf.reshape(product, [batch, height, width]);
}

/**
 * The rows of a table that belong to the chosen units, where the table holds units `first` and on: of a unit that it
 * does not hold, zeros. For layers whose units are those of several tables, one after another.
 *
 *   table [n, …], unit [B] int32 → [B, …]
 */
export function rowsWithin(table: Tensor, unit: Tensor1D, first: number): Tensor {
  const [length, ...rest] = table.shape as [number, ...number[]];
  const rows = tf.matMul(oneHot(unit, first, length), tf.reshape(table, [length, size(rest)]));
  return tf.reshape(rows, [unit.shape[0], ...rest]);
}

/** 1 where unit[b] = first + i, else 0: [B] int32 → [B, length] */
function oneHot(unit: Tensor1D, first: number, length: number): tf.Tensor2D {
  const indices = tf.reshape(tf.range(first, first + length, 1, "int32"), [1, length]);
  return tf.cast(tf.equal(indices, tf.reshape(unit, [-1, 1])), "float32") as tf.Tensor2D;
}
