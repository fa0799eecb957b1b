/**
 * SqueezeNet 1.1 with its published weights, through the product's own path: its logits, and how often it is right on
 * 500 photographs.
 *
 * The reference is torchvision with Pillow's preprocessing; `reference-squeezenet.json` says by which command. Real
 * weights and photographs are no part of the repository: without `../shared/real` this is skipped.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { forwardDefinition } from "#core/ascent.ts";
import "#core/models/index.ts";
import type { ModelConfig } from "#core/models/index.ts";
import { openFolder } from "#pipeline/images/folder.ts";
import { compile } from "#pipeline/run/index.ts";
import { loadWeights, readCard, readLabels } from "#pipeline/weights/load.ts";
import { formulaImage, expectClose as near } from "#test/support/golden.ts";
import { hasReal, REAL } from "#test/support/real.ts";
import { runOnce } from "#test/support/tracing.ts";

const here = import.meta.dirname;
const BATCH = 20;
const CLASSES = 1000;

interface Reference {
  readonly top1: number;
  readonly argmax: readonly number[];
  readonly logits: readonly number[];
}

async function open() {
  const reference: Reference = JSON.parse(await readFile(join(here, "reference-squeezenet.json"), "utf8"));
  const { card, root } = await readCard(join(here, "squeezenet1_1.json"));
  const { weights } = await loadWeights(card, root);
  const { architecture, config, preprocessing } = card;
  const { size: imageSize, mean, std } = preprocessing;
  const model: ModelConfig = { architecture, config, imageSize, numClasses: CLASSES, mean, std };
  return { reference, card, root, weights, model };
}

describe.skipIf(!hasReal)("SqueezeNet 1.1 with its published weights", () => {
  test("gives torchvision's logits", async () => {
    const { reference, weights, model } = await open();
    const images = formulaImage("squeezenet image", 3 * model.imageSize ** 2);
    const { logits } = await runOnce(forwardDefinition(model, [], 1), weights, { images });
    near(logits!, reference.logits, 1e-5);
  }, 60_000);

  test("is right as often as in torchvision, within a point, and about the same photographs", async () => {
    const { reference, card, root, weights, model } = await open();
    const images = await openFolder(join(REAL, "images/imagenet-500"), {
      labels: await readLabels(card, root),
    });
    expect(images.length).toBe(500);
    const runner = await compile(forwardDefinition(model, [], BATCH), weights, { device: "cpu" });
    const answers: number[] = [];
    for (let first = 0; first < images.length; first += BATCH) {
      const indices = Array.from({ length: BATCH }, (_, i) => first + i);
      const { logits } = await runner.run({ images: await images.read(indices, card.preprocessing) });
      for (let i = 0; i < BATCH; i++) {
        const row = logits!.subarray(i * CLASSES, (i + 1) * CLASSES);
        answers.push(row.indexOf(Math.max(...row)));
      }
    }
    await runner.dispose();
    const right = answers.filter((answer, i) => answer === images.facts(i).classIndex).length;
    expect(Math.abs(right / 500 - reference.top1)).toBeLessThanOrEqual(0.01);
    const same = answers.filter((answer, i) => answer === reference.argmax[i]).length;
    expect(same).toBeGreaterThanOrEqual(495);
  }, 180_000);
});
