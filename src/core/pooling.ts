/**
 * Poolings over NCHW images, as torch has them.
 *
 * From slices and comparisons and not by tfjs' pooling, which has no NCHW form and whose gradient no inference
 * runtime has.
 */

import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { divide } from "./shape.ts";
import { lay, type Stride, seenAt } from "./windows.ts";

/**
 * The maximum over windows, of values that are not negative.
 *
 *   x [B, C, H, W] ≥ 0  (after a ReLU, so that padding with 0 is padding with −∞)
 *   → [B, C, stops(H), stops(W)]
 *
 * Along columns first and rows next: 2k views instead of k². As in torch the gradient goes to the first of equal
 * values in row-major order: the first row that holds the maximum, and in it the first column.
 */
export function maxPool(x: Tensor4D, travel: Stride): Tensor4D {
  return largestAlong(largestAlong(x, 3, travel), 2, travel);
}

function largestAlong(x: Tensor4D, axis: 2 | 3, travel: Stride): Tensor4D {
  const laid = lay(x, axis, travel);
  return largest(Array.from({ length: travel.window }, (_, place) => seenAt(laid, place))) as Tensor4D;
}

/** The elementwise maximum of tensors of one shape; of equal ones the first gets the gradient. */
function largest(candidates: readonly Tensor[]): Tensor {
  const operation = tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const given = args.slice(0, -1) as Tensor[];
    const value = given.reduce((a, b) => tf.maximum(a, b));
    (args.at(-1) as tf.GradSaveFunc)([...given, value]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => firstEqual(saved.slice(0, -1), saved.at(-1)!, dy),
    };
  });
  return operation(...candidates);
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
 * The mean of squares that do not overlap.
 *
 *   x [B, C, H, W] → [B, C, H/side, W/side]
 *
 * @throws ShapeError if the side does not divide height and width
 */
export function averagePool(x: Tensor4D, side: number): Tensor4D {
  const [batch, channels, height, width] = x.shape;
  const rows = divide("averagePool", ["height", height], ["side", side]);
  const columns = divide("averagePool", ["width", width], ["side", side]);
  const across = tf.mean(tf.reshape(x, [batch * channels * height * columns, side]), 1);
  const down = tf.mean(tf.reshape(across, [batch * channels * rows, side, columns]), 1);
  return tf.reshape(down, [batch, channels, rows, columns]);
}
