/** The smallest model of each family, for tests of what is built on models: seconds on tfjs' CPU backend. */
import * as tf from "@tensorflow/tfjs";
import type { Definition } from "#core/definition.ts";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import type { Params } from "#core/params.ts";
import { stream } from "#core/random.ts";
import { columnarModels } from "./tiny-columnar.ts";
import { convolutionalModels } from "./tiny-convolutional.ts";
import { hierarchicalModels } from "./tiny-hierarchical.ts";

const statistics = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

export const tinyVit: ModelConfig = {
  architecture: "vit",
  config: { patchSize: 4, width: 12, depth: 2, heads: 3, mlpRatio: 2, qkvBias: true },
  imageSize: 8,
  numClasses: 5,
  ...statistics,
};

export const tinyResnet: ModelConfig = {
  architecture: "resnet",
  config: { block: "basic", layers: [1, 1], widths: [4, 6], stem: "small", stemStride: 1 },
  imageSize: 9,
  numClasses: 5,
  ...statistics,
};

const tinyBottleneck: ModelConfig = {
  architecture: "resnet",
  config: { block: "bottleneck", layers: [1, 2], widths: [4, 6], stem: "imagenet" },
  imageSize: 32,
  numClasses: 5,
  ...statistics,
};

export const tinyModels: Readonly<Record<string, ModelConfig>> = {
  "tiny vit": tinyVit,
  "tiny resnet": tinyResnet,
  "tiny bottleneck resnet": tinyBottleneck,
  ...columnarModels,
  ...hierarchicalModels,
  ...convolutionalModels,
};

/**
 * Weights that make every layer matter: no zeros, no ones, and positive variances. The formula is repeated in
 * test/golden/formula.py.
 */
export function formulaWeights(model: ModelConfig): Params {
  const entries = openModel(model).parameters.map(({ name, shape }) => {
    const values = formulaTensor(name, shape);
    return [name, tf.tensor(values, [...shape])] as const;
  });
  return Object.fromEntries(entries);
}

/** One tensor of the formula, from the stream "golden:<name>" of seed 0. */
export function formulaTensor(name: string, shape: readonly number[]): Float32Array {
  const random = stream(0, `golden:${name}`);
  const length = shape.reduce((a, b) => a * b, 1);
  const fanIn = shape.length > 1 ? length / shape[0]! : 16;
  const positive = shape.length === 1 && /(weight|running_var)$/.test(name);
  const bound = 1.5 / Math.sqrt(fanIn);
  return Float32Array.from({ length }, () => {
    const value = random.uniform(-1, 1);
    return positive ? 1 + 0.5 * value : bound * value;
  });
}

/** Any array as the tensor that an input or a parameter of a definition wants. */
export function tensorFor(
  definition: Definition,
  name: string,
  values: Float32Array | Int32Array | readonly number[],
): tf.Tensor {
  const spec = definition.inputs[name] ?? definition.params[name];
  if (!spec) throw new Error(`${definition.name} has no "${name}"`);
  return tf.tensor(values as Float32Array, [...spec.shape], spec.dtype);
}
