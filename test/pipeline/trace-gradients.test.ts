/**
 * Gradients of traced programs against finite differences of the traced forward pass.
 *
 * Along one direction d: (f(x + hd) − f(x − hd)) / 2h against ∇f·d. Not for agreement with tfjs, which the kernel
 * tests check: what is wrong in both is seen here only.
 */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { depthwise } from "#core/convolution.ts";
import type { Arrays } from "#pipeline/run/index.ts";
import { definitionOf, f32, feedsFor, i32, runOnce, type Specs, values } from "#test/support/tracing.ts";

// biome-ignore lint/suspicious/noExplicitAny: as in tracing.ts, tables of cases do not know ranks
type Tensors = Record<string, any>;

interface Case {
  readonly name: string;
  readonly inputs: Specs;
  /** What the gradient is taken of, in the order of the inputs; the others are constant. */
  readonly along: readonly string[];
  readonly value: (t: Tensors) => tf.Tensor;
  readonly feeds?: Arrays;
}

const conv = (t: Tensors, stride: number, pad: number): tf.Tensor =>
  tf.conv2d(t.x, tf.transpose(t.w, [2, 3, 1, 0]) as tf.Tensor4D, stride, pad, "NCHW");

/** x·Φ(x) with its gradient by hand: the form in which the core's layers come. */
const gelu = tf.customGrad((x, save) => {
  const z = x as tf.Tensor;
  const cdf = tf.mul(tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1), 0.5);
  (save as tf.GradSaveFunc)([z, cdf]);
  return {
    value: tf.mul(z, cdf),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [input, distribution] = saved as [tf.Tensor, tf.Tensor];
      const density = tf.mul(tf.exp(tf.mul(tf.square(input), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(distribution, tf.mul(input, density)));
    },
  };
});

const CASES: readonly Case[] = [
  {
    name: "two layers with softmax",
    inputs: { x: f32(3, 4), w: f32(5, 4), b: f32(5) },
    along: ["x", "w", "b"],
    value: (t) => tf.softmax(tf.tanh(tf.add(tf.matMul(t.x, t.w, false, true), t.b))),
  },
  {
    name: "batched products with broadcasting",
    inputs: { x: f32(2, 3, 4), w: f32(2, 4, 5), b: f32(3, 1) },
    along: ["x", "w", "b"],
    value: (t) => tf.mul(tf.matMul(t.x, t.w), t.b),
  },
  {
    name: "layer norm from primitives",
    inputs: { x: f32(3, 6), w: f32(6) },
    along: ["x", "w"],
    value: (t) => {
      const centred = tf.sub(t.x, tf.mean(t.x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true);
      return tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-6))), t.w);
    },
  },
  { name: "a custom gradient", inputs: { x: f32(4, 5) }, along: ["x"], value: (t) => gelu(t.x) },
  {
    name: "cross-entropy",
    inputs: { x: f32(4, 5), target: i32(4) },
    along: ["x"],
    value: (t) => tf.mul(tf.oneHot(t.target, 5, 0.9, 0.02), tf.logSoftmax(t.x)),
  },
  {
    name: "gather by an index that is fed",
    inputs: { x: f32(4, 5), index: i32(3) },
    feeds: { index: Int32Array.of(3, 0, 3) },
    along: ["x"],
    value: (t) => tf.exp(tf.gather(t.x, t.index, 1)),
  },
  {
    name: "slices, pads, concatenation and tiles",
    inputs: { x: f32(2, 6) },
    along: ["x"],
    value: (t) => {
      const [left, right] = tf.split(t.x as tf.Tensor, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      return tf.tile(
        tf.concat(
          [
            tf.square(left),
            tf.pad(right, [
              [0, 0],
              [1, 1],
            ]),
          ],
          1,
        ),
        [2, 1],
      );
    },
  },
  ...(
    [
      [3, 1, 1, 7, 6],
      [3, 2, 1, 8, 7],
      [1, 2, 0, 7, 8],
      [7, 2, 3, 11, 10],
      [3, 4, 1, 10, 9],
      [4, 4, 0, 8, 8],
    ] as const
  ).map(
    ([kernel, stride, pad, height, width]): Case => ({
      name: `convolution ${kernel}×${kernel} at stride ${stride}, pad ${pad}, of ${height}×${width}`,
      inputs: { x: f32(2, 2, height, width), w: f32(3, 2, kernel, kernel) },
      along: ["x", "w"],
      value: (t) => tf.sin(tf.mul(conv(t, stride, pad), 0.1)),
    }),
  ),
  ...(
    [
      [3, 1, 1, 1, 7, 6],
      [3, 2, 1, 1, 8, 7],
      [5, 2, 2, 2, 7, 8],
      [3, 1, 1, 2, 5, 6],
    ] as const
  ).map(
    ([kernel, stride, pad, multiplier, height, width]): Case => ({
      name: `depthwise convolution ${kernel}×${kernel}, ${multiplier} a channel, at stride ${stride} of ${height}×${width}`,
      inputs: { x: f32(2, 2, height, width), w: f32(2 * multiplier, 1, kernel, kernel) },
      along: ["x", "w"],
      value: (t) => tf.sin(tf.mul(depthwise(t.x, t.w, stride, pad), 0.1)),
    }),
  ),
  ...(
    [
      ["same", 2],
      [1, 2],
      ["same", 1],
    ] as const
  ).map(
    ([pad, stride]): Case => ({
      name: `average pooling, pad ${pad}, stride ${stride}`,
      inputs: { x: f32(1, 7, 6, 2) },
      along: ["x"],
      value: (t) => tf.square(tf.avgPool(t.x, 3, stride, pad)),
    }),
  ),
  {
    name: "max pooling",
    inputs: { x: f32(1, 7, 6, 2) },
    along: ["x"],
    value: (t) => tf.square(tf.maxPool(t.x, 3, 2, 1)),
  },
  {
    name: "bilinear resizing of an oblong image",
    inputs: { x: f32(1, 5, 6, 2) },
    along: ["x"],
    value: (t) => tf.square(tf.image.resizeBilinear(t.x, [8, 4])),
  },
];

describe("the gradient of a traced program is its finite difference:", () => {
  for (const { name, inputs, along, value, feeds } of CASES) {
    test(name, async () => {
      const definition = definitionOf(inputs, (t) => {
        const varied = along.map((key) => t[key] as tf.Tensor);
        const objective = (...given: tf.Tensor[]): tf.Scalar => {
          const moved = Object.fromEntries(along.map((key, i) => [key, given[i]!]));
          const result = value({ ...t, ...moved });
          // Weighted, because the plain sum of a softmax has no gradient.
          const weights = tf.cos(tf.reshape(tf.range(0, result.size), result.shape));
          return tf.sum(tf.mul(result, weights));
        };
        const { value: total, grads } = tf.valueAndGrads(objective)(varied);
        return [total, ...grads];
      });
      const at = feedsFor(inputs, feeds);
      const directions = along.map((key, i) => values(inputs[key]!, 50 + i) as Float32Array);
      const centre = await runOnce(definition, {}, at);
      const slope = directions.reduce(
        (sum, direction, i) => sum + direction.reduce((dot, d, j) => dot + d * centre[`out${i + 1}`]![j]!, 0),
        0,
      );
      const moved = async (h: number): Promise<number> => {
        const shifted = { ...at };
        along.forEach((key, i) => {
          shifted[key] = Float32Array.from(at[key]!, (v, j) => v + h * directions[i]![j]!);
        });
        return (await runOnce(definition, {}, shifted)).out0![0]!;
      };
      const h = 2e-3;
      const difference = ((await moved(h)) - (await moved(-h))) / (2 * h);
      // Truncation is of order h², cancellation of order 1e-7/h: both well below.
      expect(Math.abs(difference - slope)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));
    });
  }
});
