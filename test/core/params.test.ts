/** Configurations and weights: what fits, and what a wrong one is told. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { ascentStep, forwardDefinition } from "#core/ascent.ts";
import { runEagerly } from "#core/definition.ts";
import { architectures, type ModelConfig, openModel } from "#core/models/index.ts";
import { checkParams, initialValues, type ParamSpec } from "#core/params.ts";
import { recipes } from "#core/recipes.ts";
import { trainingDefaults, trainingStep } from "#core/training.ts";
import { formulaWeights, tinyResnet, tinyVit } from "#test/support/tiny.ts";

const specs = openModel(tinyVit).parameters;
const shapes = Object.fromEntries(specs.map(({ name, shape }) => [name, shape]));

describe("a checkpoint", () => {
  test("that fits passes, with PyTorch's update counts left alone", () => {
    expect(() => checkParams("tiny", specs, { ...shapes, "bn1.num_batches_tracked": [] })).not.toThrow();
  });

  test("with a transposed, a missing and an unused tensor is told all three", () => {
    const { "head.bias": _, ...rest } = shapes;
    const wrong = { ...rest, "blocks.0.attn.qkv.weight": [12, 36], "fc.weight": [5, 12] };
    expect(() => checkParams("tiny", specs, wrong)).toThrow(
      [
        'tiny: "blocks.0.attn.qkv.weight" must be [3C, C] = [36, 12], got [12, 36]; is the key map transposing it?',
        'tiny: "head.bias" must be [classes] = [5], got none',
        'tiny: "fc.weight" [5, 12] is unused; is the architecture the right one?',
      ].join("\n"),
    );
  });

  test("of another model is told the first twelve problems and the number of the rest", () => {
    expect(() => checkParams("tiny", specs, {})).toThrow(/and \d+ more$/);
  });
});

describe("a model card with a wrong entry is refused:", () => {
  const vit = (change: object): ModelConfig => ({
    ...tinyVit,
    config: { ...(tinyVit.config as object), ...change },
  });
  const cases: [string, ModelConfig, string][] = [
    [
      "architecture",
      { ...tinyVit, architecture: "vti" },
      `model: expected "architecture" to be ${Object.keys(architectures).join(" or ")}, got "vti"`,
    ],
    ["a misspelt key", vit({ widht: 3 }), 'got "widht"; is it misspelt?'],
    ["no number", vit({ width: "12" }), 'vit: expected "width" to be a positive integer, got "12"'],
    ["patches that do not fit", vit({ patchSize: 3 }), "patchSize to divide imageSize, got 3 and 8"],
    ["heads that do not fit", vit({ heads: 5 }), "vit: expected heads to divide width, got 5 and 12"],
    [
      "an activation",
      vit({ activation: "relu" }),
      'vit: expected "activation" to be "gelu" or "quick_gelu", got "relu"',
    ],
    [
      "distillation without classes",
      { ...vit({ distilled: true }), numClasses: 0 },
      'vit: expected classes and no "embedding" of a model with "distilled", got 0 and 0',
    ],
    [
      "classes below none",
      { ...tinyVit, numClasses: -1 },
      '"numClasses" to be an integer of 0 or more, got -1',
    ],
    ["no object", { ...tinyVit, config: null }, "vit: expected a config object, got null"],
    [
      "a stem",
      { ...tinyResnet, config: { ...(tinyResnet.config as object), stem: "big" } },
      'resnet: expected "stem" to be "imagenet" or "small", got "big"',
    ],
    [
      "layers without widths",
      { ...tinyResnet, config: { ...(tinyResnet.config as object), widths: [4] } },
      "resnet: expected a width for each layer, got 1 for 2",
    ],
  ];
  test.each(cases)("%s", (_, model, message) => {
    expect(() => openModel(model)).toThrow(message);
  });

  test("a tap that is not there", () => {
    expect(() => ascentStep(tinyVit, "blocks.9.mlp.act", recipes.atlas, 1)).toThrow(
      'vit: expected a tap from "blocks.0.mlp.act" to "blocks.1.mlp.act", got "blocks.9.mlp.act"',
    );
  });
});

test("a model without classes cannot be trained, for it has no loss", () => {
  expect(() => trainingStep({ ...tinyVit, numClasses: 0 }, { ...trainingDefaults, batch: 1 })).toThrow(
    "train: expected a model with classes, got vit without a head",
  );
});

test("running a definition with an input of another shape names the input", () => {
  const program = forwardDefinition(tinyVit, [], 2);
  const images = tf.zeros([1, 3, 8, 8]);
  expect(() => runEagerly(program, { images }, formulaWeights(tinyVit))).toThrow(
    'expected input "images" float32 [2, 3, 8, 8], got float32 [1, 3, 8, 8]',
  );
});

test("a forward program gives logits and the taps asked for, and leaves no tensor behind", () => {
  const program = forwardDefinition(tinyVit, ["blocks.1.mlp.act"], 2);
  const params = formulaWeights(tinyVit);
  const images = tf.zeros([2, 3, 8, 8]);
  const before = tf.memory().numTensors;
  const outputs = runEagerly(program, { images }, params);
  expect(Object.keys(outputs)).toEqual(["logits", "blocks.1.mlp.act"]);
  expect(outputs["blocks.1.mlp.act"]!.shape).toEqual([2, 4, 24]);
  tf.dispose(outputs);
  expect(tf.memory().numTensors).toBe(before);
});

describe("first values", () => {
  const spec = (init: ParamSpec["init"], shape: number[]): ParamSpec => ({
    name: init,
    shape,
    symbols: "",
    init,
    trainable: true,
    decay: true,
  });
  const deviation = (values: Float32Array): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

  test.each([
    ["truncated-normal", [100, 100], 0.02],
    ["kaiming", [50, 20, 3, 3], Math.sqrt(2 / 450)],
    ["fan-in-uniform", [100, 25], 1 / 5 / Math.sqrt(3)],
  ] as const)("%s has its standard deviation", (init, shape, std) => {
    const values = initialValues(spec(init, [...shape]), 1);
    expect(Math.abs(deviation(values) / std - 1)).toBeLessThan(0.04);
  });

  test("depend on the seed and the name alone", () => {
    const weight = spec("kaiming", [4, 3, 3, 3]);
    expect(initialValues(weight, 1)).toEqual(initialValues(weight, 1));
    expect(initialValues(weight, 1)).not.toEqual(initialValues(weight, 2));
    expect(initialValues(weight, 1)).not.toEqual(initialValues({ ...weight, name: "other" }, 1));
  });
});
