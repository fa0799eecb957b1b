/**
 * Columnar models of full size through the traced engine, against timm with the same weights of a formula
 * (test/golden/make_columnar.py full).
 *
 * The quick ones run always, all with ZOO=full, which writes their errors to goldens/zoo-errors-columnar.json;
 * ZOO_ONLY=<id>,… runs some of them and keeps the errors of the others.
 */
import { afterAll, describe, expect, test } from "vitest";
import { modelConfigOf } from "#pipeline/zoo/fit.ts";
import { entryOf } from "#pipeline/zoo/index.ts";
import { type Errors, errorsOf, type FullRun, keepErrors } from "#test/support/full-size.ts";
import { golden } from "#test/support/golden.ts";

const { cases } = golden<{ cases: Record<string, FullRun> }>("full-columnar.json");
const QUICK = new Set(["deit_tiny_distilled_patch16_224", "resmlp_12_224"]);
const all = process.env.ZOO === "full";
const only = process.env.ZOO_ONLY?.split(",");
const errors: Record<string, Errors> = {};

describe("with the formula's weights, at full size,", () => {
  for (const [id, reference] of Object.entries(cases)) {
    const runs = all ? (only?.includes(id) ?? true) : QUICK.has(id);
    test.skipIf(!runs)(
      `${id} gives timm's logits, activations and gradients${all ? "" : " (all with ZOO=full)"}`,
      { timeout: 1_200_000 },
      async () => {
        errors[id] = await errorsOf(modelConfigOf(entryOf(id)), reference);
        for (const error of Object.values(errors[id])) expect(error).toBeLessThan(1e-4);
      },
    );
  }
});

afterAll(() => {
  if (all) keepErrors("columnar", "timm 1.0.15", errors);
});
