/**
 * DeiT-Tiny on 500 photographs, through the product's own path: reader, resize and crop, traced program, onnxruntime.
 *
 * The reference is PyTorch with Pillow's preprocessing; `reference.json` says by which command. Real weights and
 * photographs are no part of the repository: without `../shared/real` this is skipped.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { forwardDefinition } from "#core/ascent.ts";
import "#core/models/index.ts";
import { openFolder } from "#pipeline/images/folder.ts";
import { compile } from "#pipeline/run/index.ts";
import { loadWeights, readCard, readLabels } from "#pipeline/weights/load.ts";
import { hasReal, REAL } from "#test/support/real.ts";

const here = import.meta.dirname;
const BATCH = 20;
const CLASSES = 1000;

describe.skipIf(!hasReal)("DeiT-Tiny on 500 photographs", () => {
  test("is right as often as in PyTorch, within a point, and about the same photographs", async () => {
    const reference = JSON.parse(await readFile(join(here, "reference.json"), "utf8"));
    const { card, root } = await readCard(join(here, "deit_tiny_patch16_224.json"));
    const { weights } = await loadWeights(card, root);
    const images = await openFolder(join(REAL, "images/imagenet-500"), {
      labels: await readLabels(card, root),
    });
    expect(images.length).toBe(500);
    const { architecture, config, preprocessing } = card;
    const { size: imageSize, mean, std } = preprocessing;
    const model = { architecture, config, imageSize, numClasses: CLASSES, mean, std };
    const runner = await compile(forwardDefinition(model, [], BATCH), weights, {
      device: "cpu",
      apart: true,
    });
    const answers: number[] = [];
    for (let first = 0; first < images.length; first += BATCH) {
      const indices = Array.from({ length: BATCH }, (_, i) => first + i);
      const { logits } = await runner.run({ images: await images.read(indices, preprocessing) });
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
