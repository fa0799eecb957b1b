/**
 * VGG networks without batch norm, with timm's names: VGG-11 to 19.
 *
 * Taps are the convolutions after their ReLU, by the ReLU's place in `features`: `features.29.out`, which OpenAI's
 * Microscope calls conv5_3. timm writes the first two linear layers as convolutions over the whole map; here they are
 * products. They are no taps: they have no positions.
 *
 * The main path is `network`.
 *
 * @see Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556
 */

import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import { linear } from "../layers.ts";
import { type ParamSpec, param } from "../params.ts";
import { maxPool } from "../pooling.ts";
import { divide } from "../shape.ts";
import { type Convolution, imageStep, tappedConvolution } from "./convolution-steps.ts";
import { type Network, type Step, sequential, type TappedStep } from "./sequence.ts";

export interface VggConfig {
  readonly imageSize: number;
  /** Convolutions before each pooling: [2, 2, 3, 3, 3] for VGG-16. */
  readonly stages: readonly number[];
  /** Width of each stage. */
  readonly widths: readonly number[];
  /** Width of the two linear layers before the last. */
  readonly hidden: number;
  readonly numClasses: number;
}

const POOL = { window: 2, stride: 2, padding: 0 };

const KEYS = ["imageSize", "stages", "widths", "hidden", "numClasses"];

function parse(config: unknown): VggConfig {
  const read = readConfig("vgg", config, KEYS);
  const parsed: VggConfig = {
    imageSize: read.count("imageSize"),
    stages: read.counts("stages"),
    widths: read.counts("widths"),
    hidden: read.count("hidden"),
    numClasses: read.count("numClasses"),
  };
  const { stages, widths, imageSize } = parsed;
  if (widths.length !== stages.length)
    throw new ConfigError(
      `vgg: expected a width for each stage, got ${widths.length} for ${stages.length}; give stages and widths as lists of one length`,
    );
  divide("vgg", ["imageSize", imageSize], ["total stride", 2 ** stages.length]);
  return parsed;
}

function network(c: VggConfig): Network<Tensor4D> {
  const steps: (Step<Tensor4D> | TappedStep<Tensor4D>)[] = [];
  let inputs = 3;
  let size = c.imageSize;
  // Place in timm's `features`, where every convolution, ReLU and pooling counts.
  let index = 0;
  c.stages.forEach((count, stage) => {
    for (let position = 0; position < count; position++, index += 2) {
      const label = `Stage ${stage + 1} · convolution ${position + 1}`;
      steps.push(convolution(index, label, inputs, c.widths[stage]!, size));
      inputs = c.widths[stage]!;
    }
    steps.push(imageStep([], (x) => maxPool(x, POOL)));
    size /= 2;
    index++;
  });
  return { stem: imageStep([], (images) => images), steps, head: head(c, inputs, size) };
}

/** 3×3 with ReLU: [B, I, H, W] → [B, O, H, W] */
function convolution(
  index: number,
  label: string,
  inputs: number,
  outputs: number,
  size: number,
): TappedStep<Tensor4D> {
  const geometry = { window: 3, stride: 1, padding: 1 };
  const layer: Convolution = { name: `features.${index}`, bias: true, inputs, outputs, ...geometry };
  return tappedConvolution(layer, { name: `features.${index + 1}.out`, label }, size);
}

/** Three linear layers over the whole map: [B, C, H, W] → [B, classes]. */
function head({ hidden, numClasses }: VggConfig, channels: number, size: number): Step<Tensor4D, Tensor2D> {
  const layers: readonly [name: string, shape: readonly number[]][] = [
    ["pre_logits.fc1", [hidden, channels, size, size]],
    ["pre_logits.fc2", [hidden, hidden, 1, 1]],
    ["head.fc", [numClasses, hidden]],
  ];
  return {
    parameters: layers.flatMap(([name, shape]) => linearSpecs(name, shape)),
    run(x, { params }) {
      const layer = (rows: Tensor2D, name: string): Tensor2D => {
        const weight = tf.reshape(param(params, `${name}.weight`), [-1, rows.shape[1]]);
        return linear(rows, weight, param(params, `${name}.bias`));
      };
      const pixels = tf.reshape(x, [x.shape[0], -1]) as Tensor2D;
      const first = tf.relu(layer(pixels, "pre_logits.fc1"));
      return layer(tf.relu(layer(first, "pre_logits.fc2")), "head.fc");
    },
  };
}

function linearSpecs(name: string, shape: readonly number[]): readonly ParamSpec[] {
  const common = { init: "fan-in-uniform", trainable: true } as const;
  const symbols = shape.length === 2 ? "[out, in]" : "[out, in, H, W]";
  return [
    { name: `${name}.weight`, shape, symbols, decay: true, ...common },
    { name: `${name}.bias`, shape: [shape[0]!], symbols: "[out]", decay: false, ...common, init: "zeros" },
  ];
}

export const vgg = sequential("vgg", parse, network);
