/**
 * The Swin Transformer, as timm's `SwinTransformer`: attention within windows, shifted in every second block, and
 * merging of patches between stages.
 *
 * The main path is `network`. Not here: windows that do not divide the map (no published model has them), SwinV2,
 * absolute positions.
 *
 * @see Liu et al. 2021, https://arxiv.org/abs/2103.14030
 */

import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { biasedAttention, positionBias } from "../attention.ts";
import { ConfigError, readConfig } from "../config.ts";
import { mergeHeads, splitHeads, standardize } from "../layers.ts";
import { type Params, param } from "../params.ts";
import { divide } from "../shape.ts";
import { patchTokens } from "./patches.ts";
import { type Network, type Step, sequential } from "./sequence.ts";
import { cutWindows, joinWindows, roll } from "./token-windows.ts";
import {
  convolutionSpecs,
  feedForward,
  layerNorm,
  linearSpecs,
  matrix,
  normedLinear,
  normSpecs,
  pooledHead,
  project,
  residual,
  vector,
} from "./transformer-steps.ts";

export interface SwinConfig {
  readonly imageSize: number;
  readonly patchSize: number;
  /** Of the first stage; every further one has twice the width and half the grid of the one before. */
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  /** Rows and columns of a window; where a stage's grid is smaller, the window is the grid. */
  readonly window: number;
  readonly mlpRatio: number;
  readonly numClasses: number;
}

/** PyTorch's default, which timm leaves in Swin. */
const EPSILON = 1e-5;

/** What timm adds to scores of tokens that are not neighbours in the image. */
const MASKED = -100;

const KEYS = ["imageSize", "patchSize", "width", "depths", "heads", "window", "mlpRatio", "numClasses"];

function parse(config: unknown): SwinConfig {
  const read = readConfig("swin", config, KEYS);
  const parsed: SwinConfig = {
    imageSize: read.count("imageSize"),
    patchSize: read.count("patchSize"),
    width: read.count("width"),
    depths: read.counts("depths"),
    heads: read.counts("heads"),
    window: read.count("window"),
    mlpRatio: read.positive("mlpRatio"),
    numClasses: read.count("numClasses"),
  };
  const { depths, heads } = parsed;
  if (heads.length !== depths.length)
    throw new ConfigError(
      `swin: expected heads for each of ${depths.length} stages, got ${heads.length}; give depths and heads as lists of one length`,
    );
  divide("swin", ["imageSize", parsed.imageSize], ["patchSize", parsed.patchSize]);
  for (const { index, grid, width, window } of stagesOf(parsed)) {
    if (index > 0) divide("swin", [`grid of stage ${index}`, grid * 2], ["2", 2]);
    divide("swin", [`grid of stage ${index + 1}`, grid], ["window", window]);
    divide("swin", [`width of stage ${index + 1}`, width], ["heads", heads[index]!]);
  }
  return parsed;
}

/** The numbers of a stage. */
interface Stage {
  readonly index: number;
  readonly depth: number;
  readonly width: number;
  readonly heads: number;
  /** Rows, equal to columns, of tokens. */
  readonly grid: number;
  readonly window: number;
  /** By how much the windows of every second block are shifted: not at all where one window is the whole map. */
  readonly shift: number;
}

function stagesOf(c: SwinConfig): readonly Stage[] {
  return c.depths.map((depth, index) => {
    const grid = c.imageSize / c.patchSize / 2 ** index;
    const window = Math.min(grid, c.window);
    const shift = grid <= c.window ? 0 : Math.floor(window / 2);
    return { index, depth, width: c.width * 2 ** index, heads: c.heads[index]!, grid, window, shift };
  });
}

function network(c: SwinConfig): Network<Tensor3D> {
  const stages = stagesOf(c);
  return {
    stem: embedding(c),
    steps: stages.flatMap((stage) => [
      ...(stage.index > 0 ? [merging(stage)] : []),
      ...Array.from({ length: stage.depth }, (_, block) => [
        windowAttention(stage, block),
        feedForward({
          block: `layers.${stage.index}.blocks.${block}`,
          width: stage.width,
          hidden: Math.floor(stage.width * c.mlpRatio),
          epsilon: EPSILON,
          grid: [stage.grid, stage.grid],
          prefix: 0,
          label: `Stage ${stage.index + 1} · block ${block + 1}`,
        }),
      ]).flat(),
    ]),
    head: pooledHead("head.fc", stages.at(-1)!.width, c.numClasses, EPSILON),
  };
}

function embedding({ width, patchSize }: SwinConfig): Step<Tensor4D, Tensor3D> {
  return {
    parameters: [
      ...convolutionSpecs("patch_embed.proj", 3, width, patchSize),
      ...normSpecs("patch_embed.norm", width),
    ],
    run(images, { params }) {
      const kernel = param(params, "patch_embed.proj.weight");
      const patches = patchTokens(images, kernel, param(params, "patch_embed.proj.bias"));
      return layerNorm(patches, params, "patch_embed.norm", EPSILON);
    },
  };
}

/** Four neighbours become one token of twice the width, [B, 4P, C/2] → [B, P, C]. */
function merging({ index, width, grid }: Stage): Step<Tensor3D> {
  const name = `layers.${index}.downsample`;
  return {
    parameters: [
      ...normSpecs(`${name}.norm`, 2 * width),
      matrix(`${name}.reduction.weight`, [width, 2 * width], "[2C, 4C]"),
    ],
    run(tokens, { params }) {
      return normedLinear(
        standardize(squares(tokens, grid), [-1], EPSILON),
        params,
        { norm: `${name}.norm`, linear: `${name}.reduction` },
        { bias: false },
      );
    },
  };
}

/**
 * Squares of four neighbours side by side, column by column as the checkpoints have them.
 *
 *   tokens [B, 2G·2G, C] → [B, G·G, 4C]
 */
function squares(tokens: Tensor3D, grid: number): Tensor3D {
  const [batch, , width] = tokens.shape;
  const cut = tf.reshape(tokens, [batch, grid, 2, grid, 2, width]);
  return tf.reshape(tf.transpose(cut, [0, 1, 3, 4, 2, 5]), [batch, grid * grid, 4 * width]);
}

/** Attention within windows; in every second block they are shifted, and those cut by the border are masked. */
function windowAttention(stage: Stage, block: number): Step<Tensor3D> {
  const { width, heads, grid, window } = stage;
  const name = `layers.${stage.index}.blocks.${block}`;
  const shift = block % 2 === 1 ? stage.shift : 0;
  const entries = (2 * window - 1) ** 2;
  const parameters = [
    ...normSpecs(`${name}.norm1`, width),
    vector(
      `${name}.attn.relative_position_bias_table`,
      [entries, heads],
      "[(2w − 1)², K]",
      "truncated-normal",
    ),
    ...linearSpecs(`${name}.attn.qkv`, width, 3 * width),
    ...linearSpecs(`${name}.attn.proj`, width, width),
  ];
  return residual(parameters, (tokens, params) => {
    const normalised = roll(standardize(tokens, [-1], EPSILON), grid, shift);
    const windows = cutWindows(normalised, grid, window);
    const mixed = attend(windows, params, `${name}.attn`, `${name}.norm1`, stage, shift);
    return roll(joinWindows(mixed, grid, window), grid, -shift);
  });
}

/** Attention of the tokens of each window, [B·W, N, C] → [B·W, N, C]. */
function attend(
  windows: Tensor3D,
  params: Params,
  attn: string,
  norm: string,
  { width, heads, grid, window }: Stage,
  shift: number,
): Tensor3D {
  // 1/√D goes into the query's weights.
  const [query, key, value] = [1 / Math.sqrt(width / heads), 1, 1].map((factor, part) => {
    const rows = [part * width, (part + 1) * width] as const;
    return splitHeads(
      normedLinear(windows, params, { norm, linear: `${attn}.qkv` }, { rows, factor }),
      heads,
    );
  }) as [Tensor4D, Tensor4D, Tensor4D];
  const area = window * window;
  const table = param(params, `${attn}.relative_position_bias_table`);
  const bias = positionBias(table, relativeIndex(window), [area, area]);
  if (shift === 0)
    return project(mergeHeads(biasedAttention(query, key, value, bias)), params, `${attn}.proj`);

  const count = (grid / window) ** 2;
  const byWindow = (x: Tensor): Tensor => tf.reshape(x, [-1, count, heads, area, width / heads]);
  const mask = tf.tensor(shiftMask(grid, window, shift), [count, 1, area, area]);
  const mixed = biasedAttention(byWindow(query), byWindow(key), byWindow(value), tf.add(bias, mask));
  return project(mergeHeads(tf.reshape(mixed, query.shape)), params, `${attn}.proj`);
}

/** For each pair of tokens of a window the row of the bias table, which has one for each difference of places. */
function relativeIndex(window: number): Int32Array {
  const area = window * window;
  const reach = window - 1;
  const index = new Int32Array(area * area);
  for (let query = 0; query < area; query++)
    for (let key = 0; key < area; key++) {
      const rows = Math.floor(query / window) - Math.floor(key / window);
      const columns = (query % window) - (key % window);
      index[query * area + key] = (rows + reach) * (2 * window - 1) + columns + reach;
    }
  return index;
}

/**
 * What is added to the scores of a shifted map: 0 between tokens that are neighbours in the image too, else −100.
 *
 *   → W·N·N values
 */
function shiftMask(grid: number, window: number, shift: number): Float32Array {
  const across = grid / window;
  const area = window * window;
  // Along an axis the last window holds tokens from both ends of the image.
  const side = (place: number): number => (place < grid - window ? 0 : place < grid - shift ? 1 : 2);
  const region = (index: number, token: number): number => {
    const row = Math.floor(index / across) * window + Math.floor(token / window);
    const column = (index % across) * window + (token % window);
    return 3 * side(row) + side(column);
  };
  const mask = new Float32Array(across * across * area * area);
  let place = 0;
  for (let index = 0; index < across * across; index++)
    for (let query = 0; query < area; query++)
      for (let key = 0; key < area; key++)
        mask[place++] = region(index, query) === region(index, key) ? 0 : MASKED;
  return mask;
}

export const swin = sequential("swin", parse, network);
