/**
 * The pooling-based Vision Transformer, as timm's `PoolingVisionTransformer`: class tokens beside a map of tokens that
 * a convolution shrinks between stages.
 *
 * The main path is `network`. With a distillation token the logits are the mean of the two heads, each on its own
 * token, as in the authors' code; timm 1.0.15 gives both heads the class token, which its pull request 2649 corrects.
 *
 * @see Heo et al. 2021, https://arxiv.org/abs/2103.16302
 */

import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import { convolve, depthwise } from "../convolution.ts";
import { standardize } from "../layers.ts";
import { type Params, param } from "../params.ts";
import { ShapeError } from "../shape.ts";
import { type Network, type Step, sequential } from "./sequence.ts";
import {
  convolutionSpecs,
  feedForward,
  linearSpecs,
  mapOf,
  normedLinear,
  normSpecs,
  project,
  selfAttention,
  tokenAt,
  tokensOf,
  vector,
  withoutPrefix,
} from "./transformer-steps.ts";

export interface PitConfig {
  readonly imageSize: number;
  readonly patchSize: number;
  /** Of the patch embedding; smaller than the patches, which overlap. */
  readonly stride: number;
  /** Width of a head in each stage; the stage is heads times as wide. */
  readonly headWidths: readonly number[];
  readonly heads: readonly number[];
  readonly depths: readonly number[];
  readonly mlpRatio: number;
  /** Whether there is a distillation token, with a head of its own. */
  readonly distilled: boolean;
  readonly numClasses: number;
}

/** timm's for PiT. */
const EPSILON = 1e-6;

const KEYS = [
  "imageSize",
  "patchSize",
  "stride",
  "headWidths",
  "heads",
  "depths",
  "mlpRatio",
  "distilled",
  "numClasses",
];

function parse(config: unknown): PitConfig {
  const read = readConfig("pit", config, KEYS);
  const parsed: PitConfig = {
    imageSize: read.count("imageSize"),
    patchSize: read.count("patchSize"),
    stride: read.count("stride"),
    headWidths: read.counts("headWidths"),
    heads: read.counts("heads"),
    depths: read.counts("depths"),
    mlpRatio: read.positive("mlpRatio"),
    distilled: read.flag("distilled", false),
    numClasses: read.count("numClasses"),
  };
  const { headWidths, heads, depths, imageSize, patchSize } = parsed;
  if (headWidths.length !== depths.length || heads.length !== depths.length)
    throw new ConfigError(
      `pit: expected headWidths and heads for each of ${depths.length} stages, got ${headWidths.length} and ${heads.length}; give lists of one length`,
    );
  if (patchSize > imageSize)
    throw new ShapeError(
      `pit: expected patchSize to be at most imageSize, got ${patchSize} and ${imageSize}; give pixels`,
    );
  for (const { index, width } of stagesOf(parsed).slice(1)) {
    const before = stagesOf(parsed)[index - 1]!.width;
    if (width % before !== 0)
      throw new ShapeError(
        `pit: expected the width of stage ${index} to divide that of stage ${index + 1}, got ${before} and ${width}; the pooling convolution has one group a channel`,
      );
  }
  return parsed;
}

interface Stage {
  readonly index: number;
  readonly depth: number;
  readonly heads: number;
  readonly width: number;
  readonly grid: readonly [number, number];
}

function stagesOf(c: PitConfig): readonly Stage[] {
  let side = Math.floor((c.imageSize - c.patchSize) / c.stride) + 1;
  return c.depths.map((depth, index) => {
    // A 3×3 window of stride 2 with padding 1.
    if (index > 0) side = Math.ceil(side / 2);
    const heads = c.heads[index]!;
    return { index, depth, heads, width: heads * c.headWidths[index]!, grid: [side, side] };
  });
}

const prefixOf = (c: PitConfig): number => (c.distilled ? 2 : 1);

function network(c: PitConfig): Network<Tensor3D> {
  const stages = stagesOf(c);
  const block = ({ index, width, heads, grid }: Stage, i: number) => [
    selfAttention({
      norm: `transformers.${index}.blocks.${i}.norm1`,
      attn: `transformers.${index}.blocks.${i}.attn`,
      width,
      heads,
      epsilon: EPSILON,
      qkvBias: true,
    }),
    feedForward({
      block: `transformers.${index}.blocks.${i}`,
      width,
      hidden: Math.floor(width * c.mlpRatio),
      epsilon: EPSILON,
      grid,
      prefix: prefixOf(c),
      label: `Stage ${index + 1} · block ${i + 1}`,
    }),
  ];
  return {
    stem: embedding(c, stages[0]!),
    steps: stages.flatMap((stage, i) => [
      ...(i > 0 ? [pooling(c, stages[i - 1]!, stage)] : []),
      ...Array.from({ length: stage.depth }, (_, place) => block(stage, place)).flat(),
    ]),
    head: head(c, stages.at(-1)!.width),
  };
}

/** Overlapping patches with their positions, behind the class tokens: [B, 3, H, W] → [B, T + P, C]. */
function embedding(c: PitConfig, { width, grid }: Stage): Step<Tensor4D, Tensor3D> {
  const prefix = prefixOf(c);
  return {
    parameters: [
      vector("pos_embed", [1, width, ...grid], "[1, C, H, W]", "truncated-normal"),
      vector("cls_token", [1, prefix, width], "[1, T, C]", "truncated-normal"),
      ...convolutionSpecs("patch_embed.conv", 3, width, c.patchSize),
    ],
    run(images, { params }) {
      const patches = convolve(images, param(params, "patch_embed.conv.weight"), c.stride, 0);
      const bias = tf.reshape(param(params, "patch_embed.conv.bias"), [1, -1, 1, 1]);
      // Both are constants where weights are frozen, and their sum with them.
      const map = tf.add(patches, tf.add(param(params, "pos_embed"), bias)) as Tensor4D;
      const classTokens = tf.tile(param(params, "cls_token") as Tensor3D, [images.shape[0], 1, 1]);
      return tf.concat([classTokens, tokensOf(map)], 1);
    },
  };
}

/**
 * Half the rows and columns and more channels: a convolution with one group a channel for the map, a linear layer for
 * the class tokens.
 */
function pooling(c: PitConfig, from: Stage, to: Stage): Step<Tensor3D> {
  const prefix = prefixOf(c);
  const name = `transformers.${to.index}.pool`;
  return {
    parameters: [
      ...convolutionSpecs(`${name}.conv`, 1, to.width, 3),
      ...linearSpecs(`${name}.fc`, from.width, to.width),
    ],
    run(tokens, { params }) {
      const classTokens = tf.slice(tokens, [0, 0, 0], [-1, prefix, -1]);
      const map = mapOf(withoutPrefix(tokens, prefix), from.grid);
      const pooled = depthwise(map, param(params, `${name}.conv.weight`), 2, 1);
      const patches = tf.add(tokensOf(pooled), param(params, `${name}.conv.bias`)) as Tensor3D;
      return tf.concat([project(classTokens, params, `${name}.fc`), patches], 1);
    },
  };
}

function head(c: PitConfig, width: number): Step<Tensor3D, Tensor2D> {
  const heads = c.distilled ? ["head", "head_dist"] : ["head"];
  const logitsOf = (tokens: Tensor3D, params: Params, linear: string, place: number): Tensor2D =>
    normedLinear(standardize(tokenAt(tokens, place), [-1], EPSILON), params, { norm: "norm", linear });
  return {
    parameters: [
      ...normSpecs("norm", width),
      ...heads.flatMap((name) => linearSpecs(name, width, c.numClasses)),
    ],
    run(tokens, { params }) {
      const [first, second] = heads.map((name, place) => logitsOf(tokens, params, name, place));
      return second ? tf.mul(tf.add(first!, second), 0.5) : first!;
    },
  };
}

export const pit = sequential("pit", parse, network);
