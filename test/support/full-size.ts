/** Models of full size with the formula's weights, through the traced engine, against samples of a reference's run. */
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
interface Sample {
  readonly every: number;
  readonly values: readonly number[];
  readonly norm: number;
  readonly largest: number;
}

export interface FullRun {
  readonly unit: number;
  /** Of the feed-forward layers' second halves: 1, or less for a model that doubles errors block by block. */
  readonly damping: number;
  readonly logits: Sample;
  readonly taps: Readonly<Record<string, { readonly activations: Sample; readonly gradient: Sample }>>;
}

/** Largest relative errors. */
export interface Errors {
  readonly logits: number;
  readonly taps: number;
  readonly gradient: number;
}

/** Runs a model on the image "full image" of the formula, and compares. */
export async function errorsOf(model: ModelConfig, reference: FullRun): Promise<Errors> {
  const opened = openModel(model);
  const weights: Weights = Object.fromEntries(
    opened.parameters.map(({ name, shape }) => {
      const values = formulaTensor(name, shape);
      const data = name.includes(".fc2.") ? values.map((value) => value * reference.damping) : values;
      return [name, { shape, data }];
    }),
  );
  const images = formulaImage("full image", 3 * model.imageSize ** 2);
  const taps = Object.keys(reference.taps);
  const outputs = await runOnce(forwardDefinition(model, taps, 1), weights, { images });
  const gradients: number[] = [];
  for (const tap of taps) {
    const feeds = { images, unit: Int32Array.of(reference.unit) };
    const { gradient } = await runOnce(pixelGradient(model, tap), weights, feeds);
    gradients.push(errorOf(gradient!, reference.taps[tap]!.gradient));
  }
  return {
    logits: errorOf(outputs.logits!, reference.logits),
    taps: Math.max(...taps.map((tap) => errorOf(outputs[tap]!, reference.taps[tap]!.activations))),
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
function errorOf(found: ArrayLike<number>, { every, values, norm, largest }: Sample): number {
  const apart = values.map((value, i) => Math.abs(value - found[i * every]!) / largest);
  const ours = Math.sqrt(Array.from(found).reduce((sum, value) => sum + value * value, 0));
  // A NaN must not pass for the smaller.
  const worst = Math.max(...apart, Math.abs(ours / norm - 1));
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : Number(worst.toPrecision(2));
}
