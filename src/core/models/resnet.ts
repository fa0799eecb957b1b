/**
 * Residual networks with torchvision's and timm's names: ResNet-18 to 152, and small ones for small images.
 *
 * The main path is `network`. Not here: the stems, strides and head of CLIP's (`clip-resnet.ts`), squeeze-and-
 * excitation.
 *
 * @see He et al. 2016, https://arxiv.org/abs/1512.03385; stride in the 3×3 of a bottleneck as torchvision ("v1.5")
 */

import type { Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { channelEach } from "../channels.ts";
import { ConfigError, readConfig } from "../config.ts";
import { maxPool } from "../pooling.ts";
import { stops } from "../windows.ts";
import {
  type Convolution,
  convolutionSpecs,
  imageStep,
  pooledLinear,
  run,
  runEach,
  runRelu,
  tappedImageStep,
} from "./convolution-steps.ts";
import { type Context, type Network, type Step, sequential, type TappedStep } from "./sequence.ts";

export interface ResnetConfig {
  readonly imageSize: number;
  /** `basic`: two 3×3 (ResNet-18, 34); `bottleneck`: 1×1, 3×3, 1×1 with four times the width out (50 and up). */
  readonly block: "basic" | "bottleneck";
  /** Blocks in each layer: [3, 4, 6, 3] for ResNet-50. */
  readonly layers: readonly number[];
  /** Width of each layer: [64, 128, 256, 512]. The stem has the first. */
  readonly widths: readonly number[];
  /** `imagenet`: 7×7 of stride 2 and a 3×3 maximum; `small`: one 3×3, no pooling. */
  readonly stem: "imagenet" | "small";
  /** Stride of the small stem, 1 or 2. */
  readonly stemStride: number;
  readonly numClasses: number;
}

/** PyTorch's default. */
const EPSILON = 1e-5;

const STEM_POOL = { window: 3, stride: 2, padding: 1 };

const KEYS = ["imageSize", "block", "layers", "widths", "stem", "stemStride", "numClasses"];

function parse(config: unknown): ResnetConfig {
  const read = readConfig("resnet", config, KEYS);
  const stem = read.choice("stem", ["imagenet", "small"]);
  const parsed: ResnetConfig = {
    imageSize: read.count("imageSize"),
    block: read.choice("block", ["basic", "bottleneck"]),
    layers: read.counts("layers"),
    widths: read.counts("widths"),
    stem,
    stemStride: stem === "small" ? read.count("stemStride") : 2,
    numClasses: read.count("numClasses"),
  };
  if (parsed.layers.length !== parsed.widths.length)
    throw new ConfigError(
      `resnet: expected a width for each layer, got ${parsed.widths.length} for ${parsed.layers.length}`,
    );
  return parsed;
}

function network(c: ResnetConfig): Network<Tensor4D> {
  const expansion = c.block === "bottleneck" ? 4 : 1;
  const first = stemConvolution(c);
  const steps: TappedStep<Tensor4D>[] = [];
  let inputs = c.widths[0]!;
  let size = stops(c.imageSize, first);
  if (c.stem === "imagenet") size = stops(size, STEM_POOL);
  c.layers.forEach((count, layer) => {
    for (let position = 0; position < count; position++) {
      const stride = layer > 0 && position === 0 ? 2 : 1;
      const [name, label] = [`layer${layer + 1}.${position}`, `Layer ${layer + 1} · block ${position + 1}`];
      const width = c.widths[layer]!;
      const outputs = width * expansion;
      const block = { name, label, inputs, width, outputs, stride, size };
      const built = residual(c.block === "basic" ? basic(block) : bottleneck(block), block);
      steps.push(built);
      size = built.tap.grid[0];
      inputs = outputs;
    }
  });
  return { stem: stem(c, first), steps, head: pooledLinear("fc", inputs, c.numClasses) };
}

function stemConvolution(c: ResnetConfig): Convolution {
  const norm = { name: "bn1", epsilon: EPSILON };
  const large = c.stem === "imagenet";
  const geometry = large
    ? { window: 7, stride: 2, padding: 3 }
    : { window: 3, stride: c.stemStride, padding: 1 };
  return { name: "conv1", norm, inputs: 3, outputs: c.widths[0]!, ...geometry };
}

function stem(c: ResnetConfig, first: Convolution): Step<Tensor4D> {
  return imageStep([first], (images, context) => {
    const x = runRelu(images, first, context);
    return c.stem === "imagenet" ? maxPool(x, STEM_POOL) : x;
  });
}

/** The numbers of a residual block; `size` is that of its input. */
interface Block {
  readonly name: string;
  readonly label: string;
  readonly inputs: number;
  readonly width: number;
  readonly outputs: number;
  readonly stride: number;
  readonly size: number;
}

type Main = readonly [Convolution, ...Convolution[]];

/** A convolution of a block's main branch, with the suffix of its names; the last norm begins at zero. */
function part(
  { name }: Block,
  suffix: number,
  inputs: number,
  outputs: number,
  window: number,
  stride: number,
  last = false,
): Convolution {
  const norm = { name: `${name}.bn${suffix}`, epsilon: EPSILON };
  return {
    name: `${name}.conv${suffix}`,
    // A block begins as the identity: Goyal et al. 2017, section 5.1; timm's zero_init_last.
    norm: last ? { ...norm, init: "zeros" } : norm,
    inputs,
    outputs,
    window,
    stride,
    padding: (window - 1) / 2,
  };
}

const basic = (block: Block): Main => [
  part(block, 1, block.inputs, block.width, 3, block.stride),
  part(block, 2, block.width, block.outputs, 3, 1, true),
];

const bottleneck = (block: Block): Main => [
  part(block, 1, block.inputs, block.width, 1, 1),
  part(block, 2, block.width, block.width, 3, block.stride),
  part(block, 3, block.width, block.outputs, 1, 1, true),
];

function shortcutOf({ name, inputs, outputs, stride }: Block): Convolution | undefined {
  if (stride === 1 && inputs === outputs) return undefined;
  const norm = { name: `${name}.downsample.1`, epsilon: EPSILON };
  return { name: `${name}.downsample.0`, norm, inputs, outputs, window: 1, stride, padding: 0 };
}

/** [B, I, H, W] → [B, O, H/stride, W/stride], tapped after the block's last ReLU. */
function residual(main: Main, block: Block): TappedStep<Tensor4D> {
  const shortcut = shortcutOf(block);
  const [early, last] = [main.slice(0, -1), main.at(-1)!];
  const hidden = (x: Tensor4D, context: Context): Tensor4D =>
    early.reduce((y, layer) => runRelu(y, layer, context), x);
  return tappedImageStep({
    name: `${block.name}.out`,
    label: block.label,
    units: block.outputs,
    size: stops(block.size, { window: 1, stride: block.stride, padding: 0 }),
    parameters: [...main, ...(shortcut ? [shortcut] : [])].flatMap(convolutionSpecs),
    activate(x, context) {
      const through = shortcut ? run(x, shortcut, context) : x;
      return tf.relu(tf.add(run(hidden(x, context), last, context), through));
    },
    choose(x, context, unit) {
      const through = shortcut ? runEach(x, shortcut, context, unit) : channelEach(x, unit);
      return tf.relu(tf.add(runEach(hidden(x, context), last, context, unit), through));
    },
  });
}

export const resnet = sequential("resnet", parse, network);
