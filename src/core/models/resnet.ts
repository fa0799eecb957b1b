/**
 * Residual networks with torchvision's and timm's names: ResNet-18 to 152, and small ones for small images.
 *
 * The main path is `forward`. Not here: stem variants, squeeze-and-excitation, anti-aliasing.
 *
 * @see He et al. 2016, https://arxiv.org/abs/1512.03385; stride in the 3×3 of a bottleneck as torchvision ("v1.5")
 */

import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import {
  channelEach,
  convolve,
  convolveEach,
  convolveNorm,
  maxPool,
  normAffine,
  trainNorm,
} from "../convolution.ts";
import { linear } from "../layers.ts";
import { type Init, type ParamSpec, type Params, param } from "../params.ts";
import { divide } from "../shape.ts";
import type { Architecture, ForwardOptions, ForwardResult, Tap } from "./architecture.ts";
import { chosen, findTap } from "./taps.ts";

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

/** One residual block: where it is, and its numbers. */
interface Block {
  readonly name: string;
  readonly index: number;
  readonly label: string;
  readonly inputs: number;
  readonly width: number;
  readonly outputs: number;
  readonly stride: number;
  /** Rows, equal to columns, of its output. */
  readonly size: number;
}

const halved = (size: number, stride: number): number => Math.ceil(size / stride);
const sizeAfterStem = (c: ResnetConfig): number =>
  c.stem === "imagenet" ? halved(halved(c.imageSize, 2), 2) : halved(c.imageSize, c.stemStride);

/** All residual blocks in the order of computation. */
function blocksOf(c: ResnetConfig): readonly Block[] {
  const expansion = c.block === "bottleneck" ? 4 : 1;
  const blocks: Block[] = [];
  let inputs = c.widths[0]!;
  let size = sizeAfterStem(c);
  c.layers.forEach((count, layer) => {
    const width = c.widths[layer]!;
    for (let position = 0; position < count; position++) {
      const stride = layer > 0 && position === 0 ? 2 : 1;
      const outputs = width * expansion;
      size = halved(size, stride);
      const label = `Layer ${layer + 1} · block ${position + 1}`;
      const name = `layer${layer + 1}.${position}`;
      blocks.push({ name, index: blocks.length, label, inputs, width, outputs, stride, size });
      inputs = outputs;
    }
  });
  return blocks;
}

/** The convolutions of a block's main branch: [name suffix, in, out, window, stride]. */
type Convolution = readonly [suffix: number, inputs: number, outputs: number, window: number, stride: number];

function branch(c: ResnetConfig, { inputs, width, outputs, stride }: Block): readonly Convolution[] {
  if (c.block === "basic")
    return [
      [1, inputs, width, 3, stride],
      [2, width, outputs, 3, 1],
    ];
  return [
    [1, inputs, width, 1, 1],
    [2, width, width, 3, stride],
    [3, width, outputs, 1, 1],
  ];
}

const hasDownsample = ({ inputs, outputs, stride }: Block): boolean => stride > 1 || inputs !== outputs;

function parameters(c: ResnetConfig): readonly ParamSpec[] {
  const spec = (name: string, shape: number[], symbols: string, init: Init, trainable = true): ParamSpec => ({
    name,
    shape,
    symbols,
    init,
    trainable,
    decay: shape.length > 1,
  });
  const filter = (name: string, out: number, inputs: number, window: number) =>
    spec(`${name}.weight`, [out, inputs, window, window], `[O, I, ${window}, ${window}]`, "kaiming");
  const norm = (name: string, channels: number, scale: Init = "ones") => [
    spec(`${name}.weight`, [channels], "[O]", scale),
    spec(`${name}.bias`, [channels], "[O]", "zeros"),
    spec(`${name}.running_mean`, [channels], "[O]", "zeros", false),
    spec(`${name}.running_var`, [channels], "[O]", "ones", false),
  ];
  const block = (b: Block): ParamSpec[] => {
    const convolutions = branch(c, b);
    return [
      ...convolutions.flatMap(([suffix, inputs, outputs, window], i) => [
        filter(`${b.name}.conv${suffix}`, outputs, inputs, window),
        // A block begins as the identity: Goyal et al. 2017, section 5.1; timm's zero_init_last.
        ...norm(`${b.name}.bn${suffix}`, outputs, i === convolutions.length - 1 ? "zeros" : "ones"),
      ]),
      ...(hasDownsample(b)
        ? [
            filter(`${b.name}.downsample.0`, b.outputs, b.inputs, 1),
            ...norm(`${b.name}.downsample.1`, b.outputs),
          ]
        : []),
    ];
  };
  const blocks = blocksOf(c);
  const features = blocks.at(-1)!.outputs;
  return [
    filter("conv1", c.widths[0]!, 3, c.stem === "imagenet" ? 7 : 3),
    ...norm("bn1", c.widths[0]!),
    ...blocks.flatMap(block),
    spec("fc.weight", [c.numClasses, features], "[classes, C]", "fan-in-uniform"),
    spec("fc.bias", [c.numClasses], "[classes]", "zeros"),
  ];
}

function taps(c: ResnetConfig): readonly Tap[] {
  return blocksOf(c).map(({ name, label, outputs, size, index }) => ({
    name: `${name}.out`,
    kind: "conv" as const,
    units: outputs,
    grid: [size, size] as const,
    depth: index,
    label,
  }));
}

/** The stem and the blocks up to the tapped one. */
function featureParameters(c: ResnetConfig, tap: string): readonly ParamSpec[] {
  const { depth } = findTap("resnet", taps(c), tap);
  const later = blocksOf(c)
    .slice(depth + 1)
    .map((block) => `${block.name}.`);
  return parameters(c).filter(
    ({ name }) => !name.startsWith("fc.") && !later.some((prefix) => name.startsWith(prefix)),
  );
}

/** A convolution and its norm, either with fixed statistics or with the batch's. */
type ConvNorm = (x: Tensor4D, conv: string, norm: string, stride: number, padding: number) => Tensor4D;

const fixed =
  (params: Params): ConvNorm =>
  (x, conv, norm, stride, padding) =>
    convolveNorm(x, params, { conv, norm }, stride, padding);

const trained =
  (params: Params, statistics: Record<string, Tensor>): ConvNorm =>
  (x, conv, norm, stride, padding) =>
    trainNorm(convolve(x, param(params, `${conv}.weight`), stride, padding), params, norm, statistics);

function forward(c: ResnetConfig, images: Tensor4D, params: Params, options: ForwardOptions): ForwardResult {
  const wanted = chosen("resnet", taps(c), options.taps);
  const statistics: Record<string, Tensor> = {};
  const convNorm = options.training ? trained(params, statistics) : fixed(params);
  const found: Record<string, Tensor3D> = {};
  let x = stem(c, images, convNorm);
  for (const block of blocksOf(c)) {
    x = residual(c, block, x, convNorm);
    if (wanted.has(`${block.name}.out`)) found[`${block.name}.out`] = positionsLast(x);
  }
  const pooled = tf.mean(x, [2, 3]) as Tensor2D;
  const logits = linear(pooled, param(params, "fc.weight"), param(params, "fc.bias"));
  return options.training ? { logits, taps: found, statistics } : { logits, taps: found };
}

function feature(c: ResnetConfig, images: Tensor4D, params: Params, tap: string, unit: Tensor1D): Tensor2D {
  const { depth } = findTap("resnet", taps(c), tap);
  const blocks = blocksOf(c);
  const convNorm = fixed(params);
  let x = stem(c, images, convNorm);
  for (const block of blocks.slice(0, depth)) x = residual(c, block, x, convNorm);
  const copies = divide("resnet.feature", ["images", images.shape[0]], ["units", unit.shape[0]]);
  return chosenResidual(c, blocks[depth]!, x, params, repeatEach(unit, copies));
}

function activations(c: ResnetConfig, images: Tensor4D, params: Params, tap: string): Tensor3D {
  const { depth } = findTap("resnet", taps(c), tap);
  const convNorm = fixed(params);
  let x = stem(c, images, convNorm);
  for (const block of blocksOf(c).slice(0, depth + 1)) x = residual(c, block, x, convNorm);
  return positionsLast(x);
}

function stem(c: ResnetConfig, images: Tensor4D, convNorm: ConvNorm): Tensor4D {
  if (c.stem === "small") return tf.relu(convNorm(images, "conv1", "bn1", c.stemStride, 1));
  return maxPool(tf.relu(convNorm(images, "conv1", "bn1", 2, 3)));
}

/** [B, I, H, W] → [B, O, H/stride, W/stride], after the block's last ReLU. */
function residual(c: ResnetConfig, block: Block, x: Tensor4D, convNorm: ConvNorm): Tensor4D {
  const convolutions = branch(c, block);
  let branchOut = x;
  for (const [suffix, , , window, stride] of convolutions) {
    if (suffix > 1) branchOut = tf.relu(branchOut);
    const [conv, norm] = [`${block.name}.conv${suffix}`, `${block.name}.bn${suffix}`];
    branchOut = convNorm(branchOut, conv, norm, stride, (window - 1) / 2);
  }
  const [conv, norm] = [`${block.name}.downsample.0`, `${block.name}.downsample.1`];
  const shortcut = hasDownsample(block) ? convNorm(x, conv, norm, block.stride, 0) : x;
  return tf.relu(tf.add(branchOut, shortcut));
}

/** One channel an image of a residual block, [B, I, H, W] → [B, P]; only the chosen filters of its last layers. */
function chosenResidual(
  c: ResnetConfig,
  block: Block,
  x: Tensor4D,
  params: Params,
  unit: Tensor1D,
): Tensor2D {
  const convNorm = fixed(params);
  const convolutions = branch(c, block);
  let hidden = x;
  for (const [suffix, , , window, stride] of convolutions.slice(0, -1)) {
    const [conv, norm] = [`${block.name}.conv${suffix}`, `${block.name}.bn${suffix}`];
    hidden = tf.relu(convNorm(hidden, conv, norm, stride, (window - 1) / 2));
  }
  const [suffix, , , window] = convolutions.at(-1)!;
  const last = `${block.name}.conv${suffix}`;
  const main = convNormEach(hidden, params, last, `${block.name}.bn${suffix}`, unit, 1, (window - 1) / 2);
  const [conv, norm] = [`${block.name}.downsample.0`, `${block.name}.downsample.1`];
  const shortcut = hasDownsample(block)
    ? convNormEach(x, params, conv, norm, unit, block.stride, 0)
    : channelEach(x, unit);
  return tf.reshape(tf.relu(tf.add(main, shortcut)), [x.shape[0], -1]);
}

/** Convolution and norm of one output channel an image, [B, I, H, W] → [B, H', W']. */
function convNormEach(
  x: Tensor4D,
  params: Params,
  conv: string,
  norm: string,
  unit: Tensor1D,
  stride: number,
  padding: number,
): Tensor3D {
  const { scale, shift } = normAffine(params, norm);
  const filters = tf.gather(param(params, `${conv}.weight`), unit) as Tensor4D;
  const scaled = tf.mul(filters, tf.reshape(tf.gather(scale, unit), [-1, 1, 1, 1])) as Tensor4D;
  const map = convolveEach(x, scaled, stride, padding);
  return tf.add(map, tf.reshape(tf.gather(shift, unit), [-1, 1, 1]));
}

/** [n] → [n·copies], each value `copies` times in a row. */
const repeatEach = (unit: Tensor1D, copies: number): Tensor1D =>
  copies === 1 ? unit : (tf.reshape(tf.tile(tf.reshape(unit, [-1, 1]), [1, copies]), [-1]) as Tensor1D);

/** [B, C, H, W] → [B, H·W, C] */
function positionsLast(x: Tensor4D): Tensor3D {
  const [batch, channels, height, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, channels, height * width]), [0, 2, 1]) as Tensor3D;
}

export const resnet: Architecture<ResnetConfig> = {
  name: "resnet",
  parse,
  parameters,
  taps,
  featureParameters,
  forward,
  feature,
  activations,
};
