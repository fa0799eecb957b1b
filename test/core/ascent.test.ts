/** The ascent step: it climbs, it is what the authors' loop is, and neurons of a batch do not touch each other. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import {
  ascentStep,
  augmentationFeeds,
  evaluate,
  initialImage,
  neutralFeeds,
  stepFeeds,
} from "#core/ascent.ts";
import { type Definition, runEagerly } from "#core/definition.ts";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import type { Params } from "#core/params.ts";
import { type Recipe, recipes } from "#core/recipes.ts";
import { formulaWeights, tensorFor, tinyModels, tinyVit } from "#test/support/tiny.ts";

type Arrays = Record<string, Float32Array>;

/** Runs steps [0, count) from the initial images; gives what each step put out. */
function ascend(
  model: ModelConfig,
  tap: string,
  recipe: Recipe,
  units: readonly number[],
  count: number,
  replace: Record<string, readonly number[]> = {},
): Arrays[] {
  const params = formulaWeights(model);
  const step = ascentStep(model, tap, recipe, units.length);
  const pixels = units.flatMap((unit) => [...initialImage(recipe, model.imageSize, 1, unit)]);
  let state: Record<string, Float32Array | readonly number[]> = {
    image: pixels,
    m: pixels.map(() => 0),
    v: pixels.map(() => 0),
  };
  return Array.from({ length: count }, (_, t) => {
    const feeds = { ...stepFeeds(recipe, model.imageSize, units.length, 7, t), ...replace, ...state };
    const outputs = run(step, { ...feeds, unit: units }, params);
    state = { image: outputs.image!, m: outputs.m!, v: outputs.v! };
    return outputs;
  });
}

function run(
  definition: Definition,
  feeds: Record<string, Float32Array | Int32Array | readonly number[]>,
  params: Params,
): Arrays {
  return tf.tidy(() => {
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, values]) => [name, tensorFor(definition, name, values)]),
    );
    const outputs = runEagerly(definition, inputs, params);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())]),
    );
  });
}

/** Two units that react to the image they begin with: behind a ReLU an unlucky one has no gradient. */
function liveUnits(model: ModelConfig, tap: string): number[] {
  const units = Array.from({ length: openModel(model).tap(tap).units }, (_, unit) => unit);
  const image = units.flatMap((unit) => [...initialImage(still, model.imageSize, 1, unit)]);
  const program = evaluate(model, tap, units.length);
  const { objective } = run(program, { image, unit: units }, formulaWeights(model));
  return units.toSorted((a, b) => objective![b]! - objective![a]!).slice(0, 2);
}

/** Nothing moves and nothing is recoloured: then every step can be held against the one before. */
const still: Recipe = {
  ...recipes.atlas,
  name: "still",
  copies: 1,
  jitterAt224: 0,
  // Adam's step is of this size in every pixel: small enough that the slope at its begin holds along it.
  learningRate: 0.005,
  colour: { mean: 0, logStd: 0, form: "standardize" },
  noise: { std: 0, form: "channel", schedule: "linear" },
  variationWeight: 0,
};

describe.each(Object.entries(tinyModels))("%s", (_, model) => {
  const taps = openModel(model).taps.map((tap) => tap.name);

  test.each(taps)("the objective of %s rises with each of three steps", (tap) => {
    const steps = ascend(model, tap, still, liveUnits(model, tap), 4);
    for (const neuron of [0, 1]) {
      const climb = steps.map((outputs) => outputs.objective![neuron]!);
      for (let i = 1; i < climb.length; i++) expect(climb[i]!).toBeGreaterThan(climb[i - 1]!);
    }
  });

  test("the step reads exactly the parameters that it declares", () => {
    const params = formulaWeights(model);
    for (const tap of taps) {
      const read = new Set<string>();
      const spy = new Proxy(params, {
        get: (target, name: string) => {
          read.add(name);
          return target[name];
        },
      });
      const opened = openModel(model);
      tf.tidy(() => {
        const images = tf.zeros<tf.Rank.R4>([1, 3, model.imageSize, model.imageSize]);
        opened.feature(images, spy, tap, tf.tensor1d([0], "int32"));
      });
      const declared = opened.featureParameters(tap).map((spec) => spec.name);
      expect([...read].sort()).toEqual(declared.sort());
      read.clear();
      tf.tidy(() => {
        opened.activations(tf.zeros([1, 3, model.imageSize, model.imageSize]), spy, tap);
      });
      expect([...read].sort()).toEqual(declared);
    }
  });
});

describe.each(Object.entries(tinyModels))("a direction of %s", (_, model) => {
  const tap = openModel(model).taps.at(-1)!.name;
  const { units } = openModel(model).tap(tap);

  /** One step of one image, along a row of weights. */
  const along = (direction: Float32Array) => {
    const image = initialImage(recipes.atlas, model.imageSize, 1, 3);
    const feeds = stepFeeds(recipes.atlas, model.imageSize, 1, 7, 0);
    const moments = new Float32Array(image.length);
    const step = ascentStep(model, tap, recipes.atlas, 1, "direction");
    return run(step, { ...feeds, image, m: moments, v: moments, direction }, formulaWeights(model));
  };
  const axis = (...terms: [unit: number, weight: number][]) => {
    const direction = new Float32Array(units);
    for (const [unit, weight] of terms) direction[unit] = weight;
    return direction;
  };

  test("with a single one is that unit, in value and gradient", () => {
    const [alone] = ascend(model, tap, recipes.atlas, [3], 1);
    const { objective, m } = along(axis([3, 1]));
    // `ascend` draws the image by the unit's own number, here 3 as well.
    expect(objective![0]!).toBeCloseTo(alone!.objective![0]!, 5);
    const largest = Math.max(...alone!.m!.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    for (const [i, slope] of m!.entries())
      expect(Math.abs(slope - alone!.m![i]!)).toBeLessThan(1e-4 * largest);
  });

  test("of two units weighs their activations", () => {
    const objective = (...terms: [unit: number, weight: number][]) => along(axis(...terms)).objective![0]!;
    expect(objective([0, 2], [3, -0.5])).toBeCloseTo(2 * objective([0, 1]) - 0.5 * objective([3, 1]), 5);
  });
});

describe("a step", () => {
  const tap = "blocks.1.mlp.act";

  test("gives a neuron the same image whatever other neurons are in its batch", () => {
    const alone = ascend(tinyVit, tap, recipes.atlas, [5], 3).at(-1)!;
    const together = ascend(tinyVit, tap, recipes.atlas, [2, 5, 7], 3).at(-1)!;
    const size = alone.image!.length;
    const second = together.image!.slice(size, 2 * size);
    // Sums of another order may differ in the last bits; Adam divides by their size, so allow 1e-4 of the range.
    for (let i = 0; i < size; i++) expect(Math.abs(second[i]! - alone.image![i]!)).toBeLessThan(1e-4);
  });

  test("weighs total variation by each neuron's own coefficient", () => {
    const quick = { ...still, learningRate: 0.02 };
    const [heavy] = ascend(tinyVit, tap, quick, [5, 5], 6, { variationWeight: [0, 1e5] }).slice(-1);
    expect(heavy!.variation![1]!).toBeLessThan(0.9 * heavy!.variation![0]!);
  });

  test("keeps every pixel within 0 and 1", () => {
    const { image } = ascend(tinyVit, tap, recipes.ghiasi2022, [0], 3).at(-1)!;
    expect(Math.min(...image!)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...image!)).toBeLessThanOrEqual(1);
  });

  test("runs with every recipe, and starts from finite numbers", () => {
    for (const recipe of Object.values(recipes)) {
      const [first] = ascend(tinyVit, tap, recipe, [4], 1);
      for (const values of Object.values(first!)) expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  test("moves each pixel against the gradient of the loss, taken by finite differences", () => {
    const recipe: Recipe = { ...recipes.ghiasi2022, copies: 2, variationScale: 0.01 };
    const params = formulaWeights(tinyVit);
    const feeds = stepFeeds(recipe, tinyVit.imageSize, 1, 7, 0);
    const start = initialImage(recipe, tinyVit.imageSize, 1, 4);
    const step = ascentStep(tinyVit, tap, recipe, 1);
    const zeros = new Float32Array(start.length);
    const loss = (image: Float32Array): number => {
      const { objective, variation } = run(step, { ...feeds, image, m: zeros, v: zeros, unit: [4] }, params);
      return -objective![0]! / 2 + 0.01 * variation![0]!;
    };
    // After the first step m is (1 − β1) times the gradient.
    const { m } = run(step, { ...feeds, image: start, m: zeros, v: zeros, unit: [4] }, params);
    const largest = Math.max(...m!.map(Math.abs)) / 0.5;
    for (const pixel of [0, 17, 77, 100, 191]) {
      const shifted = (by: number): Float32Array =>
        start.map((value, i) => (i === pixel ? value + by : value));
      const slope = (loss(shifted(0.01)) - loss(shifted(-0.01))) / 0.02;
      // float32 losses of order 1 over 0.02: about 1e-5 of noise.
      expect(Math.abs(slope - m![pixel]! / 0.5)).toBeLessThan(0.02 * largest);
    }
  });
});

describe("evaluate", () => {
  test("under the augmentation that changes nothing is the plain evaluation", () => {
    const params = formulaWeights(tinyVit);
    const recipe = recipes.atlas;
    const image = initialImage(recipe, tinyVit.imageSize, 1, 3);
    const plain = run(evaluate(tinyVit, "blocks.0.mlp.act", 1), { image, unit: [3] }, params);
    const augmented = run(
      evaluate(tinyVit, "blocks.0.mlp.act", 1, recipe),
      { ...neutralFeeds(recipe, tinyVit.imageSize), image, unit: [3] },
      params,
    );
    expect(augmented.objective![0]!).toBeCloseTo(plain.objective![0]!, 5);
    expect(augmented.map!.length).toBe(recipe.copies * plain.map!.length);
  });

  test("under a recipe's augmentation is what the ascent step reports", () => {
    const recipe = recipes.ghiasi2022;
    const [step] = ascend(tinyVit, "blocks.1.mlp.act", recipe, [3], 1);
    const evaluated = run(
      evaluate(tinyVit, "blocks.1.mlp.act", 1, recipe),
      {
        ...augmentationFeeds(recipe, tinyVit.imageSize, 7, 0),
        image: initialImage(recipe, tinyVit.imageSize, 1, 3),
        unit: [3],
      },
      formulaWeights(tinyVit),
    );
    expect(evaluated.objective![0]!).toBeCloseTo(step!.objective![0]!, 6);
  });
});
