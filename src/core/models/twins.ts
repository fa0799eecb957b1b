/**
 * Twins, as timm's `Twins`: PCPVT, whose queries attend to a coarser map, and SVT, which alternates that with attention
 * within windows. Positions come from a convolution behind the first block of each stage.
 *
 * The main path is `network`. Not here: windows that do not divide the map, which timm pads (no published model has
 * them).
 *
 * @see Chu et al. 2021, https://arxiv.org/abs/2104.13840
 */

import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import { depthwise } from "../convolution.ts";
import { attention, mergeHeads, splitHeads, standardize } from "../layers.ts";
import { type Params, param } from "../params.ts";
import { divide } from "../shape.ts";
import { patchTokens } from "./patches.ts";
import { type Network, type Step, sequential } from "./sequence.ts";
import { cutWindows, joinWindows } from "./token-windows.ts";
import {
  convolutionSpecs,
  convolvePatches,
  feedForward,
  layerNorm,
  linearSpecs,
  mapOf,
  normedLinear,
  normOf,
  normSpecs,
  pooledHead,
  project,
  residual,
  selfAttention,
  tokensOf,
} from "./transformer-steps.ts";

export interface TwinsConfig {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly widths: readonly number[];
  readonly heads: readonly number[];
  readonly mlpRatios: readonly number[];
  readonly depths: readonly number[];
  /** How much coarser than the queries' map that of keys and values is, in each stage. */
  readonly reductions: readonly number[];
  /** SVT: rows and columns of the windows within which the first, third, … block of a stage attends. PCPVT has none. */
  readonly windows?: readonly number[];
  readonly numClasses: number;
}

/** Norms of blocks and head have timm's constant, those of embeddings and reductions PyTorch's. */
const EPSILON = 1e-6;
const TORCH_EPSILON = 1e-5;

const LISTS = ["widths", "heads", "mlpRatios", "depths", "reductions"] as const;
const KEYS = ["imageSize", "patchSize", ...LISTS, "windows", "numClasses"];

function parse(config: unknown): TwinsConfig {
  const read = readConfig("twins", config, KEYS);
  const hasWindows = (config as { windows?: unknown }).windows !== undefined;
  const parsed: TwinsConfig = {
    imageSize: read.count("imageSize"),
    patchSize: read.count("patchSize"),
    widths: read.counts("widths"),
    heads: read.counts("heads"),
    mlpRatios: read.counts("mlpRatios"),
    depths: read.counts("depths"),
    reductions: read.counts("reductions"),
    ...(hasWindows ? { windows: read.counts("windows") } : {}),
    numClasses: read.count("numClasses"),
  };
  const stages = parsed.depths.length;
  for (const key of hasWindows ? [...LISTS, "windows" as const] : LISTS)
    if (parsed[key]!.length !== stages)
      throw new ConfigError(
        `twins: expected "${key}" to have an entry for each of ${stages} stages, got ${parsed[key]!.length}; give lists of one length`,
      );
  divide("twins", ["imageSize", parsed.imageSize], ["patchSize", parsed.patchSize]);
  for (const { index, side, width, heads, reduction, window } of stagesOf(parsed)) {
    const stage = `of stage ${index + 1}`;
    if (index > 0) divide("twins", [`grid before stage ${index + 1}`, 2 * side], ["2", 2]);
    divide("twins", [`width ${stage}`, width], ["heads", heads]);
    divide("twins", [`grid ${stage}`, side], ["reduction", reduction]);
    if (window) divide("twins", [`grid ${stage}`, side], ["window", window]);
  }
  return parsed;
}

interface Stage {
  readonly index: number;
  readonly depth: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  /** Rows, equal to columns, of tokens. */
  readonly side: number;
  readonly reduction: number;
  readonly window: number | undefined;
}

function stagesOf(c: TwinsConfig): readonly Stage[] {
  return c.depths.map((depth, index) => {
    const width = c.widths[index]!;
    return {
      index,
      depth,
      width,
      heads: c.heads[index]!,
      hidden: width * c.mlpRatios[index]!,
      side: c.imageSize / c.patchSize / 2 ** index,
      reduction: c.reductions[index]!,
      window: c.windows?.[index],
    };
  });
}

function network(c: TwinsConfig): Network<Tensor3D> {
  const stages = stagesOf(c);
  const block = (stage: Stage, i: number) => [
    stage.window && i % 2 === 0 ? localAttention(stage, i, stage.window) : reducedAttention(stage, i),
    feedForward({
      block: `blocks.${stage.index}.${i}`,
      width: stage.width,
      hidden: stage.hidden,
      epsilon: EPSILON,
      grid: [stage.side, stage.side],
      prefix: 0,
      label: `Stage ${stage.index + 1} · block ${i + 1}`,
    }),
    ...(i === 0 ? [positions(stage)] : []),
  ];
  return {
    stem: embedding(c),
    steps: stages.flatMap((stage, i) => [
      ...(i > 0 ? [merging(stages[i - 1]!, stage)] : []),
      ...Array.from({ length: stage.depth }, (_, place) => block(stage, place)).flat(),
    ]),
    head: pooledHead("head", stages.at(-1)!.width, c.numClasses, EPSILON),
  };
}

function embedding({ patchSize, widths }: TwinsConfig): Step<Tensor4D, Tensor3D> {
  const [name, width] = ["patch_embeds.0", widths[0]!];
  return {
    parameters: [
      ...convolutionSpecs(`${name}.proj`, 3, width, patchSize),
      ...normSpecs(`${name}.norm`, width),
    ],
    run(images, { params }) {
      const kernel = param(params, `${name}.proj.weight`);
      const patches = patchTokens(images, kernel, param(params, `${name}.proj.bias`));
      return layerNorm(patches, params, `${name}.norm`, TORCH_EPSILON);
    },
  };
}

/** Squares of four tokens become one, [B, 4P, C] → [B, P, C']. */
function merging(from: Stage, to: Stage): Step<Tensor3D> {
  const name = `patch_embeds.${to.index}`;
  return {
    parameters: [
      ...convolutionSpecs(`${name}.proj`, from.width, to.width, 2),
      ...normSpecs(`${name}.norm`, to.width),
    ],
    run(tokens, { params }) {
      const merged = convolvePatches(tokens, [from.side, from.side], params, `${name}.proj`);
      return layerNorm(merged, params, `${name}.norm`, TORCH_EPSILON);
    },
  };
}

/** Positions as a 3×3 convolution of each channel, added to it. Chu et al. 2021, https://arxiv.org/abs/2102.10882 */
function positions({ index, width, side }: Stage): Step<Tensor3D> {
  const name = `pos_block.${index}.proj.0`;
  return residual(convolutionSpecs(name, 1, width, 3), (tokens, params) => {
    const map = depthwise(mapOf(tokens, [side, side]), param(params, `${name}.weight`), 1, 1);
    return tf.add(tokensOf(map), param(params, `${name}.bias`)) as Tensor3D;
  });
}

/** Attention of the tokens of each window with one another. */
function localAttention({ index, width, heads, side }: Stage, block: number, window: number): Step<Tensor3D> {
  return selfAttention({
    norm: `blocks.${index}.${block}.norm1`,
    attn: `blocks.${index}.${block}.attn`,
    width,
    heads,
    epsilon: EPSILON,
    qkvBias: true,
    within: {
      cut: (tokens) => cutWindows(tokens, side, window),
      join: (windows) => joinWindows(windows, side, window),
    },
  });
}

/** Attention of all tokens with those of a coarser map, which a convolution makes; with all, where reduction is 1. */
function reducedAttention(stage: Stage, block: number): Step<Tensor3D> {
  const { index, width, heads, reduction } = stage;
  const [norm, attn] = [`blocks.${index}.${block}.norm1`, `blocks.${index}.${block}.attn`];
  const parameters = [
    ...normSpecs(norm, width),
    ...linearSpecs(`${attn}.q`, width, width),
    ...linearSpecs(`${attn}.kv`, width, 2 * width),
    ...linearSpecs(`${attn}.proj`, width, width),
    ...(reduction > 1
      ? [...convolutionSpecs(`${attn}.sr`, width, width, reduction), ...normSpecs(`${attn}.norm`, width)]
      : []),
  ];
  return residual(parameters, (tokens, params) => {
    const normalised = standardize(tokens, [-1], EPSILON);
    const query = normedLinear(
      normalised,
      params,
      { norm, linear: `${attn}.q` },
      { factor: 1 / Math.sqrt(width / heads) },
    );
    const [coarse, coarseNorm] =
      reduction > 1 ? [reduced(normalised, params, stage, norm, attn), `${attn}.norm`] : [normalised, norm];
    const part = (half: number): Tensor3D => {
      const rows = [half * width, (half + 1) * width] as const;
      return normedLinear(coarse, params, { norm: coarseNorm, linear: `${attn}.kv` }, { rows });
    };
    const [q, k, v] = [query, part(0), part(1)].map((x) => splitHeads(x, heads));
    return project(mergeHeads(attention(q!, k!, v!)), params, `${attn}.proj`);
  });
}

/** The coarser map, standardised. */
function reduced(
  normalised: Tensor3D,
  params: Params,
  { side }: Stage,
  norm: string,
  attn: string,
): Tensor3D {
  const map = convolvePatches(normalised, [side, side], params, `${attn}.sr`, normOf(params, norm));
  return standardize(map, [-1], TORCH_EPSILON);
}

export const twins = sequential("twins", parse, network);
