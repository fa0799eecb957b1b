/**
 * The programs of the core as they are used: forward, ascent and training steps of all families, traced against
 * eager. The models are tiny; DeiT-Tiny's own weights are used where they lie beside the checkout.
 */
import { describe, expect, test } from "vitest";
import { ascentStep, evaluate, forwardDefinition } from "#core/ascent.ts";
import type { Definition } from "#core/definition.ts";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import { recipes } from "#core/recipes.ts";
import { trainingDefaults, trainingStep } from "#core/training.ts";
import type { Arrays, Weights } from "#pipeline/run/index.ts";
import { trace } from "#pipeline/trace/trace.ts";
import { loadWeights, readCard } from "#pipeline/weights/load.ts";
import { hasReal } from "#test/support/real.ts";
import { ascentFeeds, TINY_MODELS, weightsOf } from "#test/support/tiny-models.ts";
import { expectClose, runEager, runOnce, values } from "#test/support/tracing.ts";

async function agrees(definition: Definition, weights: Weights, feeds: Arrays, tolerance = 2e-4) {
  expectClose(
    await runOnce(definition, weights, feeds),
    await runEager(definition, weights, feeds),
    tolerance,
  );
}

describe.each(TINY_MODELS)("of $name,", ({ taps, name: _, ...model }) => {
  const { imageSize } = model;
  const weights = weightsOf(model);
  const image = values({ shape: [2, 3, imageSize, imageSize], dtype: "float32" }, 4).map(
    Math.abs,
  ) as Float32Array;

  test("the forward pass with taps is the same traced and eager", async () => {
    await agrees(forwardDefinition(model, taps, 2), weights, { images: image });
  });

  test.each(Object.values(recipes))(
    "an ascent step by $name is the same traced and eager",
    async (recipe) => {
      const short = { ...recipe, copies: 2 };
      for (const tap of taps)
        await agrees(
          ascentStep(model, tap, short, 2),
          weights,
          ascentFeeds(short, imageSize, Int32Array.of(3, 1)),
        );
    },
  );

  test("an ascent step along a direction is the same traced and eager", async () => {
    const short = { ...recipes.atlas, copies: 2 };
    for (const tap of taps) {
      const { units } = openModel(model).tap(tap);
      const { unit: _, ...feeds } = ascentFeeds(short, imageSize, Int32Array.of(3));
      const direction = values({ shape: [1, units], dtype: "float32" }, 8) as Float32Array;
      await agrees(ascentStep(model, tap, short, 1, "direction"), weights, { ...feeds, direction });
    }
  });

  test("the evaluation of units is the same traced and eager", async () => {
    const feeds = { image, unit: Int32Array.of(0, 3) };
    await agrees(evaluate(model, taps[1]!, 2), weights, feeds);
  });

  // A model without classes has no loss.
  test.skipIf(model.numClasses === 0)("a training step is the same traced and eager", async () => {
    // Of two images, a batch norm over nothing but images makes ±1, whose gradient is rounding alone.
    const batch = 4;
    const definition = trainingStep(model, { ...trainingDefaults, batch });
    const shape = [batch, 3, imageSize, imageSize];
    const feeds: Arrays = {
      images: values({ shape, dtype: "float32" }, 4).map(Math.abs) as Float32Array,
      targets: Int32Array.of(1, 3, 0, 1),
      rate: Float32Array.of(1e-3),
      correction1: Float32Array.of(0.1),
      correction2: Float32Array.of(0.001),
    };
    for (const { name, trainable } of openModel(model).parameters) {
      const { data } = weights[name]!;
      feeds[`param:${name}`] = data;
      if (!trainable) continue;
      // As in ascentFeeds, moments of a run under way.
      feeds[`m:${name}`] = data.map((value) => value / 50);
      feeds[`v:${name}`] = data.map((value) => 1e-4 + value ** 2 / 500);
    }
    await agrees(definition, {}, feeds);
  });

  test("programs stop at their tap", () => {
    const [early, late] = taps.map((tap) => trace(ascentStep(model, tap, recipes.atlas, 1)));
    expect(Object.keys(early!.params).length).toBeLessThan(Object.keys(late!.params).length);
    expect(early!.flops).toBeLessThan(late!.flops);
  });
});

describe.skipIf(!hasReal)("of DeiT-Tiny with its own weights,", () => {
  test("an ascent step at the first block is the same traced and eager", async () => {
    const loaded = await readCard("test/real/deit_tiny_patch16_224.json");
    const { weights } = await loadWeights(loaded.card, loaded.root);
    const { architecture, config, preprocessing } = loaded.card;
    const { mean, std, size } = preprocessing;
    const model: ModelConfig = { architecture, config, imageSize: size, mean, std, numClasses: 1000 };
    const recipe = { ...recipes.ghiasi2022, copies: 1 };
    const feeds = ascentFeeds(recipe, size, Int32Array.of(17));
    await agrees(ascentStep(model, "blocks.0.mlp.act", recipe, 1), weights, feeds);
  }, 60_000);
});
