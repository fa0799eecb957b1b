/** The model families against their reference implementations; registering a family's tiny model tests it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { architectures, type ModelConfig, normalize, openModel } from "#core/models/index.ts";
import type { Params } from "#core/params.ts";
import { expectClose, formulaImage, golden } from "#test/support/golden.ts";
import { readSafetensors } from "#test/support/read-safetensors.ts";
import { formulaWeights, tinyModels } from "#test/support/tiny.ts";

interface Case {
  readonly unit: number;
  readonly logits: number[];
  readonly taps: Record<string, { activations: number[]; gradient: number[] }>;
}
interface ModelGoldens {
  readonly cases: Record<string, Case>;
  readonly names: Record<string, Record<string, number[]>>;
}
/** `models.json`, and a file for each group of families that came later. */
const files = readdirSync(new URL("../golden/goldens", import.meta.url)).filter((file) =>
  /^models(-\w+)?\.json$/.test(file),
);
const goldens = files.map((file) => golden<ModelGoldens>(file));
const cases: ModelGoldens["cases"] = Object.assign({}, ...goldens.map((group) => group.cases));
const names: ModelGoldens["names"] = Object.assign({}, ...goldens.map((group) => group.names));

/** float32 against float64: rounding of a dozen layers, and 1.5e-7 of tfjs' erf. */
const TOLERANCE = 2e-5;

function imagesFor(model: ModelConfig, reference: Case): tf.Tensor4D {
  const [first] = openModel(model).taps;
  const { activations } = reference.taps[first!.name]!;
  const batch = activations.length / (first!.grid[0] * first!.grid[1] * first!.units);
  const shape = [batch, 3, model.imageSize, model.imageSize] as const;
  return tf.tensor4d(
    formulaImage(
      "images",
      shape.reduce((a, b) => a * b),
    ),
    [...shape],
  );
}

/** The gradient for the pixels of one unit's mean activation, summed over images. */
function pixelGradient(
  model: ModelConfig,
  images: tf.Tensor4D,
  params: Params,
  tap: string,
  unit: number,
): tf.Tensor {
  const opened = openModel(model);
  const units = tf.fill([images.shape[0]], unit, "int32") as tf.Tensor1D;
  const objective = (x: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mean(opened.feature(normalize(model, x as tf.Tensor4D), params, tap, units), 1));
  return tf.grad(objective)(images);
}

test("every registered family has a tiny model with goldens", () => {
  const tested = new Set(Object.values(tinyModels).map((model) => model.architecture));
  expect([...tested].sort()).toEqual(Object.keys(architectures).sort());
  expect(Object.keys(cases).sort()).toEqual(Object.keys(tinyModels).sort());
});

describe.each(Object.entries(tinyModels))("%s", (name, model) => {
  const reference = cases[name]!;
  const taps = openModel(model).taps;

  test("gives the reference's logits and activations", () => {
    const options = { taps: taps.map((tap) => tap.name) };
    const images = imagesFor(model, reference);
    const out = openModel(model).forward(normalize(model, images), formulaWeights(model), options);
    expectClose(out.logits, reference.logits, TOLERANCE);
    for (const tap of taps) {
      const found = out.taps[tap.name]!;
      expect(found.shape).toEqual([images.shape[0], tap.grid[0] * tap.grid[1], tap.units]);
      expectClose(found, reference.taps[tap.name]!.activations, TOLERANCE);
    }
  });

  test.each(taps.map((tap) => tap.name))("gives the reference's input gradient at %s", (tap) => {
    const images = imagesFor(model, reference);
    const gradient = pixelGradient(model, images, formulaWeights(model), tap, reference.unit);
    expectClose(gradient, reference.taps[tap]!.gradient, 5 * TOLERANCE);
  });

  test("gives the activations of a layer as the whole pass does", () => {
    const params = formulaWeights(model);
    const images = normalize(model, imagesFor(model, reference));
    const opened = openModel(model);
    const whole = opened.forward(images, params, { taps: taps.map((tap) => tap.name) });
    for (const { name: tap } of taps) {
      const cut = opened.activations(images, params, tap);
      expect(cut.shape).toEqual(whole.taps[tap]!.shape);
      expect([...cut.dataSync()]).toEqual([...whole.taps[tap]!.dataSync()]);
    }
  });

  test("reads, for each image, the unit that is asked for", () => {
    const opened = openModel(model);
    const params = formulaWeights(model);
    const one = tf.slice(imagesFor(model, reference), [0, 0, 0, 0], [1, -1, -1, -1]);
    const images = normalize(model, tf.tile(one, [4, 1, 1, 1]));
    for (const { name: tap, units } of taps) {
      const all = opened.forward(images, params, { taps: [tap] }).taps[tap]!;
      const strength = tf.sum(tf.abs(all), [0, 1]).dataSync();
      const order = Array.from({ length: units }, (_, unit) => unit);
      const wanted = order.toSorted((a, b) => strength[b]! - strength[a]!).slice(0, 2);
      const each = opened.feature(images, params, tap, tf.tensor1d(wanted, "int32"));
      const expected = [0, 0, 1, 1].flatMap((i, image) => [
        ...tf.slice(all, [image, 0, wanted[i]!], [1, -1, 1]).dataSync(),
      ]);
      expectClose(each, expected, TOLERANCE);
    }
  });
});

describe("the parameters of published models have the reference's names and shapes", () => {
  const shared = { mean: [0, 0, 0], std: [1, 1, 1], imageSize: 224, numClasses: 1000 } as const;
  const resnet = (block: string, layers: number[]): ModelConfig => ({
    ...shared,
    architecture: "resnet",
    config: { block, layers, widths: [64, 128, 256, 512], stem: "imagenet" },
  });
  const published: Record<string, ModelConfig> = {
    deit_tiny_patch16_224: deitTiny(),
    resnet18: resnet("basic", [2, 2, 2, 2]),
    resnet50: resnet("bottleneck", [3, 4, 6, 3]),
  };
  test.each(Object.entries(published))("%s", (name, model) => {
    const ours = openModel(model).parameters.map((spec) => [spec.name, spec.shape]);
    expect(Object.fromEntries(ours)).toEqual(names[name]);
  });
});

function deitTiny(): ModelConfig {
  return {
    architecture: "vit",
    config: { patchSize: 16, width: 192, depth: 12, heads: 3, mlpRatio: 4, qkvBias: true },
    imageSize: 224,
    numClasses: 1000,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  };
}

interface RealCase {
  readonly unit: number;
  readonly logits: number[];
  readonly taps: Record<
    string,
    { objective: number; gradient: { every: number; values: number[]; norm: number } }
  >;
}

const WEIGHTS = new URL("../../../shared/real/weights/deit_tiny_patch16_224.safetensors", import.meta.url);

describe("DeiT-Tiny with its published weights", () => {
  test.skipIf(!existsSync(WEIGHTS))(
    "gives timm's logits and input gradient (skipped without ../shared/real)",
    { timeout: 120_000 },
    () => {
      const reference = golden<{ case: RealCase }>("deit_tiny.json").case;
      const model = deitTiny();
      const tensors = readSafetensors(readFileSync(WEIGHTS));
      const params = Object.fromEntries(
        Object.entries(tensors).map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
      );
      const images = tf.tensor4d(formulaImage("deit image", 3 * 224 * 224), [1, 3, 224, 224]);
      const logits = tf.tidy(() => openModel(model).forward(normalize(model, images), params).logits);
      expectClose(logits, reference.logits, 1e-4);

      for (const [tap, { gradient }] of Object.entries(reference.taps)) {
        const ours = pixelGradient(model, images, params, tap, reference.unit).dataSync<"float32">();
        expectClose(
          gradient.values.map((_, i) => ours[i * gradient.every]!),
          gradient.values,
          1e-4,
        );
        const norm = Math.sqrt(ours.reduce((sum, value) => sum + value * value, 0));
        expect(Math.abs(norm / gradient.norm - 1)).toBeLessThan(1e-4);
      }
    },
  );
});
