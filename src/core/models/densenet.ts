/**
 * DenseNets with timm's names (torchvision's): DenseNet-121 to 201.
 *
 * Every dense layer adds a few channels to all that came before it. Those new channels are its neurons, tapped as
 * `features.denseblock2.denselayer4.out`: they are what every later layer of the block reads, each behind a norm and
 * a ReLU of its own, so they have no activation and may be negative. The last tap, `features.norm5.act`, is all
 * channels after the last norm and ReLU.
 *
 * The main path is `network`.
 *
 * @see Huang et al. 2017, https://arxiv.org/abs/1608.06993
 */

import type { Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { channelEach } from "../channels.ts";
import { readConfig } from "../config.ts";
import { averagePool, maxPool } from "../pooling.ts";
import { divide } from "../shape.ts";
import { stops } from "../windows.ts";
import {
  type Convolution,
  convolutionSpecs,
  imageStep,
  normalise,
  normSpecs,
  pooledLinear,
  run,
  runEach,
  runRelu,
  tappedImageStep,
} from "./convolution-steps.ts";
import { type Context, type Network, type Step, sequential, type TappedStep } from "./sequence.ts";

export interface DensenetConfig {
  readonly imageSize: number;
  /** Width of the stem. */
  readonly stem: number;
  /** Channels that a layer adds. */
  readonly growth: number;
  /** Layers in each block: [6, 12, 24, 16] for DenseNet-121. */
  readonly layers: readonly number[];
  /** How many times `growth` the hidden width of a layer is. */
  readonly bottleneck: number;
  readonly numClasses: number;
}

/** PyTorch's default. */
const EPSILON = 1e-5;

const STEM_POOL = { window: 3, stride: 2, padding: 1 };

const KEYS = ["imageSize", "stem", "growth", "layers", "bottleneck", "numClasses"];

function parse(config: unknown): DensenetConfig {
  const read = readConfig("densenet", config, KEYS);
  const parsed: DensenetConfig = {
    imageSize: read.count("imageSize"),
    stem: read.count("stem"),
    growth: read.count("growth"),
    layers: read.counts("layers"),
    bottleneck: read.count("bottleneck"),
    numClasses: read.count("numClasses"),
  };
  return parsed;
}

function network(c: DensenetConfig): Network<Tensor4D> {
  const first: Convolution = {
    name: "features.conv0",
    norm: { name: "features.norm0", epsilon: EPSILON },
    inputs: 3,
    outputs: c.stem,
    window: 7,
    stride: 2,
    padding: 3,
  };
  const steps: (Step<Tensor4D> | TappedStep<Tensor4D>)[] = [];
  let width = c.stem;
  let size = stops(stops(c.imageSize, first), STEM_POOL);
  c.layers.forEach((count, block) => {
    if (block > 0) {
      steps.push(transition(`features.transition${block}`, width));
      width = Math.floor(width / 2);
      size = divide("densenet", [`size after block ${block}`, size], ["2", 2]);
    }
    for (let layer = 0; layer < count; layer++) {
      steps.push(denseLayer(c, block, layer, width, size));
      width += c.growth;
    }
  });
  return {
    stem: imageStep([first], (images, context) => maxPool(runRelu(images, first, context), STEM_POOL)),
    steps: [...steps, lastNorm(width, size)],
    head: pooledLinear("classifier", width, c.numClasses),
  };
}

const norm = (name: string) => ({ name, epsilon: EPSILON });

/** A convolution without padding around its result: 1×1 or 3×3. */
function convolution(name: string, inputs: number, outputs: number, window: number): Convolution {
  return { name, inputs, outputs, window, stride: 1, padding: (window - 1) / 2 };
}

/** [B, C, H, W] → [B, C + growth, H, W]; the activations are the new channels. */
function denseLayer(
  c: DensenetConfig,
  block: number,
  layer: number,
  inputs: number,
  size: number,
): TappedStep<Tensor4D> {
  const name = `features.denseblock${block + 1}.denselayer${layer + 1}`;
  const hidden = c.bottleneck * c.growth;
  const before = norm(`${name}.norm1`);
  const narrowing = { ...convolution(`${name}.conv1`, inputs, hidden, 1), norm: norm(`${name}.norm2`) };
  const adding = convolution(`${name}.conv2`, hidden, c.growth, 3);
  const bottleneck = (x: Tensor4D, context: Context): Tensor4D =>
    runRelu(tf.relu(normalise(x, before, context)), narrowing, context);
  return tappedImageStep({
    name: `${name}.out`,
    label: `Block ${block + 1} · layer ${layer + 1}`,
    units: c.growth,
    size,
    parameters: [...normSpecs(before, inputs), ...convolutionSpecs(narrowing), ...convolutionSpecs(adding)],
    activate: (x, context) => run(bottleneck(x, context), adding, context),
    choose: (x, context, unit) => runEach(bottleneck(x, context), adding, context, unit),
    rest: { parameters: [], run: (x, added) => tf.concat([x, added], 1) },
  });
}

/** Half the channels, half the size: [B, C, H, W] → [B, C/2, H/2, W/2]. */
function transition(name: string, inputs: number): Step<Tensor4D> {
  const before = norm(`${name}.norm`);
  const halving = convolution(`${name}.conv`, inputs, Math.floor(inputs / 2), 1);
  return {
    parameters: [...normSpecs(before, inputs), ...convolutionSpecs(halving)],
    run(x, context) {
      // A mean and a 1×1 convolution can change places; this way the convolution has a quarter of the work.
      const small = averagePool(tf.relu(normalise(x, before, context)), 2);
      return run(small, halving, context);
    },
  };
}

function lastNorm(units: number, size: number): TappedStep<Tensor4D> {
  const last = norm("features.norm5");
  const activate = (x: Tensor4D, context: Context): Tensor4D => tf.relu(normalise(x, last, context));
  return tappedImageStep({
    name: "features.norm5.act",
    label: "Last norm",
    units,
    size,
    parameters: normSpecs(last, units),
    activate,
    choose: (x, context, unit) => channelEach(activate(x, context), unit),
  });
}

export const densenet = sequential("densenet", parse, network);
