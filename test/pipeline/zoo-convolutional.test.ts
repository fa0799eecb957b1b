/**
 * Convolutional models of full size through the traced engine, against timm and torchvision with the same weights of a
 * formula (test/golden/make_convolutional.py full), and the parameter lists of those that have no entry in the zoo.
 *
 *   ZOO=full               runs every model, and writes the errors to goldens/zoo-errors-convolutional.json;
 *                          ZOO_ONLY=<id>,… runs some of them and keeps the errors of the others
 *   ZOO_PARAMETERS=FILE    lists of `make_convolutional.py parameters FILE`, to name what differs
 *
 * Logits and activations are held to 1e-4 of float64, and so is the input gradient unless float32 cannot tell it: where
 * a ReLU or a maximum has a tie but for the last bits, two sums in another order have two slopes. How far that goes is
 * in the golden: the distance of PyTorch's own float32 from its float64 (`float32`), and that of float64 from itself
 * with every pixel moved by up to 1e-6 (`moved`). Twice the larger is the bound where it is above 1e-4. Such a tie
 * changes the pixels that its place sees and no others: of ResNet-50's sampled pixels half are off by less than 4e-8
 * and nine of ten by less than 2e-7, where the worst is off by 2.7e-4 (layer3.1.out; `moved` is 8e-5 there, and 1.4e-3
 * at layer4.2.out).
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import { modelConfigOf } from "#pipeline/zoo/fit.ts";
import { findEntry } from "#pipeline/zoo/index.ts";
import { type Errors, errorsOf, type FullRun, keepErrors } from "#test/support/full-size.ts";
import { golden } from "#test/support/golden.ts";
import { outsideZoo } from "#test/support/outside-zoo.ts";

interface Listed {
  readonly tensors: number;
  readonly parameters: number;
  readonly sha256: string;
}

const modelOf = (id: string): ModelConfig => {
  const entry = findEntry(id);
  return entry ? modelConfigOf(entry) : outsideZoo[id]!;
};
const linesOf = (id: string): string[] =>
  openModel(modelOf(id))
    .parameters.map(({ name, shape }) => `${name} ${shape.join("x")}`)
    .sort();

const { variants, outside } =
  golden<Record<"variants" | "outside", Record<string, Listed>>>("zoo-convolutional.json");

describe("outside the zoo,", () => {
  test.each(Object.entries(outside))("%s has torchvision's parameters", (id, listed) => {
    const lines = linesOf(id);
    const trainable = openModel(modelOf(id)).parameters.filter((spec) => spec.trainable);
    expect({
      tensors: lines.length,
      parameters: trainable.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
      sha256: createHash("sha256").update(lines.join("\n")).digest("hex"),
    }).toEqual({ tensors: listed.tensors, parameters: listed.parameters, sha256: listed.sha256 });
  });
});

const lists = process.env.ZOO_PARAMETERS;
test.runIf(lists).each(Object.keys({ ...variants, ...outside }))("%s has every line of the list", (id) => {
  const reference: Record<string, string[]> = JSON.parse(readFileSync(lists!, "utf8"));
  const [ours, theirs] = [new Set(linesOf(id)), new Set(reference[id])];
  expect({
    missing: [...theirs].filter((line) => !ours.has(line)).slice(0, 8),
    unknown: [...ours].filter((line) => !theirs.has(line)).slice(0, 8),
  }).toEqual({ missing: [], unknown: [] });
});

/** Distances that the reference has from itself, as shares of the largest value. */
type Kinks = Readonly<
  Record<string, { readonly gradient: { readonly float32: number; readonly moved: number } }>
>;

const { cases } = golden<{ cases: Record<string, FullRun & { readonly taps: Kinks }> }>(
  "full-convolutional.json",
);

function gradientBound(taps: Kinks): number {
  const kinks = Object.values(taps).flatMap(({ gradient: { float32, moved } }) => [float32, moved]);
  return Math.max(1e-4, 2 * Math.max(...kinks));
}

const QUICK = new Set(["squeezenet1_1", "mobilenetv2_100"]);
const all = process.env.ZOO === "full";
const only = process.env.ZOO_ONLY?.split(",");
const errors: Record<string, Errors> = {};

describe("with the formula's weights, at full size,", () => {
  for (const [id, reference] of Object.entries(cases)) {
    const runs = all ? (only?.includes(id) ?? true) : QUICK.has(id);
    test.skipIf(!runs)(
      `${id} gives the reference's logits, activations and gradients${all ? "" : " (all with ZOO=full)"}`,
      { timeout: 1_200_000 },
      async () => {
        errors[id] = await errorsOf(modelOf(id), reference);
        const { logits, taps, gradient } = errors[id];
        expect(logits).toBeLessThan(1e-4);
        expect(taps).toBeLessThan(1e-4);
        expect(gradient).toBeLessThan(gradientBound(reference.taps));
      },
    );
  }
});

afterAll(() => {
  if (all) keepErrors("convolutional", "timm 1.0.15, torchvision 0.14", errors);
});
