/**
 * The modified residual networks of CLIP's image towers, RN50 to RN50x64, with timm's `ByobNet` names.
 *
 * Three things differ from `resnet.ts`: a stem of three convolutions and an average pool; strides by average pools
 * (after the 3×3 of a block, before the 1×1 of its shortcut), so that nothing aliases; and a head that pools by
 * attention. Its logits are the image's embedding, unless the card names classes: then they are the cosines to
 * these (`zero-shot.ts`).
 *
 * The main path is `network`. Not here: the text tower.
 *
 * @see Radford et al. 2021, section 2.4, https://arxiv.org/abs/2103.00020; openai/CLIP, clip/model.py,
 *   ModifiedResNet and AttentionPool2d; timm's byobnet.py
 */

import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { channelEach } from "../channels.ts";
import { readConfig } from "../config.ts";
import { attention, linear, splitHeads } from "../layers.ts";
import { type Init, type ParamSpec, param } from "../params.ts";
import { averagePool } from "../pooling.ts";
import { divide } from "../shape.ts";
import {
  type Convolution,
  convolutionSpecs,
  imageStep,
  positionsLast,
  run,
  runEach,
  runRelu,
  tappedImageStep,
} from "./convolution-steps.ts";
import { type Context, type Network, type Step, sequential, type TappedStep } from "./sequence.ts";
import { zeroShotLogits, zeroShotParameters } from "./zero-shot.ts";

export interface ClipResnetConfig {
  readonly imageSize: number;
  /** Blocks in each stage: [3, 4, 6, 3] for RN50. */
  readonly layers: readonly number[];
  /** Of the stem; a block of stage s has 4·2ˢ times as many channels: 64 for RN50, 80 for RN50x4, 96 for RN50x16. */
  readonly width: number;
  /** Of the attention that pools: a 64th of the last stage's channels in all published models. */
  readonly heads: number;
  /** Width of the embedding that image and text share. */
  readonly embedding: number;
  /** 0: the embedding stands for the logits. */
  readonly numClasses: number;
}

/** PyTorch's default. */
const EPSILON = 1e-5;

const KEYS = ["imageSize", "layers", "width", "heads", "embedding", "numClasses"];

function parse(config: unknown): ClipResnetConfig {
  const read = readConfig("clip_resnet", config, KEYS);
  const parsed: ClipResnetConfig = {
    imageSize: read.count("imageSize"),
    layers: read.counts("layers"),
    width: read.count("width"),
    heads: read.count("heads"),
    embedding: read.count("embedding"),
    numClasses: read.natural("numClasses", 0),
  };
  const { imageSize, layers, width, heads } = parsed;
  divide("clip_resnet", ["width", width], ["2", 2]);
  divide("clip_resnet", ["imageSize", imageSize], ["total stride", totalStride(layers)]);
  divide(
    "clip_resnet",
    ["channels of the last stage", outputsOf(parsed, layers.length - 1)],
    ["heads", heads],
  );
  return parsed;
}

const totalStride = (layers: readonly number[]): number => 4 * 2 ** (layers.length - 1);

const outputsOf = ({ width }: ClipResnetConfig, stage: number): number => 4 * width * 2 ** stage;

function network(c: ClipResnetConfig): Network<Tensor4D> {
  const blocks = c.layers.flatMap((count, stage) =>
    Array.from({ length: count }, (_, position) => {
      const outputs = outputsOf(c, stage);
      const first = position === 0;
      return residual({
        name: `stages.${stage}.${position}`,
        label: `Stage ${stage + 1} · block ${position + 1}`,
        inputs: !first ? outputs : stage === 0 ? c.width : outputs / 2,
        outputs,
        stride: stage > 0 && first ? 2 : 1,
        size: c.imageSize / 4 / 2 ** stage,
      });
    }),
  );
  return { stem: stem(c), steps: blocks, head: attentionPool(c) };
}

/** timm's `ConvNormAct`. */
function convolution(name: string, inputs: number, outputs: number, window: number, stride = 1): Convolution {
  const norm = { name: `${name}.bn`, epsilon: EPSILON };
  return { name: `${name}.conv`, norm, inputs, outputs, window, stride, padding: (window - 1) / 2 };
}

/** [B, 3, H, W] → [B, width, H/4, W/4] */
function stem({ width }: ClipResnetConfig): Step<Tensor4D> {
  const layers = [
    convolution("stem.conv1", 3, width / 2, 3, 2),
    convolution("stem.conv2", width / 2, width / 2, 3),
    convolution("stem.conv3", width / 2, width, 3),
  ];
  return imageStep(layers, (images, context) =>
    averagePool(
      layers.reduce((x, layer) => runRelu(x, layer, context), images),
      2,
    ),
  );
}

/** The numbers of a residual block; `size` is that of its output. */
interface Block {
  readonly name: string;
  readonly label: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  readonly size: number;
}

/** [B, I, H, W] → [B, O, H/stride, W/stride], tapped after the block's last ReLU. */
function residual({ name, label, inputs, outputs, stride, size }: Block): TappedStep<Tensor4D> {
  const width = outputs / 4;
  const first = convolution(`${name}.conv1_1x1`, inputs, width, 1);
  const second = convolution(`${name}.conv2_kxk`, width, width, 3);
  const third = convolution(`${name}.conv3_1x1`, width, outputs, 1);
  const shortcut =
    stride > 1 || inputs !== outputs ? convolution(`${name}.shortcut.conv`, inputs, outputs, 1) : undefined;
  const shrink = (x: Tensor4D): Tensor4D => (stride > 1 ? averagePool(x, stride) : x);
  const hidden = (x: Tensor4D, context: Context): Tensor4D =>
    shrink(runRelu(runRelu(x, first, context), second, context));
  return tappedImageStep({
    name: `${name}.out`,
    label,
    units: outputs,
    size,
    parameters: [...(shortcut ? [shortcut] : []), first, second, third].flatMap(convolutionSpecs),
    activate(x, context) {
      const through = shortcut ? run(shrink(x), shortcut, context) : x;
      return tf.relu(tf.add(run(hidden(x, context), third, context), through));
    },
    choose(x, context, unit) {
      const through = shortcut ? runEach(shrink(x), shortcut, context, unit) : channelEach(x, unit);
      return tf.relu(tf.add(runEach(hidden(x, context), third, context, unit), through));
    },
  });
}

/**
 * Attention of the mean over positions, with a position of its own, to all positions and itself.
 *
 *   [B, C, H, W] → [B, embedding] or [B, classes]
 */
function attentionPool(c: ClipResnetConfig): Step<Tensor4D, Tensor2D> {
  const width = outputsOf(c, c.layers.length - 1);
  const positions = (c.imageSize / totalStride(c.layers)) ** 2;
  return {
    parameters: [
      spec("head.pos_embed", [positions + 1, width], "[P + 1, C]", "truncated-normal"),
      ...["q", "k", "v"].flatMap((name) => linearSpecs(`head.${name}`, width, width)),
      ...linearSpecs("head.proj", width, c.embedding),
      ...zeroShotParameters(c.numClasses, c.embedding),
    ],
    run(x, { params }) {
      const patches = positionsLast(x);
      const pooled = tf.mean(patches, 1, true);
      const tokens = tf.add(tf.concat([pooled, patches], 1), param(params, "head.pos_embed")) as Tensor3D;
      const seen = (rows: Tensor3D, name: string, factor = 1): Tensor4D => {
        const [weight, bias] = [param(params, `head.${name}.weight`), param(params, `head.${name}.bias`)];
        const projected = linear(rows, tf.mul(weight, factor), tf.mul(bias, factor));
        return splitHeads(projected, c.heads);
      };
      const asking = tf.slice(tokens, [0, 0, 0], [-1, 1, -1]);
      const query = seen(asking, "q", 1 / Math.sqrt(width / c.heads));
      const answer = attention(query, seen(tokens, "k"), seen(tokens, "v"));
      const rows = tf.reshape(answer, [x.shape[0], width]) as Tensor2D;
      const embedding = linear(rows, param(params, "head.proj.weight"), param(params, "head.proj.bias"));
      return zeroShotLogits(embedding, params, c.numClasses);
    },
  };
}

const spec = (name: string, shape: readonly number[], symbols: string, init: Init): ParamSpec => ({
  name,
  shape,
  symbols,
  init,
  trainable: true,
  decay: init !== "zeros",
});

const linearSpecs = (name: string, inputs: number, outputs: number): readonly ParamSpec[] => [
  spec(`${name}.weight`, [outputs, inputs], "[out, in]", "truncated-normal"),
  spec(`${name}.bias`, [outputs], "[out]", "zeros"),
];

export const clipResnet = sequential("clip_resnet", parse, network);
