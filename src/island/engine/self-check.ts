/**
 * Whether a backend's gradients are right: ascent steps of toy models, compared with numbers that are known.
 *
 * The steps are the core's own, and of the family that will run: every kernel that they call changes one of these
 * numbers (a test breaks each in turn). They are in `checks/`, a file a family. References come from tfjs in plain JavaScript and agree with onnxruntime
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

/** A model so small that its step takes no time. */
export interface Toy {
  readonly model: ModelConfig;
  readonly tap: string;
  /** So much that the variation is about half of the gradient: its kernels are checked too. */
  readonly variationWeight: number;
}

/** A toy with what is known of its step. */
export interface Check extends Toy {
  /** Of `findingsOf` in plain JavaScript. */
  readonly expected: Findings;
}

const DIRECTIONS = 8;

/** A vector's length, and its projections on `DIRECTIONS` random directions. */
interface Sketch {
  readonly length: number;
  readonly projections: readonly number[];
}

const STEP = 3;

/**
 * Runs checks on tfjs' current backend.
 *
 * @returns the largest error, relative to what was expected
 */
export async function selfCheck(checks: readonly Check[]): Promise<number> {
  let largest = 0;
  for (const { expected, ...toy } of checks) {
    await loadFamily(toy.model.architecture);
    const found = await findingsOf(toy);
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
export async function findingsOf(toy: Toy): Promise<Findings> {
  const { definition, feeds, weights } = toyStep(toy);
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

/** The definition of the step with its numbers; a function of nothing but the toy. */
export function toyStep({ model, tap, variationWeight }: Toy): {
  definition: Definition;
  feeds: Feeds;
  weights: Feeds;
} {
  const recipe: Recipe = { ...recipes.atlas, copies: 2, variationWeight };
  const definition = ascentStep(model, tap, recipe, 1);
  const image = initialImage(recipe, model.imageSize, 0, 1);
  const feeds = {
    ...stepFeeds(recipe, model.imageSize, 1, 0, STEP),
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
