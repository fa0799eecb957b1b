/**
 * What the convolutional families have in common: a convolution described once, for its parameters and for running
 * it, and the tapped step whose state is an image. Not for what the families join them to.
 */

import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { channelEach, convolveEach, depthwiseEach, rowsWithin } from "../channels.ts";
import { convolve, depthwise, normAffine, trainNorm } from "../convolution.ts";
import { linear } from "../layers.ts";
import { type Init, type ParamSpec, param } from "../params.ts";
import { divide } from "../shape.ts";
import { type Stride, stops } from "../windows.ts";
import type { Tap } from "./architecture.ts";
import type { Context, Step, TappedStep } from "./sequence.ts";

/** A convolution, with a bias or with a batch norm behind it. */
export interface Convolution extends Stride {
  /** Of the module that holds `weight`: "layer1.0.conv2". */
  readonly name: string;
  /** Absent where there is a bias, or neither. */
  readonly norm?: Norm;
  readonly bias?: boolean;
  /** Channels in and out; of a depthwise convolution they are equal. */
  readonly inputs: number;
  readonly outputs: number;
  readonly depthwise?: boolean;
}

/** A batch norm. */
export interface Norm {
  readonly name: string;
  readonly epsilon: number;
  /** First value of its weight: zeros where a residual branch shall begin as nothing. */
  readonly init?: Init;
}

const vector = (name: string, length: number, symbols: string, init: Init, trainable = true): ParamSpec => ({
  name,
  shape: [length],
  symbols,
  init,
  trainable,
  decay: false,
});

export function normSpecs({ name, init = "ones" }: Norm, channels: number): readonly ParamSpec[] {
  return [
    vector(`${name}.weight`, channels, "[O]", init),
    vector(`${name}.bias`, channels, "[O]", "zeros"),
    vector(`${name}.running_mean`, channels, "[O]", "zeros", false),
    vector(`${name}.running_var`, channels, "[O]", "ones", false),
  ];
}

/** The filter, then the bias, then the norm. */
export function convolutionSpecs(layer: Convolution): readonly ParamSpec[] {
  const { name, norm, bias = false, inputs, outputs, window } = layer;
  const group = layer.depthwise ? 1 : inputs;
  const filter: ParamSpec = {
    name: `${name}.weight`,
    shape: [outputs, group, window, window],
    symbols: `[O, ${layer.depthwise ? 1 : "I"}, ${window}, ${window}]`,
    init: "kaiming",
    trainable: true,
    decay: true,
  };
  return [
    filter,
    ...(bias ? [vector(`${name}.bias`, outputs, "[O]", "zeros")] : []),
    ...(norm ? normSpecs(norm, outputs) : []),
  ];
}

/** A batch norm alone: with fixed statistics, or in training with the batch's. */
export function normalise(x: Tensor4D, { name, epsilon }: Norm, { params, statistics }: Context): Tensor4D {
  if (statistics) return trainNorm(x, params, name, epsilon, statistics);
  const { scale, shift } = normAffine(params, name, epsilon);
  return tf.add(tf.mul(x, tf.reshape(scale, [1, -1, 1, 1])), tf.reshape(shift, [1, -1, 1, 1]));
}

/**
 * A convolution with its bias or its norm. A norm with fixed statistics is folded into the filter.
 *
 *   x [B, I, H, W] → [B, O, H', W']
 */
export function run(x: Tensor4D, layer: Convolution, context: Context): Tensor4D {
  const { stride, padding, norm } = layer;
  const by = layer.depthwise ? depthwise : convolve;
  if (norm && context.statistics)
    return normalise(by(x, param(context.params, `${layer.name}.weight`), stride, padding), norm, context);
  const { filter, shift } = frozen(layer, context);
  const sums = by(x, filter, stride, padding);
  return shift ? tf.add(sums, tf.reshape(shift, [1, -1, 1, 1])) : sums;
}

/** `run` and ReLU. */
export const runRelu = (x: Tensor4D, layer: Convolution, context: Context): Tensor4D =>
  tf.relu(run(x, layer, context));

/** A layer as one filter [O, I, k, k] and one shift [O]. */
function frozen({ name, norm, bias }: Convolution, { params }: Context): { filter: Tensor; shift?: Tensor } {
  const filter = param(params, `${name}.weight`);
  if (!norm) return bias ? { filter, shift: param(params, `${name}.bias`) } : { filter };
  const { scale, shift } = normAffine(params, norm.name, norm.epsilon);
  return { filter: tf.mul(filter, tf.reshape(scale, [-1, 1, 1, 1])), shift };
}

/**
 * `run` for one output channel an image; reads only its filters.
 *
 *   x    [B, I, H, W]; of a depthwise layer its one map [B, H, W]
 *   unit [B] int32
 *   → [B, H', W']
 *
 * @param first where given, the layer's outputs are the units first, first + 1, …; of any other unit the result is 0
 */
export function runEach(
  x: Tensor4D | Tensor3D,
  layer: Convolution,
  { params }: Context,
  unit: Tensor1D,
  first?: number,
): Tensor3D {
  const { name, norm, bias, stride, padding } = layer;
  const rows = (table: Tensor): Tensor =>
    first === undefined ? tf.gather(table, unit) : rowsWithin(table, unit, first);
  const column = (values: Tensor): Tensor => tf.reshape(rows(values), [-1, 1, 1]);
  const filters = rows(param(params, `${name}.weight`)) as Tensor4D;
  const convolved = (weights: Tensor4D): Tensor3D =>
    layer.depthwise
      ? depthwiseEach(x as Tensor3D, weights, stride, padding)
      : convolveEach(x as Tensor4D, weights, stride, padding);
  if (norm) {
    const { scale, shift } = normAffine(params, norm.name, norm.epsilon);
    const scaled = tf.mul(filters, tf.expandDims(column(scale), 3)) as Tensor4D;
    return tf.add(convolved(scaled), column(shift));
  }
  const sums = convolved(filters);
  return bias ? tf.add(sums, column(param(params, `${name}.bias`))) : sums;
}

/** A step between taps, of convolutions and what joins them. */
export const imageStep = (
  layers: readonly Convolution[],
  run: (x: Tensor4D, context: Context) => Tensor4D,
): Step<Tensor4D> => ({ parameters: layers.flatMap(convolutionSpecs), run });

export interface TappedImageStep {
  readonly name: string;
  readonly label: string;
  readonly units: number;
  /** Rows, equal to columns, of the activations. */
  readonly size: number;
  /** What the activations read. */
  readonly parameters: readonly ParamSpec[];
  /** The activations [B, units, size, size]. */
  activate(x: Tensor4D, context: Context): Tensor4D;
  /** One channel of them an image, [B, size, size]. */
  choose(x: Tensor4D, context: Context, unit: Tensor1D): Tensor3D;
  /** From the activations to the next state, where they are not that themselves. */
  readonly rest?: {
    readonly parameters: readonly ParamSpec[];
    run(x: Tensor4D, activations: Tensor4D, context: Context): Tensor4D;
  };
}

/** A tapped step of a network whose state is an image. */
export function tappedImageStep(step: TappedImageStep): TappedStep<Tensor4D> {
  const { name, label, units, size, rest } = step;
  const tap: Omit<Tap, "depth"> = { name, kind: "conv", units, grid: [size, size], label };
  return {
    tap,
    before: step.parameters,
    after: rest?.parameters ?? [],
    run(x, context) {
      const found = step.activate(x, context);
      const state = rest ? rest.run(x, found, context) : found;
      return { state, activations: () => positionsLast(found) };
    },
    activations: (x, context) => positionsLast(step.activate(x, context)),
    chosen(x, context, unit) {
      const copies = divide("feature", ["images", x.shape[0]], ["units", unit.shape[0]]);
      return tf.reshape(step.choose(x, context, repeatEach(unit, copies)), [x.shape[0], -1]);
    },
  };
}

/**
 * A convolution with ReLU, tapped behind it.
 *
 *   [B, I, H, W] → [B, O, H', W']
 *
 * @param tap its name and label
 * @param size rows, equal to columns, of the input
 */
export function tappedConvolution(
  layer: Convolution,
  tap: Pick<Tap, "name" | "label">,
  size: number,
): TappedStep<Tensor4D> {
  const activate = (x: Tensor4D, context: Context): Tensor4D => runRelu(x, layer, context);
  return tappedImageStep({
    ...tap,
    units: layer.outputs,
    size: stops(size, layer),
    parameters: convolutionSpecs(layer),
    activate,
    choose(x, context, unit) {
      // Of an image's three channels all filters cost less than the shifts of one.
      if (layer.inputs <= 3) return channelEach(activate(x, context), unit);
      return tf.relu(runEach(x, layer, context, unit));
    },
  });
}

/** [n] → [n·copies], each value `copies` times in a row. */
const repeatEach = (unit: Tensor1D, copies: number): Tensor1D =>
  copies === 1 ? unit : tf.reshape(tf.tile(tf.reshape(unit, [-1, 1]), [1, copies]), [-1]);

/** [B, C, H, W] → [B, H·W, C] */
export function positionsLast(x: Tensor4D): Tensor3D {
  const [batch, channels, height, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, channels, height * width]), [0, 2, 1]) as Tensor3D;
}

/** Mean over positions, then a linear layer with bias: [B, C, H, W] → [B, classes]. */
export function pooledLinear(name: string, channels: number, classes: number): Step<Tensor4D, Tensor2D> {
  return {
    parameters: [
      {
        name: `${name}.weight`,
        shape: [classes, channels],
        symbols: "[classes, C]",
        init: "fan-in-uniform",
        trainable: true,
        decay: true,
      },
      vector(`${name}.bias`, classes, "[classes]", "zeros"),
    ],
    run: (x, { params }) =>
      linear(tf.mean(x, [2, 3]) as Tensor2D, param(params, `${name}.weight`), param(params, `${name}.bias`)),
  };
}
