/**
 * Convolutions as the core has them, on two of tfjs' backends: plain CPU, and WASM, whose kernels are fewer and
 * channels-last only (core/wasm.ts). WebGL and WebGPU have the kernels that CPU has.
 */
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convolve, depthwise } from "#core/convolution.ts";
import { expectClose, formulaImage } from "#test/support/golden.ts";

const WASM_FILES = new URL("../../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url);

/** Values in ±1. */
const centred = (name: string, shape: readonly number[]): Float32Array =>
  formulaImage(
    name,
    shape.reduce((a, b) => a * b),
  ).map((value) => 2 * value - 1);

interface Case {
  readonly channels: number;
  readonly multiplier: number;
  readonly size: readonly [height: number, width: number];
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
}
const cases: readonly Case[] = [
  { channels: 3, multiplier: 1, size: [5, 6], window: 3, stride: 1, padding: 1 },
  { channels: 3, multiplier: 1, size: [7, 6], window: 3, stride: 2, padding: 1 },
  { channels: 2, multiplier: 3, size: [6, 5], window: 3, stride: 1, padding: 1 },
  { channels: 2, multiplier: 2, size: [8, 7], window: 5, stride: 2, padding: 2 },
  { channels: 2, multiplier: 2, size: [8, 9], window: 3, stride: 3, padding: 0 },
];

/** By the definition, in float64: the output, and the gradients of Σ output·weights. */
function reference(c: Case, x: Float32Array, filter: Float32Array, weights: (i: number) => number) {
  const [height, width] = c.size;
  const extent = (length: number): number => Math.floor((length + 2 * c.padding - c.window) / c.stride) + 1;
  const [rows, columns] = [extent(height), extent(width)];
  const output: number[] = [];
  const forImage = new Array<number>(x.length).fill(0);
  const forFilter = new Array<number>(filter.length).fill(0);
  for (let out = 0; out < c.channels * c.multiplier; out++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        const slope = weights(output.length);
        for (let place = 0; place < c.window ** 2; place++) {
          const top = row * c.stride + Math.floor(place / c.window) - c.padding;
          const left = column * c.stride + (place % c.window) - c.padding;
          if (top < 0 || top >= height || left < 0 || left >= width) continue;
          const from = (Math.floor(out / c.multiplier) * height + top) * width + left;
          const by = out * c.window ** 2 + place;
          sum += x[from]! * filter[by]!;
          forImage[from] = forImage[from]! + slope * filter[by]!;
          forFilter[by] = forFilter[by]! + slope * x[from]!;
        }
        output.push(sum);
      }
  return { shape: [1, c.channels * c.multiplier, rows, columns], output, forImage, forFilter };
}

describe.each(["cpu", "wasm"])("on tfjs' %s backend", (backend) => {
  beforeAll(async () => {
    setWasmPaths(WASM_FILES.pathname);
    expect(await tf.setBackend(backend)).toBe(true);
  });
  afterAll(() => tf.setBackend("cpu"));

  test.each(cases)(
    "a depthwise convolution is its definition: $channels channels × $multiplier, $window wide, stride $stride",
    (c) => {
      const imageShape: [number, number, number, number] = [1, c.channels, ...c.size];
      const filterShape: [number, number, number, number] = [
        c.channels * c.multiplier,
        1,
        c.window,
        c.window,
      ];
      const [x, filter] = [centred("x", imageShape), centred("filter", filterShape)];
      const weights = (i: number): number => Math.cos(i);
      const expected = reference(c, x, filter, weights);
      const run = (image: tf.Tensor, kernel: tf.Tensor) =>
        depthwise(image as tf.Tensor4D, kernel, c.stride, c.padding);

      const [image, kernel] = [tf.tensor4d(x, imageShape), tf.tensor4d(filter, filterShape)];
      const output = run(image, kernel);
      expect(output.shape).toEqual(expected.shape);
      expectClose(output, expected.output, 1e-6);
      const dy = tf.tensor(
        expected.output.map((_, i) => weights(i)),
        expected.shape,
      );
      const forImage = tf.grad((t: tf.Tensor) => run(t, kernel))(image, dy);
      expectClose(forImage, expected.forImage, 1e-6);
      if (backend === "wasm") return;
      const forFilter = tf.grad((t: tf.Tensor) => run(image, t))(kernel, dy);
      expectClose(forFilter, expected.forFilter, 1e-6);
    },
  );

  test("one filter a channel convolves as all filters do whose other inputs are zero", () => {
    const x = tf.tensor4d(centred("x", [2, 3, 7, 6]), [2, 3, 7, 6]);
    const own = tf.tensor4d(centred("filter", [3, 1, 3, 3]), [3, 1, 3, 3]);
    const full = tf.mul(own, tf.reshape(tf.eye(3), [3, 3, 1, 1]));
    const slope = (f: (t: tf.Tensor4D) => tf.Tensor) =>
      tf
        .grad((t: tf.Tensor) => tf.sum(tf.square(f(t as tf.Tensor4D))))(x)
        .dataSync<"float32">();
    expectClose(
      slope((t) => depthwise(t, own, 2, 1)),
      [...slope((t) => convolve(t, full, 2, 1))],
      1e-6,
    );
  });
});

test("filters that the channels do not divide are refused", () => {
  expect(() => depthwise(tf.zeros([1, 3, 4, 4]), tf.zeros([4, 1, 3, 3]), 1, 1)).toThrow(
    "depthwise: expected channels to divide filters, got 3 and 4",
  );
});
