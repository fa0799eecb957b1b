/**
 * The hierarchical transformers at full size: parameter lists, preprocessing, and passes through the traced engine, all
 * against timm (test/golden/make_hierarchical.py). The smallest of each family always runs.
 *
 *   ZOO=full               runs every variant, and writes the errors to goldens/zoo-errors-hierarchical.json;
 *                          ZOO_ONLY=<id>,… runs some of them and keeps the errors of the others
 *   ZOO_PARAMETERS=FILE    lists of `make_hierarchical.py parameters FILE`, to name what differs
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { openModel } from "#core/models/index.ts";
import { coats } from "#pipeline/zoo/coat.ts";
import { convits } from "#pipeline/zoo/convit.ts";
import type { ZooEntry } from "#pipeline/zoo/entry.ts";
import { classesOf, modelConfigOf } from "#pipeline/zoo/fit.ts";
import { levits } from "#pipeline/zoo/levit.ts";
import { pits } from "#pipeline/zoo/pit.ts";
import { swins } from "#pipeline/zoo/swin.ts";
import { allTwins } from "#pipeline/zoo/twins.ts";
import { type Errors, errorsOf, type FullRun, keepErrors, type Sample } from "#test/support/full-size.ts";
import { golden } from "#test/support/golden.ts";

interface Goldens {
  readonly variants: Readonly<
    Record<
      string,
      {
        readonly parameters: { readonly count: number; readonly trainable: number; readonly sha256: string };
        readonly classes: number;
        readonly preprocessing: unknown;
      }
    >
  >;
  readonly full: Readonly<
    Record<
      string,
      {
        readonly logits: Sample;
        readonly taps: Readonly<Record<string, Sample>>;
        readonly gradients: Readonly<Record<string, Sample & { readonly unit: number }>>;
      }
    >
  >;
}

const { variants, full } = golden<Goldens>("zoo-hierarchical.json");
const entries = [...swins, ...convits, ...pits, ...allTwins, ...coats, ...levits];
const tagOf = ({ hub }: ZooEntry): string => hub.replace("timm/", "");
const all = process.env.ZOO === "full";
const only = process.env.ZOO_ONLY?.split(",");

/** Feed-forward units of the paper's models, ../shared/reference/MODELS.md; LeViT is not among them. */
const UNITS: Readonly<Record<string, number>> = {
  coat_lite_mini: 9728,
  coat_lite_small: 19_456,
  coat_lite_tiny: 7680,
  coat_mini: 11_584,
  coat_tiny: 8512,
  convit_base: 36_864,
  convit_small: 20_736,
  convit_tiny: 9216,
  pit_b_224: 31_744,
  pit_b_distilled_224: 31_744,
  pit_s_224: 17_280,
  pit_s_distilled_224: 17_280,
  pit_ti_224: 7680,
  pit_ti_distilled_224: 7680,
  pit_xs_224: 11_520,
  pit_xs_distilled_224: 11_520,
  swin_base_patch4_window7_224: 48_128,
  swin_base_patch4_window7_224_in22k: 48_128,
  swin_base_patch4_window12_384: 48_128,
  swin_base_patch4_window12_384_in22k: 48_128,
  swin_large_patch4_window7_224: 72_192,
  swin_large_patch4_window7_224_in22k: 72_192,
  swin_large_patch4_window12_384: 72_192,
  swin_large_patch4_window12_384_in22k: 72_192,
  swin_small_patch4_window7_224: 36_096,
  swin_tiny_patch4_window7_224: 17_664,
  twins_pcpvt_base: 34_816,
  twins_pcpvt_large: 50_432,
  twins_pcpvt_small: 19_456,
  twins_svt_base: 36_096,
  twins_svt_large: 48_128,
  twins_svt_small: 19_968,
};

test("every variant has a list of timm's", () => {
  expect(entries.map(tagOf).sort()).toEqual(Object.keys(variants).sort());
});

describe.each(entries)("$id", (entry) => {
  const reference = variants[tagOf(entry)]!;
  const { parameters, taps } = openModel(modelConfigOf(entry));

  test("has timm's parameters, by name and shape", () => {
    const lines = parameters.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).sort();
    const told = process.env.ZOO_PARAMETERS;
    if (told) {
      const expected = new Set(JSON.parse(readFileSync(told, "utf8"))[tagOf(entry)] as string[]);
      const missing = [...expected].filter((line) => !lines.includes(line)).slice(0, 8);
      const extra = lines.filter((line) => !expected.has(line)).slice(0, 8);
      expect({ missing, extra }).toEqual({ missing: [], extra: [] });
    }
    expect(lines.length).toBe(reference.parameters.count);
    expect(createHash("sha256").update(lines.join("\n")).digest("hex")).toBe(reference.parameters.sha256);
  });

  test("counts its parameters and classes as timm", () => {
    const trainable = parameters.filter((spec) => spec.trainable);
    const count = trainable.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(count).toBe(reference.parameters.trainable);
    expect(entry.parameters).toBe(count);
    expect(classesOf(entry)).toBe(reference.classes);
  });

  test("prepares images as timm's default_cfg", () => {
    expect(entry.preprocessing).toEqual(reference.preprocessing);
  });

  test.skipIf(UNITS[entry.id] === undefined)("has the paper's number of units", () => {
    expect(taps.reduce((sum, tap) => sum + tap.units, 0)).toBe(UNITS[entry.id]);
  });
});

/** One of each family that takes up to about 5 s on two quiet cores. */
const QUICK = new Set([
  "swin_tiny_patch4_window7_224",
  "convit_tiny",
  "pit_ti_distilled_224",
  "twins_svt_small",
  "coat_lite_tiny",
  "levit_128s",
]);

const errors: Record<string, Errors> = {};

describe("through the traced engine, at full size, with the formula's weights,", () => {
  for (const entry of entries) {
    const reference = full[tagOf(entry)];
    // Visible as skipped: variants for which nobody asked, and those without a golden.
    const wanted = all ? (only?.includes(entry.id) ?? true) : QUICK.has(entry.id);
    const runs = reference !== undefined && wanted;
    test.skipIf(!runs)(
      `${entry.id} gives timm's logits, activations and gradients${all ? "" : " (all with ZOO=full)"}`,
      { timeout: 1_200_000 },
      async () => {
        const model = modelConfigOf(entry);
        const found = await errorsOf(model, runOf(reference!, model.imageSize));
        errors[entry.id] = found;
        for (const error of Object.values(found)) expect(error).toBeLessThan(1e-4);
      },
    );
  }

  afterAll(() => {
    if (all) keepErrors("hierarchical", "timm 1.0.15", errors);
  });
});

/** The golden in the form that the groups share: here each gradient has a unit of its own. */
function runOf({ logits, taps, gradients }: Goldens["full"][string], imageSize: number): FullRun {
  const samples = Object.entries(taps).map(([tap, activations]) => {
    const gradient = gradients[tap];
    return [tap, { activations, ...(gradient && { gradient }) }] as const;
  });
  return { image: `image ${imageSize}`, logits, taps: Object.fromEntries(samples) };
}
