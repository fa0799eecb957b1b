/**
 * MobileNetV2, with timm's `EfficientNet` names.
 *
 * A block widens, convolves each channel apart, and narrows again without an activation. Its neurons are therefore
 * tapped where its last activation is, after the depthwise convolution: `blocks.3.1.bn2.act`, timm's module path.
 *
 * The main path is `network`. Not here: squeeze-and-excitation, other activations, "same" padding (MobileNetV3,
 * EfficientNet).
 *
 * @see Sandler et al. 2018, https://arxiv.org/abs/1801.04381
 */

import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { channelEach } from "../channels.ts";
import { ConfigError, readConfig } from "../config.ts";
import { stops } from "../windows.ts";
import {
  type Convolution,
  convolutionSpecs,
  imageStep,
  pooledLinear,
  run,
  runEach,
  tappedImageStep,
} from "./convolution-steps.ts";
import { type Context, type Network, sequential, type TappedStep } from "./sequence.ts";

export interface MobilenetConfig {
  readonly imageSize: number;
  /** Width of the stem. */
  readonly stem: number;
  /** Of each stage: blocks, width, stride of the first block, and how many times wider a block is inside. */
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  readonly strides: readonly number[];
  /** 1: the block has no widening convolution. */
  readonly expansions: readonly number[];
  /** Width of the last convolution. */
  readonly head: number;
  readonly numClasses: number;
}

/** PyTorch's default. */
const EPSILON = 1e-5;

const KEYS = [...["imageSize", "stem", "depths", "widths", "strides", "expansions", "head", "numClasses"]];

function parse(config: unknown): MobilenetConfig {
  const read = readConfig("mobilenet", config, KEYS);
  const parsed: MobilenetConfig = {
    imageSize: read.count("imageSize"),
    stem: read.count("stem"),
    depths: read.counts("depths"),
    widths: read.counts("widths"),
    strides: read.counts("strides"),
    expansions: read.counts("expansions"),
    head: read.count("head"),
    numClasses: read.count("numClasses"),
  };
  const { depths, widths, strides, expansions } = parsed;
  const lengths = [depths, widths, strides, expansions].map((list) => list.length);
  if (new Set(lengths).size > 1)
    throw new ConfigError(
      `mobilenet: expected depths, widths, strides and expansions of one length, got ${lengths.join(", ")}`,
    );
  return parsed;
}

function network(c: MobilenetConfig): Network<Tensor4D> {
  const stem = convolution("conv_stem", "bn1", 3, c.stem, 3, 2);
  const steps: TappedStep<Tensor4D>[] = [];
  let inputs = c.stem;
  let size = stops(c.imageSize, stem);
  c.depths.forEach((count, stage) => {
    const outputs = c.widths[stage]!;
    for (let position = 0; position < count; position++) {
      const stride = position === 0 ? c.strides[stage]! : 1;
      const name = `blocks.${stage}.${position}`;
      const label = `Stage ${stage + 1} · block ${position + 1}`;
      const hidden = inputs * c.expansions[stage]!;
      const built = block({ name, label, inputs, hidden, outputs, stride, size });
      steps.push(built);
      size = built.tap.grid[0];
      inputs = outputs;
    }
  });
  return {
    stem: imageStep([stem], (images, context) => tf.relu6(run(images, stem, context))),
    steps: [...steps, lastConvolution(c, inputs, size)],
    head: pooledLinear("classifier", c.head, c.numClasses),
  };
}

function convolution(
  name: string,
  norm: string,
  inputs: number,
  outputs: number,
  window: number,
  stride = 1,
): Convolution {
  const padding = (window - 1) / 2;
  return { name, norm: { name: norm, epsilon: EPSILON }, inputs, outputs, window, stride, padding };
}

/** The numbers of an inverted residual block; `size` is that of its input. */
interface Block {
  readonly name: string;
  readonly label: string;
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
  readonly stride: number;
  readonly size: number;
}

/** [B, I, H, W] → [B, O, H/stride, W/stride]; the activations are [B, hidden, H/stride, W/stride]. */
function block({ name, label, inputs, hidden, outputs, stride, size }: Block): TappedStep<Tensor4D> {
  const widens = hidden !== inputs;
  // timm numbers a block's norms in order, and calls the narrowing convolution by whether there was a widening one.
  const numbers = widens ? [1, 2, 3] : [0, 1, 2];
  const [first, second, third] = numbers.map((n) => `${name}.bn${n}`) as [string, string, string];
  const widening = widens ? convolution(`${name}.conv_pw`, first, inputs, hidden, 1) : undefined;
  const apart = {
    ...convolution(`${name}.conv_dw`, second, hidden, hidden, 3, stride),
    depthwise: true,
  };
  const narrowing = convolution(`${name}.conv_pw${widens ? "l" : ""}`, third, hidden, outputs, 1);
  const residual = stride === 1 && inputs === outputs;
  return tappedImageStep({
    name: `${second}.act`,
    label,
    units: hidden,
    size: stops(size, apart),
    parameters: [...(widening ? [widening] : []), apart].flatMap(convolutionSpecs),
    activate(x, context) {
      const wide = widening ? tf.relu6(run(x, widening, context)) : x;
      return tf.relu6(run(wide, apart, context));
    },
    choose(x, context, unit) {
      const map = widening ? tf.relu6(runEach(x, widening, context, unit)) : channelEach(x, unit);
      return tf.relu6(runEach(map, apart, context, unit));
    },
    rest: {
      parameters: convolutionSpecs(narrowing),
      run(x, activations, context: Context) {
        const narrow = run(activations, narrowing, context);
        return residual ? tf.add(x, narrow) : narrow;
      },
    },
  });
}

function lastConvolution({ head }: MobilenetConfig, inputs: number, size: number): TappedStep<Tensor4D> {
  const layer = convolution("conv_head", "bn2", inputs, head, 1);
  return tappedImageStep({
    name: "bn2.act",
    label: "Last convolution",
    units: head,
    size,
    parameters: convolutionSpecs(layer),
    activate: (x, context) => tf.relu6(run(x, layer, context)),
    choose: (x, context, unit): Tensor3D => tf.relu6(runEach(x, layer, context, unit)),
  });
}

export const mobilenet = sequential("mobilenet", parse, network);
