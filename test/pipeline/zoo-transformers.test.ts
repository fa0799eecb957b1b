/**
 * Google's files, which have transformers' names: a tiny one of them, through the card's key map and the traced engine,
 * gives the logits of transformers' own ViT (test/golden/make_columnar.py).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { forwardDefinition } from "#core/ascent.ts";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import { checkParams } from "#core/params.ts";
import { encodeSafetensors } from "#format/safetensors.ts";
import { namedTensors } from "#pipeline/weights/load.ts";
import { readWeights } from "#pipeline/weights/read.ts";
import { transformersKeys, vits } from "#pipeline/zoo/vit.ts";
import { expectClose, formulaImage, golden } from "#test/support/golden.ts";
import { tempFolder } from "#test/support/temp.ts";
import { formulaTensor, tinyVit } from "#test/support/tiny.ts";
import { runOnce } from "#test/support/tracing.ts";

interface Goldens {
  readonly transformers: {
    readonly epsilon: number;
    readonly shapes: Readonly<Record<string, readonly number[]>>;
    readonly logits: number[];
  };
}
const { epsilon, shapes, logits } = golden<Goldens>("models-columnar.json").transformers;
const model: ModelConfig = {
  ...tinyVit,
  config: { patchSize: 4, width: 8, depth: 2, heads: 2, mlpRatio: 2, epsilon },
};

async function weights() {
  const path = join(tempFolder(), "model.safetensors");
  const tensors = Object.entries(shapes).map(
    ([name, shape]) => [name, { shape, data: formulaTensor(name, shape) }] as const,
  );
  writeFileSync(path, encodeSafetensors(Object.fromEntries(tensors), "F32"));
  return namedTensors("tiny", await readWeights(path), transformersKeys);
}

describe("a ViT with transformers' names", () => {
  test("has all of our parameters and no others", async () => {
    const found = Object.entries(await weights()).map(([name, { shape }]) => [name, shape] as const);
    expect(() => checkParams("tiny", openModel(model).parameters, Object.fromEntries(found))).not.toThrow();
  });

  test("gives transformers' logits", async () => {
    const images = formulaImage("images", 2 * 3 * 64);
    const outputs = await runOnce(forwardDefinition(model, [], 2), await weights(), { images });
    expectClose(outputs.logits!, logits, 2e-5);
  });

  test("normalises with the epsilon that Google's entries say", () => {
    const google = vits.filter(({ hub }) => hub.startsWith("google/"));
    expect(google.map(({ config }) => (config as { epsilon: number }).epsilon)).toEqual([epsilon, epsilon]);
  });
});
