/** The tiny models of all families with weights as the pipeline holds them, and feeds for their programs. */
import { initialImage, stepFeeds } from "#core/ascent.ts";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import { initialValues } from "#core/params.ts";
import type { Recipe } from "#core/recipes.ts";
import type { Arrays, Weights } from "#pipeline/run/index.ts";
import { tinyModels } from "./tiny.ts";
import { values } from "./tracing.ts";

/** The tiny model of each family with its first and its last tap. */
export const TINY_MODELS: readonly (ModelConfig & {
  readonly name: string;
  readonly taps: readonly string[];
})[] = Object.entries(tinyModels).map(([name, model]) => {
  const { taps } = openModel(model);
  return { ...model, name, taps: [taps[0]!.name, taps.at(-1)!.name] };
});

/** First values, with noise where they are constant, so that no gradient vanishes. */
export function weightsOf(model: ModelConfig): Weights {
  return Object.fromEntries(
    openModel(model).parameters.map((spec, i) => {
      const noise = values({ shape: spec.shape, dtype: "float32" }, i);
      const data = initialValues(spec, 3).map((value, j) => value + 0.1 * noise[j]!);
      return [spec.name, { shape: spec.shape, data: positiveVariance(spec.name, data) }];
    }),
  );
}

function positiveVariance(name: string, data: Float32Array): Float32Array {
  return name.endsWith("running_var") ? data.map((value) => 0.5 + Math.abs(value)) : data;
}

export function ascentFeeds(recipe: Recipe, imageSize: number, unit: Int32Array, step = 3): Arrays {
  const pixels = 3 * imageSize ** 2;
  const image = new Float32Array(unit.length * pixels);
  unit.forEach((id, i) => {
    image.set(initialImage(recipe, imageSize, 1, id), i * pixels);
  });
  // Moments of an ascent under way: from 0 the first step is ±rate whatever the gradient, so that the rounding of a
  // gradient near 0 would show at full scale.
  const m = new Float32Array(image.length);
  const v = new Float32Array(image.length).fill(1e-6);
  return { image, m, v, unit, ...stepFeeds(recipe, imageSize, unit.length, 1, step) };
}
