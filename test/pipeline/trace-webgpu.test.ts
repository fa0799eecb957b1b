/**
 * Kernels and programs on onnxruntime's WebGPU provider, against tfjs' CPU backend; skipped where no adapter opens.
 *
 * Without a GPU a software Vulkan will do, slowly (some minutes): with Chromium's,
 * `LD_LIBRARY_PATH=/usr/lib/chromium VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json`.
 */
import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { ascentStep, forwardDefinition } from "#core/ascent.ts";
import type { Definition } from "#core/definition.ts";
import { recipes } from "#core/recipes.ts";
import { type Arrays, compile, type Weights } from "#pipeline/run/index.ts";
import { ascentFeeds, TINY_MODELS, weightsOf } from "#test/support/tiny-models.ts";
import { KERNEL_CASES } from "#test/support/trace-cases.ts";
import {
  definitionOf,
  expectClose,
  f32,
  feedsFor,
  runEager,
  runOnce,
  values,
} from "#test/support/tracing.ts";

const hasAdapter = await compile(
  definitionOf({ x: f32(1) }, (t) => tf.exp(t.x)),
  {},
  { device: "webgpu" },
).then(
  (runner) => runner.dispose().then(() => true),
  () => false,
);

/** GPUs are free to compute sines, divisions and exponentials to fewer bits than the CPU. */
const TOLERANCE = 1e-3;
const SLOW = 120_000;

async function agrees(definition: Definition, weights: Weights, feeds: Arrays): Promise<void> {
  const expected = await runEager(definition, weights, feeds);
  expectClose(await runOnce(definition, weights, feeds, "webgpu"), expected, TOLERANCE);
}

describe.skipIf(!hasAdapter)("on WebGPU", () => {
  describe.each(Object.entries(KERNEL_CASES))("%s", (_name, cases) => {
    cases.forEach(({ inputs, body, feeds, label }, index) => {
      const sentence = `is the same traced and eager: ${label ?? index}`;
      test(sentence, () => agrees(definitionOf(inputs, body), {}, feedsFor(inputs, feeds)), SLOW);
    });
  });

  describe.each(TINY_MODELS)("$name", ({ taps, name: _, ...model }) => {
    const weights = weightsOf(model);
    const image = values({ shape: [1, 3, model.imageSize, model.imageSize], dtype: "float32" }, 4).map(
      Math.abs,
    ) as Float32Array;

    test(
      "has the same forward pass traced and eager",
      () => agrees(forwardDefinition(model, taps, 1), weights, { images: image }),
      SLOW,
    );

    test(
      "has the same ascent step traced and eager",
      async () => {
        const recipe = { ...recipes.atlas, copies: 2 };
        await agrees(
          ascentStep(model, taps[1]!, recipe, 1),
          weights,
          ascentFeeds(recipe, model.imageSize, Int32Array.of(3)),
        );
      },
      SLOW,
    );
  });
});
