/** Experiments: their intervals, their subjects, and the stage that runs and publishes them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { experimentDataSchema, experimentIndexSchema, type Interval } from "#format/experiment.ts";
import { whyNot } from "#pipeline/experiments/experiment.ts";
import { experiments } from "#pipeline/experiments/index.ts";
import { bootstrap, wilson } from "#pipeline/experiments/intervals.ts";
import type { Event } from "#pipeline/progress.ts";
import { CLASSES, knownSubject } from "#test/support/subjects.ts";
import { buildTiny, type TinyAtlas, writeTinyAtlas } from "#test/support/tiny-atlas.ts";

const TIMEOUT = 60_000;

test("Wilson's interval is that of the textbook, and never leaves 0 to 1", () => {
  // Newcombe 1998, Table I: 81 of 263 by the score method.
  const { value, low, high, n } = wilson(81, 263);
  expect(value).toBeCloseTo(0.30798, 5);
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
  expect(n).toBe(263);
  expect(wilson(0, 10).low).toBe(0);
  expect(wilson(10, 10).high).toBe(1);
});

test("Wilson's interval of three images says that little was seen, of none that nothing was", () => {
  const three = wilson(3, 3);
  expect(three.low).toBeLessThan(0.45);
  expect(three.high).toBe(1);
  expect(wilson(0, 0)).toEqual({ value: null, low: 0, high: 1, n: 0 });
});

test("the bootstrap's interval of a mean is that of the normal distribution where that holds", () => {
  const values = Array.from({ length: 400 }, (_, i) => (i % 20) / 20);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const error = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0)) / values.length;
  const average = (indices: Int32Array) => indices.reduce((sum, i) => sum + values[i]!, 0) / indices.length;
  const interval = bootstrap(values.length, average, 7, "test");
  expect(interval.value).toBeCloseTo(mean, 10);
  expect(interval.low! - (mean - 1.96 * error)).toBeCloseTo(0, 2);
  expect(interval.high! - (mean + 1.96 * error)).toBeCloseTo(0, 2);
  expect(bootstrap(values.length, average, 7, "test")).toEqual(interval);
  expect(bootstrap(values.length, average, 8, "test")).not.toEqual(interval);
});

test("the bootstrap claims nothing of few observations, nor of a statistic that is not defined", () => {
  expect(bootstrap(3, () => 1, 0, "test")).toEqual({ value: 1, low: null, high: null, n: 3 });
  expect(bootstrap(50, () => Number.NaN, 0, "test")).toEqual({ value: null, low: null, high: null, n: 50 });
});

test("a subject asks for the answers to a version once, and gives ranks of the right class", async () => {
  const read: string[] = [];
  const subject = knownSubject({ answer: () => 2, onRead: (version) => read.push(version) });
  const answers = await subject.answers("object");
  expect(await subject.answers("object")).toBe(answers);
  expect(read).toEqual(Array(6).fill("object"));
  expect([...answers.choice]).toEqual(Array(40).fill(2));
  // All other classes tie, and the smaller index goes first: the right one comes after those before it, and 2.
  expect([...answers.rank.slice(0, 4)]).toEqual([1, 2, 0, 3]);
});

test("changes see each picture with its position, and the picture as it was read", async () => {
  const side = 16;
  const seen: number[] = [];
  const subject = knownSubject({
    picture: (position) => new Float32Array(3 * side ** 2).fill(position / 100),
    answer: (picture) => Math.round(picture[0]! * 100) % CLASSES,
  });
  const [plain, next] = await subject.answersTo([
    (picture, position) => {
      expect(picture[5]).toBeCloseTo(position / 100, 6);
      seen.push(position);
    },
    (picture) => {
      for (let i = 0; i < picture.length; i++) picture[i]! += 0.01;
    },
  ]);
  expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i));
  expect(plain!.rank.every((rank) => rank === 0)).toBe(true);
  expect([...next!.choice.slice(0, 3)]).toEqual([1, 2, 3]);
});

test("what an image set or a model lacks is said in words, and every experiment has an id of its own", () => {
  const experiment = experiments.find(({ id }) => id === "foreground-background")!;
  expect(whyNot(experiment, knownSubject())).toBeUndefined();
  expect(whyNot(experiment, knownSubject({ versions: new Set(["whole"] as const) }))).toContain("no masks");
  expect(whyNot(experiment, knownSubject({ images: [] }))).toContain("no image is of a class");
  expect(whyNot(experiment, knownSubject({ classes: 0 }))).toContain("names no classes");
  expect(new Set(experiments.map(({ id }) => id)).size).toBe(experiments.length);
});

const published = (atlas: TinyAtlas, id: string) =>
  experimentDataSchema.parse(JSON.parse(readFileSync(join(atlas.data, `experiments/${id}.json`), "utf8")));

test(
  "a build publishes every experiment, runs it once, and says what a folder of photographs lacks",
  async () => {
    const atlas = await writeTinyAtlas({ experimentImages: 12 });
    const events: Event[] = [];
    await buildTiny(atlas, { onEvent: (event) => events.push(event) });
    const index = experimentIndexSchema.parse(
      JSON.parse(readFileSync(join(atlas.data, "experiments/index.json"), "utf8")),
    );
    expect(index.experiments).toEqual(experiments.map(({ id }) => id));

    const missing = published(atlas, "foreground-background");
    expect(missing.rows).toEqual([]);
    expect(missing.finding).toBe("");
    expect(missing.notHere.map(({ id }) => id)).toEqual(["tiny_vit", "tiny_resnet"]);
    expect(missing.notHere[0]!.because).toContain("no masks");
    expect(existsSync(join(atlas.data, "schemas/experiment.json"))).toBe(true);

    const again: Event[] = [];
    await buildTiny(atlas, { onEvent: (event) => again.push(event) });
    expect(again.some((event) => event.type === "progress" && event.stage === "run-experiments")).toBe(false);
  },
  TIMEOUT,
);

test(
  "on the picturebook a model is seen whole, with its object and with its background, each with an interval",
  async () => {
    const atlas = await writeTinyAtlas({
      images: { kind: "picturebook", seed: 3, count: 30 },
      experiments: ["foreground-background"],
      experimentImages: 3,
    });
    await buildTiny(atlas);
    const { rows, measured, columns } = published(atlas, "foreground-background");
    expect(rows.map(({ model }) => model)).toEqual(["tiny_vit", "tiny_resnet"]);
    expect(measured.map(({ images, leftOut }) => [images, leftOut])).toEqual([
      [3, 0],
      [3, 0],
    ]);
    for (const row of rows) {
      const whole = row.whole as Interval;
      expect(whole.n).toBe(3);
      expect(whole.high! - whole.low!).toBeGreaterThan(0.5);
      expect((row.objectTop5 as Interval).low).toBeNull();
    }
    expect(columns.map(({ key }) => key)).toContain("backgroundMatched");
  },
  TIMEOUT,
);

test("no experiment is run or published where none is wanted, and an unknown one is named", async () => {
  const atlas = await writeTinyAtlas({ experiments: false });
  await buildTiny(atlas);
  expect(existsSync(join(atlas.data, "experiments"))).toBe(false);
  await expect(buildTiny(atlas, { overrides: { experiments: ["foreground-backgroun"] } })).rejects.toThrow(
    'expected experiments of pipeline/experiments, got "foreground-backgroun"; did you mean',
  );
  await expect(buildTiny(atlas, { overrides: { experiments: "all" } })).rejects.toThrow(
    '"experiments": expected false, or a list of experiments, got "all"',
  );
}, 60_000);
