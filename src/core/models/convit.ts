/**
 * ConViT, as timm's `ConVit`: a vision transformer whose first blocks mix attention by content with attention by place
 * alone, and whose class token enters after them.
 *
 * The main path is `network`. Not here: hybrid stems, models without positions in the patch embedding.
 *
 * @see d'Ascoli et al. 2021, https://arxiv.org/abs/2103.10697, section 3
 */

import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import { attention, linear, mergeHeads, splitHeads, standardize } from "../layers.ts";
import { type Params, param } from "../params.ts";
import { divide } from "../shape.ts";
import { patchTokens } from "./patches.ts";
import { type Network, type Step, sequential } from "./sequence.ts";
import {
  convolutionSpecs,
  feedForward,
  linearSpecs,
  matrix,
  normedLinear,
  normSpecs,
  project,
  residual,
  selfAttention,
  tokenAt,
  vector,
} from "./transformer-steps.ts";

export interface ConvitConfig {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Blocks with gated positional attention, from the first. */
  readonly localBlocks: number;
  readonly mlpRatio: number;
  readonly numClasses: number;
}

/** timm's LayerNorm. */
const EPSILON = 1e-6;

const KEYS = ["imageSize", "patchSize", "width", "depth", "heads", "localBlocks", "mlpRatio", "numClasses"];

function parse(config: unknown): ConvitConfig {
  const read = readConfig("convit", config, KEYS);
  const parsed: ConvitConfig = {
    imageSize: read.count("imageSize"),
    patchSize: read.count("patchSize"),
    width: read.count("width"),
    depth: read.count("depth"),
    heads: read.count("heads"),
    localBlocks: read.count("localBlocks"),
    mlpRatio: read.positive("mlpRatio"),
    numClasses: read.count("numClasses"),
  };
  const { depth, localBlocks } = parsed;
  if (localBlocks >= depth)
    throw new ConfigError(
      `convit: expected "localBlocks" to be below depth = ${depth}, got ${localBlocks}; the class token enters after them`,
    );
  divide("convit", ["imageSize", parsed.imageSize], ["patchSize", parsed.patchSize]);
  divide("convit", ["width", parsed.width], ["heads", parsed.heads]);
  return parsed;
}

const gridOf = (c: ConvitConfig): number => c.imageSize / c.patchSize;

function network(c: ConvitConfig): Network<Tensor3D> {
  const grid = gridOf(c);
  const block = (i: number) => [
    i < c.localBlocks
      ? gatedAttention(c, i)
      : selfAttention({
          norm: `blocks.${i}.norm1`,
          attn: `blocks.${i}.attn`,
          width: c.width,
          heads: c.heads,
          epsilon: EPSILON,
          qkvBias: false,
        }),
    feedForward({
      block: `blocks.${i}`,
      width: c.width,
      hidden: Math.floor(c.width * c.mlpRatio),
      epsilon: EPSILON,
      grid: [grid, grid],
      prefix: i < c.localBlocks ? 0 : 1,
      label: `Block ${i + 1}`,
    }),
  ];
  const blocks = Array.from({ length: c.depth }, (_, i) => block(i));
  return {
    stem: embedding(c),
    steps: [
      ...blocks.slice(0, c.localBlocks).flat(),
      classToken(c.width),
      ...blocks.slice(c.localBlocks).flat(),
    ],
    head: head(c),
  };
}

function embedding(c: ConvitConfig): Step<Tensor4D, Tensor3D> {
  return {
    parameters: [
      vector("pos_embed", [1, gridOf(c) ** 2, c.width], "[1, P, C]", "truncated-normal"),
      ...convolutionSpecs("patch_embed.proj", 3, c.width, c.patchSize),
    ],
    run(images, { params }) {
      const [weight, bias] = ["weight", "bias"].map((part) => param(params, `patch_embed.proj.${part}`));
      return tf.add(patchTokens(images, weight!, bias), param(params, "pos_embed"));
    },
  };
}

/** [B, P, C] → [B, 1 + P, C] */
function classToken(width: number): Step<Tensor3D> {
  return {
    parameters: [vector("cls_token", [1, 1, width], "[1, 1, C]", "truncated-normal")],
    run(tokens, { params }) {
      const token = tf.tile(param(params, "cls_token") as Tensor3D, [tokens.shape[0], 1, 1]);
      return tf.concat([token, tokens], 1);
    },
  };
}

/** The `index`-th C rows of a linear layer without bias, as heads [B, K, N, D]. */
function headsOf(
  normalised: Tensor3D,
  params: Params,
  names: { readonly norm: string; readonly linear: string },
  index: number,
  width: number,
  heads: number,
  factor = 1,
): Tensor4D {
  const rows = [index * width, (index + 1) * width] as const;
  return splitHeads(normedLinear(normalised, params, names, { bias: false, rows, factor }), heads);
}

/**
 * Gated positional self-attention: (1 − σ(g))·softmax(QKᵀ) + σ(g)·softmax(places), times the values, a gate g a head.
 *
 * Differs from timm in leaving out the division by the sum over keys, which is 1: both softmaxes sum to 1, and so do
 * the gates. With frozen weights the second term is one constant matrix a head.
 * @see d'Ascoli et al. 2021, equation 7
 */
function gatedAttention(c: ConvitConfig, block: number): Step<Tensor3D> {
  const { width, heads } = c;
  const [norm, attn] = [`blocks.${block}.norm1`, `blocks.${block}.attn`];
  const parameters = [
    ...normSpecs(norm, width),
    vector(`${attn}.gating_param`, [heads], "[K]", "ones"),
    matrix(`${attn}.qk.weight`, [2 * width, width], "[2C, C]"),
    matrix(`${attn}.v.weight`, [width, width], "[C, C]"),
    ...linearSpecs(`${attn}.proj`, width, width),
    ...linearSpecs(`${attn}.pos_proj`, 3, heads),
  ];
  return residual(parameters, (tokens, params) => {
    const normalised = standardize(tokens, [-1], EPSILON);
    const qk = { norm, linear: `${attn}.qk` };
    const query = headsOf(normalised, params, qk, 0, width, heads, 1 / Math.sqrt(width / heads));
    const key = headsOf(normalised, params, qk, 1, width, heads);
    const value = headsOf(normalised, params, { norm, linear: `${attn}.v` }, 0, width, heads);

    const gate = tf.reshape(tf.sigmoid(param(params, `${attn}.gating_param`)), [heads, 1, 1]);
    const byContent = tf.mul(attention(query, key, value), tf.sub(1, gate)) as Tensor4D;
    const byPlace = mixByPlace(tf.mul(placeWeights(gridOf(c), params, attn), gate) as Tensor3D, value);
    return project(mergeHeads(tf.add(byContent, byPlace)), params, `${attn}.proj`);
  });
}

/** weights [K, N, N] by value [B, K, N, D] → [B, K, N, D], as one product a head for all images. */
function mixByPlace(weights: Tensor3D, value: Tensor4D): Tensor4D {
  const [batch, heads, tokens, width] = value.shape;
  const columns = tf.reshape(tf.transpose(value, [1, 2, 0, 3]), [heads, tokens, batch * width]);
  const mixed = tf.reshape(tf.matMul(weights, columns), [heads, tokens, batch, width]);
  return tf.transpose(mixed, [2, 0, 1, 3]) as Tensor4D;
}

/** How much each token looks at each place, [K, P, P]; rows sum to 1. */
function placeWeights(grid: number, params: Params, attn: string): Tensor {
  const positions = grid * grid;
  const offsets = tf.tensor2d(relativePlaces(grid), [positions * positions, 3]) as Tensor2D;
  const scores = linear(
    offsets,
    param(params, `${attn}.pos_proj.weight`),
    param(params, `${attn}.pos_proj.bias`),
  );
  return tf.softmax(tf.reshape(tf.transpose(scores), [-1, positions, positions]));
}

/** For each pair of tokens: columns and rows from the query to the key, and the square of their distance. */
function relativePlaces(grid: number): Float32Array {
  const positions = grid * grid;
  const values = new Float32Array(positions * positions * 3);
  for (let query = 0; query < positions; query++)
    for (let key = 0; key < positions; key++) {
      const columns = (key % grid) - (query % grid);
      const rows = Math.floor(key / grid) - Math.floor(query / grid);
      values.set([columns, rows, columns ** 2 + rows ** 2], (query * positions + key) * 3);
    }
  return values;
}

function head({ width, numClasses }: ConvitConfig): Step<Tensor3D, Tensor2D> {
  return {
    parameters: [...normSpecs("norm", width), ...linearSpecs("head", width, numClasses)],
    run: (tokens, { params }) =>
      normedLinear(standardize(tokenAt(tokens, 0), [-1], EPSILON), params, { norm: "norm", linear: "head" }),
  };
}

export const convit = sequential("convit", parse, network);
