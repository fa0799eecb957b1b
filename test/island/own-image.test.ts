/** What an own image is compared by. In a real browser: test/e2e/own-image.test.ts. */
import { expect, test } from "vitest";
import {
  largest,
  mapOf,
  meansOf,
  patchAt,
  type ReferenceLayer,
  rankByImage,
  rankByPatch,
  shareBelow,
  softmax,
} from "#island/own-image/compare.ts";

const layer: ReferenceLayer = {
  tap: "blocks.0.mlp.act",
  label: "Block 1",
  depth: 0,
  units: 3,
  grid: [1, 2],
  mean: [0, 1, 0],
  std: [2, 0.5, 0],
  peak: [10, 2, 0],
  sprite: {
    picture: { digest: "0".repeat(64), ext: "webp", bytes: 1, width: 4, height: 4 },
    tile: 2,
    columns: 2,
  },
};
/** Two patches of three units. */
const activations = Float32Array.of(4, 1, 7, 2, 3, 9);

test("probabilities are those of the logits, however large they are", () => {
  const [a, b] = softmax(Float32Array.of(1000, 1001));
  expect(a! + b!).toBeCloseTo(1, 12);
  expect(b! / a!).toBeCloseTo(Math.E, 12);
});

test("of equal values the first comes first", () => {
  expect(largest([1, 3, 3, 2], 3)).toEqual([1, 2, 3]);
});

test("a unit's mean and map are over the patches", () => {
  expect([...meansOf(activations, 3)]).toEqual([3, 2, 8]);
  expect([...mapOf(activations, 3, 1)]).toEqual([1, 3]);
});

test("an image is compared in deviations of the set's means, without units that never vary", () => {
  expect(rankByImage(layer, activations, 9)).toEqual([
    { unit: 1, activation: 2, score: 2 },
    { unit: 0, activation: 3, score: 1.5 },
  ]);
});

test("a patch is compared with patches, as a share of the highest", () => {
  expect(rankByPatch(layer, activations, 0, 9)).toEqual([
    { unit: 1, activation: 1, score: 0.5 },
    { unit: 0, activation: 4, score: 0.4 },
  ]);
  expect(rankByPatch(layer, activations, 1, 1)[0]).toEqual({ unit: 1, activation: 3, score: 1.5 });
});

test("an activation is placed among the images of a histogram", () => {
  const histogram = { low: 0, high: 4, counts: [1, 0, 0, 3] };
  expect([-1, 0, 0.5, 2, 3.5, 4, 9].map((value) => shareBelow(histogram, value))).toEqual([
    0, 0, 0.125, 0.25, 0.625, 1, 1,
  ]);
  expect(shareBelow({ low: 0, high: 0, counts: [0] }, 1)).toBe(0);
});

test("a point lies in the same part of the image, however fine a layer's grid is", () => {
  expect(patchAt([8, 8], 0.99, 0)).toBe(7);
  expect(patchAt([4, 4], 0.5, 0.5)).toBe(10);
  expect(patchAt([1, 1], 1, 1)).toBe(0);
});
