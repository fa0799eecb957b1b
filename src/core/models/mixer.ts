/**
 * Columnar models without attention, as timm's `MlpMixer`: MLP-Mixer, gMixer (its layers gated) and ResMLP (affine
 * maps and layer scales in place of layer norms, a single matrix over positions).
 *
 * Taps are the hidden layers over channels. Those over positions are none: their units see all positions at once
 * and have one activation a channel, so that there is no map of where. Not here: gMLP.
 *
 * @see Tolstikhin et al. 2021, https://arxiv.org/abs/2105.01601; Touvron et al. 2021, https://arxiv.org/abs/2105.03404
 */

import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { readConfig } from "../config.ts";
import { foldNorm, linear, type Norm, standardize } from "../layers.ts";
import { type Init, type ParamSpec, type Params, param } from "../params.ts";
import { divide } from "../shape.ts";
import type { Architecture, ForwardOptions, ForwardResult, Tap } from "./architecture.ts";
import { type HiddenLayer, hiddenUnitEach, hiddenUnits } from "./feed-forward.ts";
import { patchTokens } from "./patches.ts";
import { chosen, findTap } from "./taps.ts";

export interface MixerConfig {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly width: number;
  readonly depth: number;
  /** `gmixer`: hidden layers are value·silu(gate), half as wide as their first matrix. */
  readonly block: "mixer" | "gmixer" | "resmlp";
  /** Width of the hidden layer over positions, as a multiple of `width` (not of the positions); none in ResMLP. */
  readonly tokensRatio: number;
  /** Width of the hidden layer over channels, as a multiple of `width`. */
  readonly channelsRatio: number;
  readonly numClasses: number;
}

/** timm's, in all of its mixers. */
const EPSILON = 1e-6;

const KEYS = [
  ...["imageSize", "patchSize", "width", "depth", "block", "tokensRatio", "channelsRatio", "numClasses"],
];

function parse(config: unknown): MixerConfig {
  const read = readConfig("mixer", config, KEYS);
  const block = read.choice("block", ["mixer", "gmixer", "resmlp"]);
  const parsed: MixerConfig = {
    imageSize: read.count("imageSize"),
    patchSize: read.count("patchSize"),
    width: read.count("width"),
    depth: read.count("depth"),
    block,
    tokensRatio: block === "resmlp" ? 0 : read.positive("tokensRatio"),
    channelsRatio: read.positive("channelsRatio"),
    numClasses: read.count("numClasses"),
  };
  divide("mixer", ["imageSize", parsed.imageSize], ["patchSize", parsed.patchSize]);
  if (block === "gmixer") {
    divide("mixer", ["width·tokensRatio", rowsOf(parsed, "tokens")], ["2", 2]);
    divide("mixer", ["width·channelsRatio", rowsOf(parsed, "channels")], ["2", 2]);
  }
  return parsed;
}

type Over = "tokens" | "channels";

const gridOf = (c: MixerConfig): number => c.imageSize / c.patchSize;
/** Rows of the first matrix of a block's layer over tokens or channels. */
const rowsOf = (c: MixerConfig, over: Over): number =>
  Math.floor(c.width * (over === "tokens" ? c.tokensRatio : c.channelsRatio));
/** Units of its hidden layer. */
const hiddenOf = (c: MixerConfig, over: Over): number => rowsOf(c, over) / (c.block === "gmixer" ? 2 : 1);
const tapName = (block: number): string => `blocks.${block}.mlp_channels.act`;

function parameters(c: MixerConfig): readonly ParamSpec[] {
  const [C, N, P] = [c.width, gridOf(c) ** 2, c.patchSize];
  const matrix = (name: string, shape: number[], symbols: string, init: Init = "truncated-normal") =>
    ({ name, shape, symbols, init, trainable: true, decay: true }) as const;
  const vector = (name: string, shape: number[], symbols: string, init: Init) =>
    ({ name, shape, symbols, init, trainable: true, decay: false }) as const;
  const norm = (name: string): ParamSpec[] =>
    c.block === "resmlp"
      ? [
          vector(`${name}.alpha`, [1, 1, C], "[1, 1, C]", "ones"),
          vector(`${name}.beta`, [1, 1, C], "[1, 1, C]", "zeros"),
        ]
      : [vector(`${name}.weight`, [C], "[C]", "ones"), vector(`${name}.bias`, [C], "[C]", "zeros")];
  const mlp = (name: string, over: Over, inputs: number, symbol: string): ParamSpec[] => {
    const [rows, hidden] = [rowsOf(c, over), hiddenOf(c, over)];
    const wide = rows === hidden ? "F" : "2F";
    return [
      matrix(`${name}.fc1.weight`, [rows, inputs], `[${wide}, ${symbol}]`),
      vector(`${name}.fc1.bias`, [rows], `[${wide}]`, "zeros"),
      matrix(`${name}.fc2.weight`, [inputs, hidden], `[${symbol}, F]`),
      vector(`${name}.fc2.bias`, [inputs], `[${symbol}]`, "zeros"),
    ];
  };
  const block = (name: string): ParamSpec[] => [
    ...(c.block === "resmlp"
      ? [vector(`${name}.ls1`, [C], "[C]", "ones"), vector(`${name}.ls2`, [C], "[C]", "ones")]
      : []),
    ...norm(`${name}.norm1`),
    ...(c.block === "resmlp"
      ? [
          matrix(`${name}.linear_tokens.weight`, [N, N], "[N, N]"),
          vector(`${name}.linear_tokens.bias`, [N], "[N]", "zeros"),
        ]
      : mlp(`${name}.mlp_tokens`, "tokens", N, "N")),
    ...norm(`${name}.norm2`),
    ...mlp(`${name}.mlp_channels`, "channels", C, "C"),
  ];
  return [
    matrix("stem.proj.weight", [C, 3, P, P], "[C, 3, P, P]", "fan-in-uniform"),
    vector("stem.proj.bias", [C], "[C]", "zeros"),
    ...Array.from({ length: c.depth }, (_, i) => block(`blocks.${i}`)).flat(),
    ...norm("norm"),
    matrix("head.weight", [c.numClasses, C], "[classes, C]"),
    vector("head.bias", [c.numClasses], "[classes]", "zeros"),
  ];
}

function taps(c: MixerConfig): readonly Tap[] {
  return Array.from({ length: c.depth }, (_, block) => ({
    name: tapName(block),
    kind: "mlp.act" as const,
    units: hiddenOf(c, "channels"),
    grid: [gridOf(c), gridOf(c)] as const,
    depth: block,
    label: `Block ${block + 1} · feed-forward over channels`,
  }));
}

/** All of the blocks before the tapped one, and of that one what comes before its hidden layer's activation. */
function featureParameters(c: MixerConfig, tap: string): readonly ParamSpec[] {
  const { depth } = findTap("mixer", taps(c), tap);
  const after = [".mlp_channels.fc2.", ".ls2"];
  const needed = ({ name }: ParamSpec): boolean => {
    const [root, block] = name.split(".");
    if (root === "norm" || root === "head") return false;
    if (root !== "blocks" || Number(block) < depth) return true;
    return Number(block) === depth && !after.some((part) => name.includes(part));
  };
  return parameters(c).filter(needed);
}

function forward(c: MixerConfig, images: Tensor4D, params: Params, options: ForwardOptions): ForwardResult {
  const wanted = chosen("mixer", taps(c), options.taps);
  const found: Record<string, Tensor3D> = {};
  let tokens = stem(images, params);
  for (let block = 0; block < c.depth; block++) {
    tokens = mixTokens(c, tokens, params, block);
    const hidden = hiddenUnits(tokens, channelsLayer(c, params, block));
    if (wanted.has(tapName(block))) found[tapName(block)] = hidden;
    tokens = mixChannels(c, tokens, hidden, params, block);
  }
  const x = c.block === "resmlp" ? tokens : standardize(tokens, [-1], EPSILON);
  const head = foldNorm(norm(c, params, "norm"), param(params, "head.weight"), param(params, "head.bias"));
  // The mean of affine maps is the map of the mean.
  return { logits: linear(tf.mean(x, 1) as Tensor2D, head.weight, head.bias), taps: found };
}

function feature(c: MixerConfig, images: Tensor4D, params: Params, tap: string, unit: Tensor1D): Tensor2D {
  const { depth } = findTap("mixer", taps(c), tap);
  return hiddenUnitEach(tokensBefore(c, images, params, depth), channelsLayer(c, params, depth), unit);
}

function activations(c: MixerConfig, images: Tensor4D, params: Params, tap: string): Tensor3D {
  const { depth } = findTap("mixer", taps(c), tap);
  return hiddenUnits(tokensBefore(c, images, params, depth), channelsLayer(c, params, depth));
}

/** What the layer over channels of a block is given: [B, 3, H, W] → [B, N, C]. */
function tokensBefore(c: MixerConfig, images: Tensor4D, params: Params, depth: number): Tensor3D {
  let tokens = stem(images, params);
  for (let block = 0; block < depth; block++) {
    tokens = mixTokens(c, tokens, params, block);
    tokens = mixChannels(c, tokens, hiddenUnits(tokens, channelsLayer(c, params, block)), params, block);
  }
  return mixTokens(c, tokens, params, depth);
}

const stem = (images: Tensor4D, params: Params): Tensor3D =>
  patchTokens(images, param(params, "stem.proj.weight"), param(params, "stem.proj.bias"));

/** The first half of a block, which mixes positions: [B, N, C] → [B, N, C], with the residual sum. */
function mixTokens(c: MixerConfig, tokens: Tensor3D, params: Params, block: number): Tensor3D {
  const name = `blocks.${block}`;
  const { weight, bias } = norm(c, params, `${name}.norm1`);
  const x = c.block === "resmlp" ? tokens : standardize(tokens, [-1], EPSILON);
  const columns = turned(tf.add(tf.mul(x, weight), bias) as Tensor3D);
  if (c.block === "resmlp") {
    const mixed = turned(project(columns, params, `${name}.linear_tokens`));
    return tf.add(tokens, tf.mul(mixed, param(params, `${name}.ls1`)));
  }
  const hidden = hiddenUnits(columns, { epsilon: null, norm: null, ...fc1(c, params, `${name}.mlp_tokens`) });
  return tf.add(tokens, turned(project(hidden, params, `${name}.mlp_tokens.fc2`)));
}

/** The second half of a block from its hidden layer on, with the residual sum. */
function mixChannels(
  c: MixerConfig,
  tokens: Tensor3D,
  hidden: Tensor3D,
  params: Params,
  block: number,
): Tensor3D {
  const name = `blocks.${block}`;
  const out = project(hidden, params, `${name}.mlp_channels.fc2`);
  return tf.add(tokens, c.block === "resmlp" ? tf.mul(out, param(params, `${name}.ls2`)) : out);
}

function channelsLayer(c: MixerConfig, params: Params, block: number): HiddenLayer {
  const name = `blocks.${block}`;
  return {
    epsilon: c.block === "resmlp" ? null : EPSILON,
    norm: norm(c, params, `${name}.norm2`),
    ...fc1(c, params, `${name}.mlp_channels`),
  };
}

const fc1 = (c: MixerConfig, params: Params, name: string): Omit<HiddenLayer, "epsilon" | "norm"> => ({
  weight: param(params, `${name}.fc1.weight`),
  bias: param(params, `${name}.fc1.bias`),
  activation: c.block === "gmixer" ? "silu_glu" : "gelu",
});

/** The affine half of a norm, [C] each; in ResMLP all of it. */
function norm(c: MixerConfig, params: Params, name: string): Norm {
  const [weight, bias] = c.block === "resmlp" ? ["alpha", "beta"] : ["weight", "bias"];
  return {
    weight: tf.reshape(param(params, `${name}.${weight}`), [c.width]),
    bias: tf.reshape(param(params, `${name}.${bias}`), [c.width]),
  };
}

const project = (x: Tensor3D, params: Params, name: string): Tensor3D =>
  linear(x, param(params, `${name}.weight`), param(params, `${name}.bias`));

/** [B, N, C] → [B, C, N], and back */
const turned = (x: Tensor3D): Tensor3D => tf.transpose(x, [0, 2, 1]) as Tensor3D;

export const mixer: Architecture<MixerConfig> = {
  name: "mixer",
  parse,
  parameters,
  taps,
  featureParameters,
  forward,
  feature,
  activations,
};
