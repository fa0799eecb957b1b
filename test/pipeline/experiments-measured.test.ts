/** Each measurement on models whose answer is known beforehand. */
import { expect, test } from "vitest";
import type { Interval } from "#format/experiment.ts";
import { experiments } from "#pipeline/experiments/index.ts";
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
