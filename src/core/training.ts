/**
 * One training step as a definition: forward, loss, gradients of all weights, AdamW, running statistics.
 *
 * Everything that changes is an input and an output, so the caller feeds one step's outputs to the next. Not here:
 * data, augmentation of training images, when to stop; see pipeline/train.
 */

import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError } from "./config.ts";
import { type Definition, float32, int32, type TensorSpec } from "./definition.ts";
import { type Model, type ModelConfig, normalize, openModel } from "./models/open.ts";
import { type AdamSettings, adam, clipFactor } from "./optimizer.ts";
import type { ParamSpec } from "./params.ts";

export interface TrainingOptions {
  readonly batch: number;
  /**
   * `labels`: int32 [B], a class each; `distributions`: float32 [B, classes], rows that sum to 1, for mixtures of
   * images.
   */
  readonly targets: "labels" | "distributions";
  /** The part of a target's weight that is spread evenly over all classes: Szegedy et al. 2016, section 7. */
  readonly labelSmoothing: number;
  /** Decoupled; for parameters with `decay` only. */
  readonly weightDecay: number;
  /** Largest global norm of the gradient. */
  readonly clipNorm: number;
  readonly adam: AdamSettings;
}

/** DeiT's optimizer (Touvron et al. 2021, table 9) with the clipping of the ViT paper (appendix B.1). */
export const trainingDefaults: Omit<TrainingOptions, "batch"> = {
  targets: "labels",
  labelSmoothing: 0.1,
  weightDecay: 0.05,
  clipNorm: 1,
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
};

/**
 * A training step of a model.
 *
 *   inputs   images [B, 3, H, W]      pixels 0–1
 *            targets                  see `TrainingOptions.targets`
 *            rate, correction1, correction2 []   `adamNumbers`
 *            param:<name>             every parameter, running statistics too
 *            m:<name>, v:<name>       Adam's moments of the trainable ones, 0 at first
 *   outputs  param:, m:, v:           the same, after the step
 *            loss []                  mean cross-entropy with smoothing, before the step
 *            correct []               how many targets' weight the largest logits hit
 *            gradientNorm []          before clipping
 *
 * @throws ConfigError for a model without classes, which has no loss
 */
export function trainingStep(model: ModelConfig, options: TrainingOptions): Definition {
  const opened = openModel(model);
  if (model.numClasses === 0)
    throw new ConfigError(`train: expected a model with classes, got ${model.architecture} without a head`);
  const { batch } = options;
  const inputs: Record<string, TensorSpec> = {
    images: float32(batch, 3, model.imageSize, model.imageSize),
    targets: options.targets === "labels" ? int32(batch) : float32(batch, model.numClasses),
    rate: float32(),
    correction1: float32(),
    correction2: float32(),
  };
  for (const { name, shape, trainable } of opened.parameters) {
    inputs[`param:${name}`] = float32(...shape);
    if (!trainable) continue;
    inputs[`m:${name}`] = float32(...shape);
    inputs[`v:${name}`] = float32(...shape);
  }
  return {
    name: `train-${model.architecture}-${batch}`,
    inputs,
    params: {},
    run: (given) => runTraining(opened, options, given),
  };
}

function runTraining(
  model: Model,
  options: TrainingOptions,
  inputs: Record<string, Tensor>,
): Record<string, Tensor> {
  const images = normalize(model.config, inputs.images as Tensor4D);
  const hits = targetsOf(options, inputs.targets!, model.config.numClasses);
  const { loss, gradients, logits, statistics } = differentiate(
    model,
    images,
    smoothed(hits, options),
    inputs,
  );
  const { norm, factor } = clipFactor(Object.values(gradients), options.clipNorm);

  const outputs: Record<string, Tensor> = { loss, correct: correctOf(logits, hits), gradientNorm: norm };
  for (const spec of model.parameters) {
    if (spec.trainable) {
      Object.assign(outputs, update(spec, inputs, tf.mul(gradients[spec.name]!, factor), options));
    } else outputs[`param:${spec.name}`] = statistics[spec.name]!;
  }
  return outputs;
}

function update(
  spec: ParamSpec,
  inputs: Record<string, Tensor>,
  gradient: Tensor,
  options: TrainingOptions,
): Record<string, Tensor> {
  const [value, m, v] = [`param:${spec.name}`, `m:${spec.name}`, `v:${spec.name}`];
  const state = { value: inputs[value]!, m: inputs[m]!, v: inputs[v]! };
  const numbers = {
    rate: inputs.rate as Scalar,
    correction1: inputs.correction1 as Scalar,
    correction2: inputs.correction2 as Scalar,
  };
  const next = adam(state, gradient, numbers, options.adam, spec.decay ? options.weightDecay : 0);
  return { [value]: next.value, [m]: next.m, [v]: next.v };
}

interface Differentiated {
  readonly loss: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
  readonly logits: Tensor2D;
  readonly statistics: Readonly<Record<string, Tensor>>;
}

/** The loss of a batch with its gradient for every trainable parameter, by name. */
function differentiate(
  model: Model,
  images: Tensor4D,
  targets: Tensor2D,
  inputs: Record<string, Tensor>,
): Differentiated {
  const trainable = model.parameters.filter((spec) => spec.trainable).map((spec) => spec.name);
  const fixed = model.parameters.filter((spec) => !spec.trainable).map((spec) => spec.name);
  // The tape disposes what its function does not return; these are kept, and freed below.
  const escaped: Record<string, Tensor> = {};
  const forward = tf.valueAndGrads((...values: Tensor[]) => {
    const params = Object.fromEntries([
      ...trainable.map((name, i) => [name, values[i]!] as const),
      ...fixed.map((name) => [name, inputs[`param:${name}`]!] as const),
    ]);
    const { logits, statistics = {} } = model.forward(images, params, { training: true });
    for (const [name, tensor] of Object.entries({ ...statistics, logits })) escaped[name] = tf.keep(tensor);
    return tf.mean(crossEntropy(logits, targets)) as Scalar;
  });
  const { value, grads } = forward(trainable.map((name) => inputs[`param:${name}`]!));
  const { logits, ...statistics } = Object.fromEntries(
    Object.entries(escaped).map(([name, tensor]) => {
      const copy = tf.clone(tensor);
      tensor.dispose();
      return [name, copy] as const;
    }),
  );
  return {
    loss: value,
    gradients: Object.fromEntries(trainable.map((name, i) => [name, grads[i]!])),
    logits: logits as Tensor2D,
    statistics,
  };
}

/**
 * Cross-entropy of softmax with a distribution.
 *
 *   logits  [B, classes]
 *   targets [B, classes]  rows sum to 1; no gradient goes to them
 *   → [B]
 *
 * Gradient for the logits: softmax − target.
 */
export function crossEntropy(logits: Tensor2D, targets: Tensor2D): Tensor1D {
  const operation = tf.customGrad((value: Tensor | tf.GradSaveFunc, save: Tensor | tf.GradSaveFunc) => {
    const scores = value as Tensor2D;
    const shifted = tf.sub(scores, tf.max(scores, 1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, 1, true);
    const logProbabilities = tf.sub(shifted, tf.log(total));
    (save as tf.GradSaveFunc)([tf.div(exponentials, total)]);
    return {
      value: tf.neg(tf.sum(tf.mul(targets, logProbabilities), 1)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const excess = tf.sub(saved[0]!, targets);
        return tf.mul(tf.reshape(dy, [-1, 1]), excess);
      },
    };
  });
  return operation(logits) as Tensor1D;
}

/** Targets as distributions, [B, classes]. */
function targetsOf(options: TrainingOptions, targets: Tensor, classes: number): Tensor2D {
  if (options.targets === "distributions") return targets as Tensor2D;
  const indices = tf.tensor2d(
    Int32Array.from({ length: classes }, (_, i) => i),
    [1, classes],
    "int32",
  );
  return tf.cast(tf.equal(tf.reshape(targets, [-1, 1]), indices), "float32") as Tensor2D;
}

function smoothed(targets: Tensor2D, { labelSmoothing }: TrainingOptions): Tensor2D {
  if (labelSmoothing === 0) return targets;
  return tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / targets.shape[1]);
}

/** The weight of the targets that the largest logit hits, summed over the batch: with labels a count. */
function correctOf(logits: Tensor2D, targets: Tensor2D): Tensor {
  const best = tf.cast(tf.equal(logits, tf.max(logits, 1, true)), "float32");
  return tf.sum(tf.mul(best, targets));
}
