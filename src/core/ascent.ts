/**
 * One step of activation maximisation, and the programs around it.
 *
 * The main path of the method: augment, forward to the tapped layer, objective, gradient, update. The browser runs
 * these definitions eagerly, the pipeline traces them; neither has a second version.
 *
 * @see Ghiasi et al. 2022, section 3, https://arxiv.org/abs/2212.06727
 */

import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Definition, float32, int32, type TensorSpecs } from "./definition.ts";
import { type Model, type ModelConfig, normalize, openModel } from "./models/open.ts";
import { meanActivation, meanAlong } from "./objectives.ts";
import { adam } from "./optimizer.ts";
import { clipPixels, initialPixels } from "./param/pixels.ts";
import { type Params, paramSpecs } from "./params.ts";
import type { Recipe } from "./recipes.ts";
import { totalVariation } from "./regularizers.ts";
import { jitter, type Roll, recolour, unjitter } from "./transforms.ts";

export { augmentationFeeds, neutralFeeds, stepFeeds } from "./feeds.ts";

/**
 * One ascent step for n neurons of one tap at once; each has its own image, all have the same augmentation.
 *
 *   inputs   image, m, v [n, 3, H, W]  pixels 0–1; Adam's moments, 0 at first
 *            unit [n] int32            which unit of the tap each image is for
 *            direction [n, units]      in its place, where `aim` is "direction": weights of all units of the tap
 *            and those of `stepFeeds`
 *   outputs  image, m, v               after the step
 *            objective [n]             mean activation over positions and copies, before the step; of a direction,
 *                                      the weighted sum of the units'
 *            variation [n]             the authors' total variation, before the step, unweighted
 *
 * Descends −objectiveWeight·objective + variationScale·variationWeight·variation.
 *
 * A single unit is a direction too, but reads only its own row of the tapped layer's weights.
 *
 * @throws ConfigError for an unknown tap
 */
export function ascentStep(
  model: ModelConfig,
  tap: string,
  recipe: Recipe,
  n: number,
  aim: "unit" | "direction" = "unit",
): Definition {
  const opened = openModel(model);
  const { units } = opened.tap(tap);
  const image = float32(n, 3, model.imageSize, model.imageSize);
  return {
    name: `ascent-${model.architecture}-${tap}-${recipe.name}-${n}${aim === "unit" ? "" : "-direction"}`,
    inputs: {
      image,
      m: image,
      v: image,
      ...(aim === "unit" ? { unit: int32(n) } : { direction: float32(n, units) }),
      rate: float32(),
      correction1: float32(),
      correction2: float32(),
      variationWeight: float32(n),
      ...augmentationSpecs(recipe, model.imageSize),
    },
    params: paramSpecs(opened.featureParameters(tap)),
    run: (inputs, params) => runStep(opened, tap, recipe, inputs as unknown as StepInputs, params),
  };
}

interface AugmentationInputs extends Roll {
  readonly colourScale: Tensor;
  readonly colourShift: Tensor;
  readonly noise?: Tensor;
}

interface StepInputs extends AugmentationInputs {
  readonly image: Tensor4D;
  readonly m: Tensor4D;
  readonly v: Tensor4D;
  readonly unit?: Tensor1D;
  readonly direction?: Tensor2D;
  readonly rate: Scalar;
  readonly correction1: Scalar;
  readonly correction2: Scalar;
  readonly variationWeight: Tensor1D;
}

function runStep(model: Model, tap: string, recipe: Recipe, inputs: StepInputs, params: Params) {
  const { image, m, v } = inputs;
  const n = image.shape[0];
  // Gradients are taken at the rolled image and rolled back once, together.
  const moved = jitter(image, inputs);

  const climb = tf.valueAndGrad((x: Tensor) =>
    objectiveOf(model, tap, seen(model, x as Tensor4D, inputs), inputs, params),
  );
  const weight = recipe.objectiveWeight === "one" ? 1 : 1 / recipe.copies;
  const objective = climb(moved, tf.fill([n], -weight));

  const channelWeight = tf.div(tf.mean(inputs.colourScale, 0), 3) as Tensor1D;
  const variation = totalVariation(moved, channelWeight);
  const coefficient = tf.reshape(tf.mul(inputs.variationWeight, recipe.variationScale), [n, 1, 1, 1]);

  const slope = tf.add(objective.grad, tf.mul(variation.gradient, coefficient)) as Tensor4D;
  const next = adam({ value: image, m, v }, unjitter(slope, inputs), inputs, recipe.adam);
  return {
    image: clipPixels(next.value),
    m: next.m,
    v: next.v,
    objective: objective.value,
    variation: variation.value,
  };
}

/** What is climbed, of the copies of n images: [n·k, 3, H, W] → [n] */
function objectiveOf(
  model: Model,
  tap: string,
  copies: Tensor4D,
  { image, unit, direction }: StepInputs,
  params: Params,
): Tensor1D {
  if (direction) return meanAlong(model.activations(copies, params, tap), direction);
  return meanActivation(model.feature(copies, params, tap, unit!), image.shape[0]);
}

/**
 * What the network sees of an image: recoloured copies, normalised.
 *
 *   images [n, 3, H, W], already rolled → [n·k, 3, H, W]
 *
 * The card's normalisation is a scale and a shift too, and is merged with the colours while those are [k, 3].
 */
function seen({ config }: Model, images: Tensor4D, inputs: AugmentationInputs): Tensor4D {
  const mean = tf.tensor2d([...config.mean], [1, 3]);
  const scale = tf.tensor2d(
    config.std.map((std) => 1 / std),
    [1, 3],
  );
  const colourScale = tf.mul(inputs.colourScale, scale);
  const colourShift = tf.mul(tf.sub(inputs.colourShift, mean), scale);
  const noise = inputs.noise && tf.mul(inputs.noise, tf.reshape(scale, [1, 3, 1, 1]));
  return recolour(images, colourScale, colourShift, noise);
}

function augmentationSpecs(recipe: Recipe, imageSize: number): TensorSpecs {
  const specs = {
    rows: int32(imageSize),
    columns: int32(imageSize),
    rowsBack: int32(imageSize),
    columnsBack: int32(imageSize),
    colourScale: float32(recipe.copies, 3),
    colourShift: float32(recipe.copies, 3),
  };
  if (recipe.noise.form === "channel") return specs;
  return { ...specs, noise: float32(recipe.copies, 3, imageSize, imageSize) };
}

/**
 * The image an ascent begins with.
 *
 * @param unitSeed a number of the unit's own, so that units begin differently
 * @returns 3·H·W values, channels first
 */
export const initialImage = (
  recipe: Recipe,
  imageSize: number,
  seed: number,
  unitSeed: number,
): Float32Array => initialPixels(recipe.initial, imageSize, seed, unitSeed);

/**
 * What chosen units make of given images: as they are, or under a recipe's augmentation.
 *
 *   inputs   image [n, 3, H, W]  pixels 0–1
 *            unit  [n] int32
 *            those of `augmentationFeeds`, with a recipe
 *   outputs  objective [n]       mean over positions and copies
 *            map [n, P] or, with a recipe, [n·k, P]  the activation at each position
 */
export function evaluate(model: ModelConfig, tap: string, n: number, recipe?: Recipe): Definition {
  const opened = openModel(model);
  return {
    name: `evaluate-${model.architecture}-${tap}-${recipe?.name ?? "plain"}-${n}`,
    inputs: {
      image: float32(n, 3, model.imageSize, model.imageSize),
      unit: int32(n),
      ...(recipe ? augmentationSpecs(recipe, model.imageSize) : {}),
    },
    params: paramSpecs(opened.featureParameters(tap)),
    run: (inputs, params) => {
      const given = inputs as unknown as StepInputs;
      const images = recipe ? seen(opened, jitter(given.image, given), given) : normalize(model, given.image);
      const map = opened.feature(images, params, tap, given.unit!);
      return { objective: meanActivation(map, n), map };
    },
  };
}

/**
 * The whole network on a batch of images, with the activations of chosen taps.
 *
 *   inputs   images [B, 3, H, W]  pixels 0–1
 *   outputs  logits [B, classes]; for each tap, by its name, [B, P, units]
 */
export function forwardDefinition(model: ModelConfig, taps: readonly string[], batch: number): Definition {
  const opened = openModel(model);
  for (const tap of taps) opened.tap(tap);
  return {
    name: `forward-${model.architecture}-${taps.length}-taps-${batch}`,
    inputs: { images: float32(batch, 3, model.imageSize, model.imageSize) },
    params: paramSpecs(opened.parameters),
    run: (inputs, params) => {
      const images = normalize(model, inputs.images as Tensor4D);
      const { logits, taps: activations } = opened.forward(images, params, { taps });
      return { logits, ...activations };
    },
  };
}
