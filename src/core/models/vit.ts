/**
 * The Vision Transformer, as timm's `VisionTransformer` with a class token: ViT, DeiT with and without distillation,
 * DINO, the image tower of CLIP, and the built-in ViT.
 *
 * The main path is `forward`; `feature` and `activations` are the same path cut off inside the tapped block. Not here:
 * average pooling, layer scale, registers, relative positions.
 *
 * @see Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929
 */

import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import type { Norm } from "../layers.ts";
import { foldNorm, linear, standardize } from "../layers.ts";
import { type Init, type ParamSpec, type Params, param } from "../params.ts";
import { divide } from "../shape.ts";
import type { Architecture, ForwardOptions, ForwardResult, Tap } from "./architecture.ts";
import { type HiddenLayer, hiddenUnitEach, hiddenUnits } from "./feed-forward.ts";
import { patchTokens } from "./patches.ts";
import { selfAttention } from "./self-attention.ts";
import { chosen, findTap } from "./taps.ts";
import { zeroShotLogits, zeroShotParameters } from "./zero-shot.ts";

export interface VitConfig {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpRatio: number;
  readonly qkvBias: boolean;
  /** 0: no head; what stands for the logits is the normalised class token, or with `embedding` its projection. */
  readonly numClasses: number;
  /** DeiT's second token, whose head answers too; the logits are the mean of both. */
  readonly distilled: boolean;
  /** CLIP's norm before the first block, in place of the patch embedding's bias. */
  readonly preNorm: boolean;
  readonly activation: "gelu" | "quick_gelu";
  /** Added to the variance in every norm. */
  readonly epsilon: number;
  /** Width of CLIP's space of images and texts, into which `head` projects; 0 in a model that has none. */
  readonly embedding: number;
}

/** timm's default for its ViTs; PyTorch's own default, and CLIP's, is 1e-5. */
const EPSILON = 1e-6;

const KEYS = [
  ...["imageSize", "patchSize", "width", "depth", "heads", "mlpRatio", "qkvBias", "numClasses"],
  ...["distilled", "preNorm", "activation", "epsilon", "embedding"],
];

function parse(config: unknown): VitConfig {
  const read = readConfig("vit", config, KEYS);
  const parsed: VitConfig = {
    imageSize: read.count("imageSize"),
    patchSize: read.count("patchSize"),
    width: read.count("width"),
    depth: read.count("depth"),
    heads: read.count("heads"),
    mlpRatio: read.positive("mlpRatio"),
    qkvBias: read.flag("qkvBias", true),
    numClasses: read.natural("numClasses"),
    distilled: read.flag("distilled", false),
    preNorm: read.flag("preNorm", false),
    activation: read.choice("activation", ["gelu", "quick_gelu"], "gelu"),
    epsilon: read.positive("epsilon", EPSILON),
    embedding: read.natural("embedding", 0),
  };
  divide("vit", ["imageSize", parsed.imageSize], ["patchSize", parsed.patchSize]);
  divide("vit", ["width", parsed.width], ["heads", parsed.heads]);
  if (parsed.distilled && (parsed.numClasses === 0 || parsed.embedding > 0))
    throw new ConfigError(
      `vit: expected classes and no "embedding" of a model with "distilled", got ${parsed.numClasses} and ${parsed.embedding}`,
    );
  return parsed;
}

const gridOf = (c: VitConfig): number => c.imageSize / c.patchSize;
const hiddenOf = (c: VitConfig): number => Math.floor(c.width * c.mlpRatio);
/** Class token, and distillation token. */
const prefixOf = (c: VitConfig): number => (c.distilled ? 2 : 1);
const tapName = (block: number): string => `blocks.${block}.mlp.act`;

function parameters(c: VitConfig): readonly ParamSpec[] {
  const [C, F, P, E] = [c.width, hiddenOf(c), c.patchSize, c.embedding];
  const tokens = gridOf(c) ** 2 + prefixOf(c);
  const matrix = (name: string, shape: number[], symbols: string, init: Init = "truncated-normal") =>
    ({ name, shape, symbols, init, trainable: true, decay: true }) as const;
  const vector = (name: string, shape: number[], symbols: string, init: Init) =>
    ({ name, shape, symbols, init, trainable: true, decay: false }) as const;
  const norm = (name: string) => [
    vector(`${name}.weight`, [C], "[C]", "ones"),
    vector(`${name}.bias`, [C], "[C]", "zeros"),
  ];
  const block = (i: number): ParamSpec[] => [
    ...norm(`blocks.${i}.norm1`),
    matrix(`blocks.${i}.attn.qkv.weight`, [3 * C, C], "[3C, C]"),
    ...(c.qkvBias ? [vector(`blocks.${i}.attn.qkv.bias`, [3 * C], "[3C]", "zeros")] : []),
    matrix(`blocks.${i}.attn.proj.weight`, [C, C], "[C, C]"),
    vector(`blocks.${i}.attn.proj.bias`, [C], "[C]", "zeros"),
    ...norm(`blocks.${i}.norm2`),
    matrix(`blocks.${i}.mlp.fc1.weight`, [F, C], "[F, C]"),
    vector(`blocks.${i}.mlp.fc1.bias`, [F], "[F]", "zeros"),
    matrix(`blocks.${i}.mlp.fc2.weight`, [C, F], "[C, F]"),
    vector(`blocks.${i}.mlp.fc2.bias`, [C], "[C]", "zeros"),
  ];
  const head = (name: string, outputs: number, symbol: string): ParamSpec[] =>
    outputs === 0
      ? []
      : [
          matrix(`${name}.weight`, [outputs, C], `[${symbol}, C]`),
          vector(`${name}.bias`, [outputs], `[${symbol}]`, "zeros"),
        ];
  return [
    vector("cls_token", [1, 1, C], "[1, 1, C]", "truncated-normal"),
    ...(c.distilled ? [vector("dist_token", [1, 1, C], "[1, 1, C]", "truncated-normal")] : []),
    vector("pos_embed", [1, tokens, C], "[1, N, C]", "truncated-normal"),
    matrix("patch_embed.proj.weight", [C, 3, P, P], "[C, 3, P, P]", "fan-in-uniform"),
    ...(c.preNorm ? norm("norm_pre") : [vector("patch_embed.proj.bias", [C], "[C]", "zeros")]),
    ...Array.from({ length: c.depth }, (_, i) => block(i)).flat(),
    ...norm("norm"),
    ...(E > 0 ? head("head", E, "E") : head("head", c.numClasses, "classes")),
    ...(c.distilled ? head("head_dist", c.numClasses, "classes") : []),
    ...(E > 0 ? zeroShotParameters(c.numClasses, E) : []),
  ];
}

function taps(c: VitConfig): readonly Tap[] {
  return Array.from({ length: c.depth }, (_, block) => ({
    name: tapName(block),
    kind: "mlp.act" as const,
    units: hiddenOf(c),
    grid: [gridOf(c), gridOf(c)] as const,
    depth: block,
    label: `Block ${block + 1} · feed-forward`,
  }));
}

/** All of the blocks before the tapped one, and of that one what comes before its hidden layer's activation. */
function featureParameters(c: VitConfig, tap: string): readonly ParamSpec[] {
  const { depth } = findTap("vit", taps(c), tap);
  const last = new Set(["norm", "head", "head_dist", "zero_shot"]);
  const needed = ({ name }: ParamSpec): boolean => {
    const [root, block] = name.split(".");
    if (last.has(root!)) return false;
    if (root !== "blocks" || Number(block) < depth) return true;
    return Number(block) === depth && !name.includes(".mlp.fc2.");
  };
  return parameters(c).filter(needed);
}

function forward(c: VitConfig, images: Tensor4D, params: Params, options: ForwardOptions): ForwardResult {
  const wanted = chosen("vit", taps(c), options.taps);
  const found: Record<string, Tensor3D> = {};
  let tokens = embed(c, images, params);
  for (let block = 0; block < c.depth; block++) {
    tokens = tf.add(tokens, attend(c, tokens, params, block));
    const hidden = hiddenUnits(tokens, hiddenLayer(c, params, block));
    if (wanted.has(tapName(block))) found[tapName(block)] = withoutPrefix(c, hidden);
    tokens = tf.add(tokens, project(hidden, params, `blocks.${block}.mlp.fc2`));
  }
  return { logits: logitsOf(c, tokens, params), taps: found };
}

/** [B, N, C] → [B, classes]; of a model without classes [B, E] or [B, C] */
function logitsOf(c: VitConfig, tokens: Tensor3D, params: Params): Tensor2D {
  const answer = (token: number, name: string): Tensor2D => {
    const one = tf.reshape(tf.slice(tokens, [0, token, 0], [-1, 1, -1]), [-1, c.width]);
    const head = foldNorm(
      norm(params, "norm"),
      param(params, `${name}.weight`),
      param(params, `${name}.bias`),
    );
    return linear(standardize(one, [-1], c.epsilon), head.weight, head.bias) as Tensor2D;
  };
  if (c.embedding > 0) return zeroShotLogits(answer(0, "head"), params, c.numClasses);
  if (c.distilled) return tf.mul(tf.add(answer(0, "head"), answer(1, "head_dist")), 0.5);
  if (c.numClasses > 0) return answer(0, "head");
  const classToken = tf.slice(tokens, [0, 0, 0], [-1, 1, -1]);
  return tf.reshape(affineNorm(c, classToken, params, "norm"), [-1, c.width]);
}

function feature(c: VitConfig, images: Tensor4D, params: Params, tap: string, unit: Tensor1D): Tensor2D {
  const { depth } = findTap("vit", taps(c), tap);
  return hiddenUnitEach(tokensBefore(c, images, params, depth), hiddenLayer(c, params, depth), unit);
}

function activations(c: VitConfig, images: Tensor4D, params: Params, tap: string): Tensor3D {
  const { depth } = findTap("vit", taps(c), tap);
  return hiddenUnits(tokensBefore(c, images, params, depth), hiddenLayer(c, params, depth));
}

/** What the feed-forward layer of a block is given, of patches alone: [B, 3, H, W] → [B, P, C]. */
function tokensBefore(c: VitConfig, images: Tensor4D, params: Params, depth: number): Tensor3D {
  let tokens = embed(c, images, params);
  for (let block = 0; block < depth; block++) {
    tokens = tf.add(tokens, attend(c, tokens, params, block));
    const hidden = hiddenUnits(tokens, hiddenLayer(c, params, block));
    tokens = tf.add(tokens, project(hidden, params, `blocks.${block}.mlp.fc2`));
  }
  return withoutPrefix(c, tf.add(tokens, attend(c, tokens, params, depth)));
}

/** A token a patch behind the class token and the distillation token, with positions: [B, 3, H, W] → [B, N, C]. */
function embed(c: VitConfig, images: Tensor4D, params: Params): Tensor3D {
  const bias = c.preNorm ? undefined : param(params, "patch_embed.proj.bias");
  const patches = patchTokens(images, param(params, "patch_embed.proj.weight"), bias);
  const prefix = (c.distilled ? ["cls_token", "dist_token"] : ["cls_token"]).map((name) =>
    tf.tile(param(params, name) as Tensor3D, [images.shape[0], 1, 1]),
  );
  const tokens = tf.add(tf.concat([...prefix, patches], 1), param(params, "pos_embed")) as Tensor3D;
  return c.preNorm ? affineNorm(c, tokens, params, "norm_pre") : tokens;
}

/** The attention of a block, [B, N, C] → [B, N, C], before the residual sum. */
function attend(c: VitConfig, tokens: Tensor3D, params: Params, block: number): Tensor3D {
  const name = `blocks.${block}.attn`;
  const seen = selfAttention(tokens, {
    heads: c.heads,
    epsilon: c.epsilon,
    norm: norm(params, `blocks.${block}.norm1`),
    weight: param(params, `${name}.qkv.weight`),
    bias: c.qkvBias ? param(params, `${name}.qkv.bias`) : undefined,
  });
  return project(seen, params, `${name}.proj`);
}

const hiddenLayer = (c: VitConfig, params: Params, block: number): HiddenLayer => ({
  epsilon: c.epsilon,
  norm: norm(params, `blocks.${block}.norm2`),
  weight: param(params, `blocks.${block}.mlp.fc1.weight`),
  bias: param(params, `blocks.${block}.mlp.fc1.bias`),
  activation: c.activation,
});

const norm = (params: Params, name: string): Norm => ({
  weight: param(params, `${name}.weight`),
  bias: param(params, `${name}.bias`),
});

/** A layer norm that no linear layer follows, and which is written out therefore. */
function affineNorm(c: VitConfig, tokens: Tensor3D, params: Params, name: string): Tensor3D {
  const { weight, bias } = norm(params, name);
  return tf.add(tf.mul(standardize(tokens, [-1], c.epsilon), weight), bias);
}

const project = (x: Tensor3D, params: Params, name: string): Tensor3D =>
  linear(x, param(params, `${name}.weight`), param(params, `${name}.bias`));

/** [B, N, C] → [B, P, C] */
const withoutPrefix = (c: VitConfig, tokens: Tensor3D): Tensor3D =>
  tf.slice(tokens, [0, prefixOf(c), 0], [-1, -1, -1]);

export const vit: Architecture<VitConfig> = {
  name: "vit",
  parse,
  parameters,
  taps,
  featureParameters,
  forward,
  feature,
  activations,
};
