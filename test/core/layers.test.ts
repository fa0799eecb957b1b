/** Every hand-written gradient against finite differences, and against tfjs' own where there is one. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { channelEach, convolveEach } from "#core/channels.ts";
import { convolve, trainNorm } from "#core/convolution.ts";
import { attention, foldNorm, gelu, linear, standardize } from "#core/layers.ts";
import { averagePool, maxPool } from "#core/pooling.ts";
import { totalVariation } from "#core/regularizers.ts";
import { crossEntropy } from "#core/training.ts";
import { jitter } from "#core/transforms.ts";
import { stops } from "#core/windows.ts";
import { expectClose, formulaImage, slopeAt } from "#test/support/golden.ts";

const roll = {
  rows: tf.tensor1d([2, 3, 0, 1], "int32"),
  columns: tf.tensor1d([1, 2, 3, 0], "int32"),
  rowsBack: tf.tensor1d([2, 3, 0, 1], "int32"),
  columnsBack: tf.tensor1d([3, 0, 1, 2], "int32"),
};
const heads = [1, 2, 3, 2];
const fixed = (name: string): tf.Tensor4D => tf.tensor4d(centred(name, 12), [1, 2, 3, 2]);
const targets = tf.tensor2d([0.7, 0.1, 0.2, 0, 0.5, 0.5], [2, 3]);

/** Each: the shape of its input and the operation. */
const operations: Record<string, [shape: number[], f: (x: tf.Tensor) => tf.Tensor]> = {
  "standardize over the last axis": [[2, 3, 4], (x) => standardize(x, [-1], 1e-6)],
  "standardize over a batch": [[2, 3, 2, 2], (x) => standardize(x, [0, 2, 3], 1e-5)],
  gelu: [[3, 5], gelu],
  "attention for queries": [heads, (x) => attention(x as tf.Tensor4D, fixed("k"), fixed("v"))],
  "attention for keys": [heads, (x) => attention(fixed("q"), x as tf.Tensor4D, fixed("v"))],
  "attention for values": [heads, (x) => attention(fixed("q"), fixed("k"), x as tf.Tensor4D)],
  "cross-entropy": [[2, 3], (x) => crossEntropy(x as tf.Tensor2D, targets)],
  jitter: [[1, 3, 4, 4], (x) => jitter(x as tf.Tensor4D, roll)],
  "max pooling": [[1, 2, 5, 5], (x) => maxPool(x as tf.Tensor4D, { window: 3, stride: 2, padding: 1 })],
  "max pooling that leaves a column out": [
    [1, 2, 5, 4],
    (x) => maxPool(x as tf.Tensor4D, { window: 2, stride: 2, padding: 0 }),
  ],
  "max pooling beyond the edge": [
    [1, 2, 6, 4],
    (x) => maxPool(x as tf.Tensor4D, { window: 3, stride: 2, padding: 0, ceil: true }),
  ],
  "average pooling": [[1, 2, 4, 6], (x) => averagePool(x as tf.Tensor4D, 2)],
};

describe.each(Object.entries(operations))("the gradient of %s", (_, [shape, f]) => {
  test("is the slope by finite differences", () => {
    const x = centred(
      "x",
      shape.reduce((a, b) => a * b),
    );
    const outputs = f(tf.tensor(x, shape));
    // A weighting, so that outputs whose sum is constant (a softmax, a norm) have a slope too.
    const weights = tf.tensor(centred("weights", outputs.size), outputs.shape);
    const objective = (values: tf.Tensor): tf.Tensor => tf.sum(tf.mul(f(values), weights));
    const gradient = tf.grad(objective)(tf.tensor(x, shape)).dataSync();
    const slopes = Array.from(x, (_value, place) =>
      slopeAt((values) => objective(tf.tensor(values, shape)).dataSync()[0]!, x, place, 1e-2),
    );
    // float32 sums of order 1 over 0.02, and the curvature over that distance.
    expectClose(gradient, slopes, 5e-3);
  });
});

test("gelu is x times the normal distribution function", () => {
  // Φ(±1) = 0.841344746, 0.158655254; Φ(2) = 0.977249868
  expectClose(gelu(tf.tensor1d([-1, 0, 1, 2])), [-0.158655254, 0, 0.841344746, 1.954499736], 1e-6);
});

test("attention is the softmax of the products, times the values", () => {
  const [q, k, v] = [fixed("q"), fixed("k"), fixed("v")];
  const plain = tf.matMul(tf.softmax(tf.matMul(q, k, false, true)), v);
  expectClose(attention(q, k, v), [...plain.dataSync()], 1e-6);
});

test("folding a norm into the next layer changes nothing", () => {
  const x = standardize(tf.tensor2d(centred("x", 12), [3, 4]), [-1], 1e-6);
  const norm = { weight: tf.tensor1d([1, 2, 0.5, 3]), bias: tf.tensor1d([0.1, 0, -1, 2]) };
  const [weight, bias] = [tf.tensor2d(centred("w", 8), [2, 4]), tf.tensor1d([0.3, -0.2])];
  const plain = linear(tf.add(tf.mul(x, norm.weight), norm.bias), weight, bias);
  const folded = foldNorm(norm, weight, bias);
  expectClose(linear(x, folded.weight, folded.bias), [...plain.dataSync()], 1e-5);
});

test.each([
  { window: 3, stride: 2, padding: 1 },
  { window: 3, stride: 1, padding: 1 },
  { window: 2, stride: 2, padding: 0 },
  { window: 3, stride: 2, padding: 0 },
])("a maximum $window wide at stride $stride, padding $padding is that of tfjs' pooling", (travel) => {
  const x = tf.tensor4d(formulaImage("pool", 2 * 3 * 49), [2, 3, 7, 7]);
  const pooled = tf.maxPool(tf.transpose(x, [0, 2, 3, 1]), travel.window, travel.stride, travel.padding);
  expectClose(maxPool(x, travel), [...tf.transpose(pooled, [0, 3, 1, 2]).dataSync()], 1e-7);
});

test("a last window beyond the edge sees what is left of the image", () => {
  const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], [1, 1, 4, 4]);
  const ceil = maxPool(x, { window: 3, stride: 2, padding: 0, ceil: true });
  expect(ceil.shape).toEqual([1, 1, 2, 2]);
  expect([...ceil.dataSync()]).toEqual([11, 12, 15, 16]);
  // PyTorch 1.13: MaxPool2d(2, 2, 1, ceil_mode=True) of 4×4 has 3×3 places, of 3×3 it has 2×2.
  expect(stops(4, { window: 2, stride: 2, padding: 1, ceil: true })).toBe(3);
  expect(stops(3, { window: 2, stride: 2, padding: 1, ceil: true })).toBe(2);
});

test("of equal values only the first gets the gradient of a maximum", () => {
  const travel = { window: 3, stride: 2, padding: 1 };
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(maxPool(x as tf.Tensor4D, travel)))(
    tf.ones([1, 1, 3, 3]),
  );
  // Four windows over 3×3; each gives 1 to its first place inside the image. Zeros outside are never largest.
  expect([...gradient.dataSync()]).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 0]);
});

test.each([
  [3, 1, 1],
  [1, 1, 0],
  [1, 2, 0],
])("one filter an image, %i wide with stride %i, is the row of the whole convolution", (k, stride, pad) => {
  const x = tf.tensor4d(centred("x", 2 * 3 * 25), [2, 3, 5, 5]);
  const filters = tf.tensor4d(centred("f", 4 * 3 * k * k), [4, 3, k, k]);
  const unit = tf.tensor1d([3, 1], "int32");
  const all = convolve(x, filters, stride, pad);
  const each = convolveEach(x, tf.gather(filters, unit), stride, pad);
  const expected = channelEach(all, unit);
  expect(each.shape).toEqual(expected.shape);
  expectClose(each, [...expected.dataSync()], 1e-5);
});

test("a training norm gives zero mean and unit variance, and moves the running statistics a tenth", () => {
  const x = tf.tensor4d(centred("x", 2 * 2 * 9), [2, 2, 3, 3]);
  const params = {
    "bn.weight": tf.ones([2]),
    "bn.bias": tf.zeros([2]),
    "bn.running_mean": tf.tensor1d([10, 20]),
    "bn.running_var": tf.tensor1d([1, 1]),
  };
  const statistics: Record<string, tf.Tensor> = {};
  const { mean, variance } = tf.moments(trainNorm(x, params, "bn", 1e-5, statistics), [0, 2, 3]);
  for (const value of mean.dataSync()) expect(value).toBeCloseTo(0, 5);
  for (const value of variance.dataSync()) expect(value).toBeCloseTo(1, 3);
  const batch = tf.mean(x, [0, 2, 3]).dataSync();
  expectClose(statistics["bn.running_mean"]!, [9 + 0.1 * batch[0]!, 18 + 0.1 * batch[1]!], 1e-6);
});

test("total variation has the slope of its value", () => {
  const x = formulaImage("tv", 3 * 16);
  const weights = tf.tensor1d([1, 0.5, 2]);
  const at = (values: Float32Array) => totalVariation(tf.tensor4d(values, [1, 3, 4, 4]), weights);
  const slopes = Array.from(x, (_, place) =>
    slopeAt((values) => at(values).value.dataSync()[0]!, x, place, 1e-2),
  );
  expectClose(at(x).gradient, slopes, 5e-3);
});

/** Values in ±1. */
function centred(name: string, length: number): Float32Array {
  return formulaImage(name, length).map((value) => 2 * value - 1);
}
