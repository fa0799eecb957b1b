/** Each measurement on models whose answer is known beforehand. */
import { expect, test } from "vitest";
import type { Interval } from "#format/experiment.ts";
import { keepHigh, keepLow } from "#pipeline/experiments/frequency-filters.ts";
import { gaussianResponse, lowPass } from "#pipeline/experiments/gaussian-filter.ts";
import { experiments } from "#pipeline/experiments/index.ts";
import { occlude } from "#pipeline/experiments/occlusion.ts";
import type { Subject } from "#pipeline/experiments/subject.ts";
import { CLASSES, cues, knownSubject, readGreen, readRed } from "#test/support/subjects.ts";

async function measure(id: string, subject: Subject) {
  const { measure: run, finding } = experiments.find((experiment) => experiment.id === id)!;
  const rows = await run(subject, 0);
  return { rows, finding: finding(rows) };
}

const value = (cell: unknown): number | null => (cell as Interval).value;

/** The object's class is in the red plane, the background's in the green one; what is not shown says 0. */
const scene = (position: number, version: string) =>
  cues(version === "background" ? 0 : position % CLASSES, version === "object" ? 0 : position % CLASSES);

test("a model that reads the background alone loses all without it, and nothing without the object", async () => {
  const { rows, finding } = await measure(
    "foreground-background",
    knownSubject({ picture: scene, answer: readGreen }),
  );
  const [row] = rows;
  // One in eight pictures is of class 0, which an absent cue says too.
  expect(value(row!.whole)).toBe(1);
  expect(value(row!.background)).toBe(1);
  expect(value(row!.object)).toBe(1 / CLASSES);
  expect(value(row!.backgroundTop5)).toBe(1);
  expect(value(row!.backgroundMatched)).toBe(1);
  expect(value(row!.objectMatched)).toBe(1 / CLASSES);
  expect(finding).toContain("known 100 % (91–100)");
});

test("the version matched for accuracy looks at those images alone that a model gets right whole", async () => {
  // Blind to the upper half of the classes, so half of the whole images are wrong.
  const half = (picture: Float32Array) => (readRed(picture) < CLASSES / 2 ? readRed(picture) : 0);
  const { rows } = await measure("foreground-background", knownSubject({ picture: scene, answer: half }));
  expect(value(rows[0]!.whole)).toBe(0.5);
  expect(value(rows[0]!.object)).toBe(0.5);
  expect(value(rows[0]!.objectMatched)).toBe(1);
  expect((rows[0]!.objectMatched as Interval).n).toBe(20);
});

/** The shape's class in the red plane, the texture's in the green one. */
const conflict = (position: number) => cues(position % CLASSES, (position + 1) % CLASSES);

test.each([
  ["the shape", readRed, 1],
  ["the texture", readGreen, 0],
])("a model that goes by %s alone has a shape bias of exactly that", async (_, answer, bias) => {
  const { rows } = await measure("cue-conflict", knownSubject({ picture: conflict, answer }));
  expect(rows.map(({ ground }) => ground)).toEqual(["in its scene", "on grey"]);
  for (const row of rows) {
    expect(value(row.bias)).toBe(bias);
    expect((row.bias as Interval).n).toBe(40);
  }
});

test("where no answer is decided there is no shape bias, and where the texture is unknown no trial", async () => {
  const elsewhere = (picture: Float32Array) => (readRed(picture) + 2) % CLASSES;
  const undecided = await measure("cue-conflict", knownSubject({ picture: conflict, answer: elsewhere }));
  expect(undecided.rows[0]!.bias).toEqual({ value: null, low: 0, high: 1, n: 0 });
  const worn = Array.from({ length: 40 }, (__, i) => (i < 10 ? (i + 1) % CLASSES : -1));
  const few = await measure("cue-conflict", knownSubject({ picture: conflict, answer: readRed, worn }));
  expect(few.rows[0]!.images).toBe(10);
});

/** A grating of so many cycles across the picture, around mid-grey. */
function grating(cycles: number, side = 16): Float32Array {
  const picture = new Float32Array(3 * side ** 2);
  for (let i = 0; i < picture.length; i++) {
    picture[i] = 0.5 + 0.4 * Math.cos((2 * Math.PI * cycles * (i % side)) / side);
  }
  return picture;
}

const contrast = (picture: Float32Array) => Math.max(...picture) - Math.min(...picture);

test.each([16, 15])(
  "at %i px a filter passes a grating by the Gaussian of its frequency, in both directions",
  (side) => {
    const [cycles, cutoff] = [3, 4];
    const gain = Math.exp(-(cycles ** 2) / (2 * cutoff ** 2));
    const response = gaussianResponse(side, cutoff);
    const filtered = lowPass(grating(cycles, side), side, response);
    filtered.forEach((pixel, i) => {
      expect(pixel).toBeCloseTo(0.5 + gain * (grating(cycles, side)[i]! - 0.5), 5);
    });
    const turned = grating(cycles, side).map((_, i) => grating(cycles, side)[Math.floor(i / side) % side]!);
    const whole = contrast(grating(cycles, side));
    expect(contrast(lowPass(turned, side, response))).toBeCloseTo(whole * gain, 5);

    const low = grating(cycles, side);
    keepLow(side, response)(low, 0);
    expect(contrast(low)).toBeCloseTo(whole * gain, 5);
    const high = grating(cycles, side);
    keepHigh(side, response)(high, 0);
    expect(contrast(high)).toBeCloseTo(whole * (1 - gain), 5);
  },
);

test("a model that needs a fine grating fails under low cut-offs, and one that needs a flat tone under high ones", async () => {
  const seesGrating = (picture: Float32Array) => (contrast(picture) > 0.4 ? 1 : 0);
  const truth = Array(40).fill(1);
  const fine = await measure(
    "frequency-filters",
    knownSubject({ picture: () => grating(4), answer: seesGrating, truth }),
  );
  const curve = (filter: string) =>
    fine.rows.filter((row) => row.filter === filter).map(({ cutoff, accuracy }) => [cutoff, value(accuracy)]);
  // exp(−4²/2c²) is above one half from c = 3.4 on.
  expect(curve("low-pass")).toEqual([
    [1, 0],
    [2, 0],
    [4, 1],
    [8, 1],
  ]);
  expect(curve("high-pass")).toEqual([
    [1, 1],
    [2, 1],
    [4, 0],
    [8, 0],
  ]);
});

test("nothing occluded is the whole image, all of it a grey one, and between them the share that was asked for", async () => {
  const side = 16;
  for (const dropped of [0, 0.25, 1]) {
    const picture = new Float32Array(3 * side ** 2).fill(0.125);
    occlude(dropped, side, [5], 0)(picture, 0);
    expect(picture.filter((pixel) => pixel === 0.5).length / picture.length).toBe(dropped);
  }
  const white = () => new Float32Array(3 * side ** 2).fill(1);
  const seesWhite = (picture: Float32Array) => (picture.some((pixel) => pixel === 1) ? 1 : 0);
  const { rows } = await measure(
    "occlusion",
    knownSubject({ picture: white, answer: seesWhite, truth: Array(40).fill(1) }),
  );
  expect(rows.map(({ dropped, accuracy }) => [dropped, value(accuracy)])).toEqual(
    [0, 0.1, 0.25, 0.5, 0.6, 0.75, 0.9].map((dropped) => [dropped, 1]).concat([[1, 0]]),
  );
});

test("a larger share occludes what a smaller one does, at places of the image's own, also where patches are uneven", () => {
  const hidden = (dropped: number, image: number, side = 18) => {
    const picture = new Float32Array(3 * side ** 2);
    occlude(dropped, side, [image], 0)(picture, 0);
    return picture.map((pixel) => (pixel === 0.5 ? 1 : 0));
  };
  const some = hidden(0.25, 5);
  expect(hidden(0.5, 5).every((now, i) => now >= some[i]!)).toBe(true);
  expect(hidden(0.25, 6)).not.toEqual(some);
  expect(hidden(1, 5).every((now) => now === 1)).toBe(true);
});

test("specialisation is the mean over a layer's neurons, with an interval where there are enough", async () => {
  const many = Array.from({ length: 100 }, (_, unit) => (unit % 2 === 0 ? 0.2 : 0.4));
  const layers = [
    { tap: "a", label: "A", depth: 0, explained: { class: many, scene: many.map((x) => x / 2) } },
    { tap: "b", label: "B", depth: 1, explained: { class: [0.5, 0.7] } },
  ];
  const { rows, finding } = await measure("specialisation", knownSubject({ layers }));
  expect(rows.map(({ tap, depth, labels }) => [tap, depth, labels])).toEqual([
    ["a", 1, "class"],
    ["a", 1, "scene"],
    ["b", 2, "class"],
  ]);
  const [first, , last] = rows.map(({ explained }) => explained as Interval);
  expect(first!.value).toBeCloseTo(0.3, 10);
  expect(first!.low).toBeCloseTo(0.28, 2);
  expect(first!.high).toBeCloseTo(0.32, 2);
  expect(last!.value).toBeCloseTo(0.6, 10);
  expect(last!.low).toBeNull();
  expect(finding).toContain("class 30 % to 60 %");
});
