/**
 * Whether a backend's gradients are right: ascent steps of toy models, compared with numbers that are known.
 *
 * The steps are the core's own, so that what is checked is what will run: every kernel of `KERNELS` changes one of
 * these numbers (a test breaks each in turn). References come from tfjs in plain JavaScript and agree with onnxruntime
 * (another test). Not the whole vectors are kept but their projections on random directions: the root of the mean
 * square of the errors of k projections estimates the length of the error, within a factor of two for k = 8.
 */
import { dispose, tensor } from "@tensorflow/tfjs-core";
import { ascentStep, initialImage, stepFeeds } from "#core/ascent.ts";
import { type Definition, runEagerly, type TensorSpecs } from "#core/definition.ts";
import type { Feeds } from "#core/feeds.ts";
import { loadFamily } from "#core/models/load.ts";
import type { ModelConfig } from "#core/models/open.ts";
import { stream } from "#core/random.ts";
import { type Recipe, recipes } from "#core/recipes.ts";
import { size } from "#core/shape.ts";

/**
 * What is still taken for rounding, relative to the length of the gradient. Backends with float32 err by 1e-6, those
 * with half precision by 1e-3, and a wrong kernel by tens of percent.
 */
export const LARGEST_ERROR = 0.01;

/** What is compared of a step. */
export interface Findings {
  /** Adam's first moment, after a step from 0: the gradient, halved. */
  readonly gradient: Sketch;
  /** Of the image. */
  readonly change: Sketch;
  readonly objective: number;
  readonly variation: number;
}

const DIRECTIONS = 8;

/** A vector's length, and its projections on `DIRECTIONS` random directions. */
interface Sketch {
  readonly length: number;
  readonly projections: readonly number[];
}

interface Check {
  readonly model: ModelConfig;
  readonly tap: string;
  readonly expected: Findings;
}

const common = { imageSize: 6, mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3], numClasses: 2 } as const;

/** By family. */
export const CHECKS: Readonly<Record<string, Check>> = {
  vit: {
    model: {
      architecture: "vit",
      config: { patchSize: 3, width: 4, depth: 2, heads: 2, mlpRatio: 2 },
      ...common,
    },
    tap: "blocks.1.mlp.act",
    expected: {
      gradient: {
        length: 0.287613,
        projections: [-0.111784, -0.193137, 0.193735, -0.363195, -0.030841, -0.0623572, 0.189083, -0.1572],
      },
      change: {
        length: 0.785365,
        projections: [0.00438066, -0.131655, -0.543481, 1.10699, 0.484104, -0.157691, -0.999291, 0.77354],
      },
      objective: -0.132889,
      variation: 9.64802,
    },
  },
  resnet: {
    model: {
      architecture: "resnet",
      config: { block: "basic", layers: [1, 2], widths: [3, 4], stem: "small", stemStride: 1 },
      ...common,
    },
    tap: "layer2.1.out",
    expected: {
      gradient: {
        length: 0.47971,
        projections: [0.163752, -0.489078, -0.230446, -0.462958, 0.051407, -0.331197, 0.710334, 0.278191],
      },
      change: {
        length: 0.883579,
        projections: [-0.343898, 1.28737, 0.594603, 1.03799, 0.0697461, 0.0283777, -1.22406, -0.5928],
      },
      objective: 2.3329,
      variation: 9.64802,
    },
  },
};

/** With so much weight that the variation is about half of the gradient: its kernels are checked too. */
const RECIPE: Recipe = { ...recipes.atlas, copies: 2, variationWeight: 300 };
const STEP = 3;

/**
 * Runs the checks of a family, of all where it has none of its own, on tfjs' current backend.
 *
 * @returns the largest error, relative to what was expected
 */
export async function selfCheck(architecture: string): Promise<number> {
  const own = CHECKS[architecture];
  let largest = 0;
  for (const { model, tap, expected } of own ? [own] : Object.values(CHECKS)) {
    await loadFamily(model.architecture);
    const found = await findingsOf(model, tap);
    const errors = [
      sketchError(found.gradient, expected.gradient),
      sketchError(found.change, expected.change),
      Math.abs(found.objective / expected.objective - 1),
      Math.abs(found.variation / expected.variation - 1),
    ];
    largest = Math.max(largest, ...errors.map((error) => (Number.isNaN(error) ? Infinity : error)));
  }
  return largest;
}

function sketchError(found: Sketch, expected: Sketch): number {
  const squares = expected.projections.map((p, i) => (found.projections[i]! - p) ** 2);
  return Math.sqrt(squares.reduce((a, b) => a + b) / squares.length) / expected.length;
}

/** One ascent step of a toy model on the current backend. */
export async function findingsOf(model: ModelConfig, tap: string): Promise<Findings> {
  const { definition, feeds, weights } = toyStep(model, tap);
  const upload = (specs: TensorSpecs, values: Feeds) =>
    Object.fromEntries(
      Object.entries(specs).map(([name, { shape, dtype }]) => [
        name,
        tensor(values[name]!, [...shape], dtype),
      ]),
    );
  const [inputs, params] = [upload(definition.inputs, feeds), upload(definition.params, weights)];
  const outputs = runEagerly(definition, inputs, params);
  const read = async (name: string) => (await outputs[name]!.data<"float32">()).slice();
  const [m, after, objective, variation] = await Promise.all([
    read("m"),
    read("image"),
    read("objective"),
    read("variation"),
  ]);
  for (const tensors of [inputs, params, outputs]) dispose(tensors);
  return {
    gradient: sketch(m),
    change: sketch(after.map((value, i) => value - feeds.image![i]!)),
    objective: objective[0]!,
    variation: variation[0]!,
  };
}

/** The definition of the step with its numbers; a function of nothing but the model. */
export function toyStep(
  model: ModelConfig,
  tap: string,
): { definition: Definition; feeds: Feeds; weights: Feeds } {
  const definition = ascentStep(model, tap, RECIPE, 1);
  const image = initialImage(RECIPE, model.imageSize, 0, 1);
  const feeds = {
    ...stepFeeds(RECIPE, model.imageSize, 1, 0, STEP),
    image,
    m: new Float32Array(image.length),
    // Of the size of squared gradients: from 0, Adam's first step is ±rate whatever the gradient.
    v: new Float32Array(image.length).fill(1e-5),
    unit: Int32Array.of(1),
  };
  const weights = Object.fromEntries(
    Object.entries(definition.params).map(([name, { shape }]) => [name, toyWeights(name, shape)]),
  );
  return { definition, feeds, weights };
}

/** Weights that make every layer matter: none is 0, scales and variances are positive. */
function toyWeights(name: string, shape: readonly number[]): Float32Array {
  const random = stream(0, `self-check:${name}`);
  const length = size(shape);
  const bound = 1.5 / Math.sqrt(shape.length > 1 ? length / shape[0]! : 16);
  const positive = shape.length === 1 && /(weight|running_var)$/.test(name);
  return Float32Array.from({ length }, () => {
    const value = random.uniform(-1, 1);
    return positive ? 1 + value / 2 : bound * value;
  });
}

function sketch(values: Float32Array): Sketch {
  const random = stream(0, "self-check directions");
  const projections = Array.from({ length: DIRECTIONS }, () => dot(values, () => random.normal()));
  return { length: Math.sqrt(dot(values, (value) => value)), projections };
}

const dot = (values: Float32Array, other: (value: number) => number): number =>
  values.reduce((sum, value) => sum + value * other(value), 0);
