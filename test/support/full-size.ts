/** Models of full size with the formula's weights, through the traced engine, against samples of a reference's run. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { forwardDefinition } from "#core/ascent.ts";
import { type Definition, float32, int32 } from "#core/definition.ts";
import { type ModelConfig, normalize, openModel } from "#core/models/index.ts";
import { paramSpecs } from "#core/params.ts";
import type { Weights } from "#pipeline/run/index.ts";
import { formulaImage } from "./golden.ts";
import { formulaTensor } from "./tiny.ts";
import { runOnce } from "./tracing.ts";

/** Every so many-th value of an array, and the norm of all. */
export interface Sample {
  readonly every: number;
  readonly values: readonly number[];
  readonly norm: number;
  /** Of all values; of the sampled ones where it is absent. */
  readonly largest?: number;
}

export interface FullRun {
  /** Stream of the image's pixels; "full image" where absent. */
  readonly image?: string;
  /** Of the gradients, where they have none of their own. */
  readonly unit?: number;
  /** Of the feed-forward layers' second halves: 1, or less for a model that doubles errors block by block. */
  readonly damping?: number;
  readonly logits: Sample;
  readonly taps: Readonly<
    Record<string, { readonly activations: Sample; readonly gradient?: Sample & { readonly unit?: number } }>
  >;
}

/** Largest relative errors. */
export interface Errors {
  readonly logits: number;
  readonly taps: number;
  readonly gradient: number;
}

/**
 * Writes what runs at full size were off by to goldens/zoo-errors-<group>.json, beside the errors of models that were
 * not run this time.
 *
 * @param reference with version, for readers of the file
 */
export function keepErrors(group: string, reference: string, errors: Readonly<Record<string, Errors>>): void {
  const file = new URL(`../golden/goldens/zoo-errors-${group}.json`, import.meta.url);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).errors : {};
  const sorted = Object.entries({ ...before, ...errors }).sort(([a], [b]) => (a < b ? -1 : 1));
  const header = {
    command: `ZOO=full vitest run test/pipeline/zoo-${group}.test.ts`,
    reference,
    what: "largest relative errors of float32 programs on onnxruntime's CPU against float64",
  };
  writeFileSync(file, `${JSON.stringify({ header, errors: Object.fromEntries(sorted) }, null, 1)}\n`);
}

/** Runs a model on an image of the formula, and compares. */
export async function errorsOf(
  model: ModelConfig,
  { image = "full image", unit = 0, damping = 1, logits, taps }: FullRun,
): Promise<Errors> {
  const weights: Weights = Object.fromEntries(
    openModel(model).parameters.map(({ name, shape }) => {
      const values = formulaTensor(name, shape);
      const damped = damping !== 1 && name.includes(".fc2.");
      return [name, { shape, data: damped ? values.map((value) => value * damping) : values }];
    }),
  );
  const images = formulaImage(image, 3 * model.imageSize ** 2);
  const outputs = await runOnce(forwardDefinition(model, Object.keys(taps), 1), weights, { images });
  const activations: number[] = [];
  const gradients: number[] = [];
  for (const [tap, expected] of Object.entries(taps)) {
    activations.push(errorOf(outputs[tap]!, expected.activations));
    if (!expected.gradient) continue;
    const feeds = { images, unit: Int32Array.of(expected.gradient.unit ?? unit) };
    const { gradient } = await runOnce(pixelGradient(model, tap), weights, feeds);
    gradients.push(errorOf(gradient!, expected.gradient));
  }
  if (gradients.length === 0) throw new Error(`internal: no gradient of ${model.architecture} to compare`);
  return {
    logits: errorOf(outputs.logits!, logits),
    taps: Math.max(...activations),
    gradient: Math.max(...gradients),
  };
}

/** The gradient of one unit's mean activation for the pixels, [1, 3, H, W]. */
function pixelGradient(model: ModelConfig, tap: string): Definition {
  const opened = openModel(model);
  return {
    name: `gradient-${tap}`,
    inputs: { images: float32(1, 3, model.imageSize, model.imageSize), unit: int32(1) },
    params: paramSpecs(opened.featureParameters(tap)),
    run({ images, unit }, params) {
      const mean = (x: Tensor): Tensor =>
        tf.mean(opened.feature(normalize(model, x as Tensor4D), params, tap, unit as Tensor1D));
      return { gradient: tf.grad(mean)(images!) };
    },
  };
}

/** The larger of two: of the values, as a share of the reference's largest, and of the norms. */
function errorOf(found: ArrayLike<number>, { every, values, norm, ...sample }: Sample): number {
  const largest = sample.largest ?? Math.max(...values.map(Math.abs));
  const apart = values.map((value, i) => Math.abs(value - found[i * every]!) / largest);
  const ours = Math.sqrt(Array.from(found).reduce((sum, value) => sum + value * value, 0));
  // A NaN must not pass for the smaller.
  const worst = Math.max(...apart, Math.abs(ours / norm - 1));
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : Number(worst.toPrecision(2));
}
