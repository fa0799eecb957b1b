/**
 * What the hierarchical transformers have in common: the specifications of their parameters, linear layers behind a
 * layer norm, the feed-forward step with its tap, plain self-attention, and heads. Not for what makes a family.
 */

import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { foldNorm, linear, type Norm, standardize } from "../layers.ts";
import { type Init, type ParamSpec, type Params, param } from "../params.ts";
import type { Tap } from "./architecture.ts";
import { type HiddenLayer, hiddenUnitEach, hiddenUnits } from "./feed-forward.ts";
import { selfAttention as attend } from "./self-attention.ts";
import type { Step, TappedStep } from "./sequence.ts";

type Shape = readonly number[];

/** A parameter to which weight decay applies. */
export const matrix = (
  name: string,
  shape: Shape,
  symbols: string,
  init: Init = "truncated-normal",
): ParamSpec => ({ name, shape, symbols, init, trainable: true, decay: true });

/** A parameter to which weight decay does not apply. */
export const vector = (name: string, shape: Shape, symbols: string, init: Init = "zeros"): ParamSpec => ({
  name,
  shape,
  symbols,
  init,
  trainable: true,
  decay: false,
});

export function linearSpecs(name: string, inputs: number, outputs: number): readonly ParamSpec[] {
  return [
    matrix(`${name}.weight`, [outputs, inputs], "[out, in]"),
    vector(`${name}.bias`, [outputs], "[out]"),
  ];
}

/** Of a convolution with bias; `inputs` is that of one group, 1 where it is depthwise. */
export function convolutionSpecs(
  name: string,
  inputs: number,
  outputs: number,
  window: number,
): readonly ParamSpec[] {
  return [
    matrix(`${name}.weight`, [outputs, inputs, window, window], "[out, in, k, k]", "fan-in-uniform"),
    vector(`${name}.bias`, [outputs], "[out]"),
  ];
}

/** Of a layer norm. */
export function normSpecs(name: string, width: number): readonly ParamSpec[] {
  return [vector(`${name}.weight`, [width], "[C]", "ones"), vector(`${name}.bias`, [width], "[C]")];
}

export const normOf = (params: Params, name: string): Norm => ({
  weight: param(params, `${name}.weight`),
  bias: param(params, `${name}.bias`),
});

/** A linear layer with bias, by its name. */
export const project = <T extends Tensor>(x: T, params: Params, name: string): T =>
  linear(x, param(params, `${name}.weight`), param(params, `${name}.bias`));

/** A layer norm over the last axis, by its name, with its affine half: where no linear layer follows. */
export function layerNorm<T extends Tensor>(x: T, params: Params, name: string, epsilon: number): T {
  const { weight, bias } = normOf(params, name);
  return tf.add(tf.mul(standardize(x, [-1], epsilon), weight), bias) as T;
}

/**
 * Some rows of a linear layer over standardised tokens, with the affine half of their norm and a factor folded in.
 *
 *   x [..., C], zero mean and unit variance → [..., rows[1] − rows[0]]
 *
 * @param bias whether the layer has one
 * @param rows of the weight, from and to; all by default
 */
export function normedLinear<T extends Tensor>(
  x: T,
  params: Params,
  names: { readonly norm: string; readonly linear: string },
  {
    bias = true,
    rows,
    factor = 1,
  }: { bias?: boolean; rows?: readonly [number, number]; factor?: number } = {},
): T {
  const weight = param(params, `${names.linear}.weight`);
  const shift = bias ? param(params, `${names.linear}.bias`) : undefined;
  const folded = foldNorm(normOf(params, names.norm), weight, shift);
  const [from, to] = rows ?? [0, weight.shape[0]!];
  const part = (tensor: Tensor): Tensor => {
    const taken = tf.slice(tensor, [from], [to - from]);
    return factor === 1 ? taken : tf.mul(taken, factor);
  };
  return linear(x, part(folded.weight), part(folded.bias));
}

/** Numbers and names of a feed-forward layer. */
interface FeedForward {
  /** Of the block: "layers.2.blocks.1". */
  readonly block: string;
  /** Names within the block; "norm2" and "mlp" by default. */
  readonly norm?: string;
  readonly mlp?: string;
  readonly width: number;
  readonly hidden: number;
  readonly epsilon: number;
  readonly grid: readonly [number, number];
  /** Class and distillation tokens before the patches' tokens. */
  readonly prefix: number;
  /** For readers, without what it is: "Stage 3 · block 2". */
  readonly label: string;
}

function feedForwardTap({ block, mlp = "mlp", hidden, grid, label }: FeedForward): Omit<Tap, "depth"> {
  const name = `${block}.${mlp}.act`;
  return { name, kind: "mlp.act", units: hidden, grid, label: `${label} · feed-forward` };
}

/** What the hidden layer reads. */
function hiddenSpecs(layer: FeedForward): readonly ParamSpec[] {
  const { block, norm = "norm2", mlp = "mlp", width, hidden } = layer;
  return [...normSpecs(`${block}.${norm}`, width), ...linearSpecs(`${block}.${mlp}.fc1`, width, hidden)];
}

function hiddenLayer(layer: FeedForward, params: Params): HiddenLayer {
  const { block, norm = "norm2", mlp = "mlp", epsilon } = layer;
  return {
    epsilon,
    norm: normOf(params, `${block}.${norm}`),
    weight: param(params, `${block}.${mlp}.fc1.weight`),
    bias: param(params, `${block}.${mlp}.fc1.bias`),
    activation: "gelu",
  };
}

/** [B, prefix + P, C] → [B, P, C] */
export const withoutPrefix = (tokens: Tensor3D, prefix: number): Tensor3D =>
  prefix === 0 ? tokens : tf.slice(tokens, [0, prefix, 0], [-1, -1, -1]);

/** x + fc2(gelu(fc1(norm(x)))) over tokens [B, prefix + P, C]. */
export function feedForward(layer: FeedForward): TappedStep<Tensor3D> {
  const { block, mlp = "mlp", width, hidden, prefix } = layer;
  const output = `${block}.${mlp}.fc2`;
  return {
    tap: feedForwardTap(layer),
    before: hiddenSpecs(layer),
    after: linearSpecs(output, hidden, width),
    run(tokens, { params }) {
      const units = hiddenUnits(tokens, hiddenLayer(layer, params));
      return {
        state: tf.add(tokens, project(units, params, output)),
        activations: () => withoutPrefix(units, prefix),
      };
    },
    activations: (tokens, { params }) =>
      hiddenUnits(withoutPrefix(tokens, prefix), hiddenLayer(layer, params)),
    chosen: (tokens, { params }, unit) =>
      hiddenUnitEach(withoutPrefix(tokens, prefix), hiddenLayer(layer, params), unit),
  };
}

/** The token at a place of each image, [B, N, C] → [B, C]. */
export function tokenAt(tokens: Tensor3D, place: number): Tensor2D {
  const [, , width] = tokens.shape;
  return tf.reshape(tf.slice(tokens, [0, place, 0], [-1, 1, -1]), [-1, width]);
}

/**
 * A convolution of a map of tokens whose stride is its window, with bias: each window's tokens are one row of a product.
 *
 *   tokens [B, H·W, I], row-major; k divides the grid
 *   <name>.weight [O, I, k, k]
 *   → [B, (H/k)·(W/k), O]
 *
 * @param norm of the tokens, which are then standardised ones; its affine half goes into the filter
 */
export function convolvePatches(
  tokens: Tensor3D,
  grid: readonly [number, number],
  params: Params,
  name: string,
  norm?: Norm,
): Tensor3D {
  const filter = param(params, `${name}.weight`);
  const [outputs, inputs, window] = filter.shape as [number, number, number, number];
  const [rows, columns] = [grid[0] / window, grid[1] / window];
  const cut = tf.reshape(tokens, [-1, rows, window, columns, window * inputs]);
  const patches = tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4]), [-1, rows * columns, window ** 2 * inputs]);
  const weight = tf.reshape(tf.transpose(filter, [0, 2, 3, 1]), [outputs, -1]);
  const bias = param(params, `${name}.bias`);
  if (!norm) return linear(patches as Tensor3D, weight, bias);
  const everywhere = (x: Tensor): Tensor => tf.tile(x, [window ** 2]);
  const folded = foldNorm({ weight: everywhere(norm.weight), bias: everywhere(norm.bias) }, weight, bias);
  return linear(patches as Tensor3D, folded.weight, folded.bias);
}

/** [B, P, C] → [B, C, H, W] */
export function mapOf(tokens: Tensor3D, grid: readonly [number, number]): Tensor4D {
  const [batch, , width] = tokens.shape;
  return tf.reshape(tf.transpose(tokens, [0, 2, 1]), [batch, width, ...grid]);
}

/** [B, C, H, W] → [B, P, C] */
export function tokensOf(map: Tensor4D): Tensor3D {
  const [batch, width, rows, columns] = map.shape;
  return tf.transpose(tf.reshape(map, [batch, width, rows * columns]), [0, 2, 1]) as Tensor3D;
}

/** A residual branch that is no tap: x + branch(x). */
export function residual(
  parameters: readonly ParamSpec[],
  branch: (tokens: Tensor3D, params: Params) => Tensor3D,
): Step<Tensor3D> {
  return { parameters, run: (tokens, { params }) => tf.add(tokens, branch(tokens, params)) };
}

/** Numbers and names of multi-head self-attention behind a layer norm. */
interface SelfAttention {
  readonly norm: string;
  readonly attn: string;
  readonly width: number;
  readonly heads: number;
  readonly epsilon: number;
  /** Whether queries, keys and values have a bias; the projection always has. */
  readonly qkvBias: boolean;
  /** Where tokens attend to some of the others: the map as windows, side by side in the batch, and back. */
  readonly within?: {
    cut(tokens: Tensor3D): Tensor3D;
    join(windows: Tensor3D): Tensor3D;
  };
}

/** x + proj(attention(norm(x))). */
export function selfAttention(layer: SelfAttention): Step<Tensor3D> {
  const { norm, attn, width, heads, epsilon, qkvBias, within } = layer;
  const qkv = `${attn}.qkv`;
  const parameters = [
    ...normSpecs(norm, width),
    ...linearSpecs(qkv, width, 3 * width).slice(0, qkvBias ? 2 : 1),
    ...linearSpecs(`${attn}.proj`, width, width),
  ];
  return residual(parameters, (tokens, params) => {
    const weights = {
      ...{ heads, epsilon },
      norm: normOf(params, norm),
      weight: param(params, `${qkv}.weight`),
      bias: qkvBias ? param(params, `${qkv}.bias`) : undefined,
    };
    const mixed = attend(within ? within.cut(tokens) : tokens, weights);
    return project(within ? within.join(mixed) : mixed, params, `${attn}.proj`);
  });
}

/** The mean over tokens behind a layer norm, and a linear layer: the norm's affine half goes into that. */
export function pooledHead(
  linear: string,
  width: number,
  classes: number,
  epsilon: number,
): Step<Tensor3D, Tensor2D> {
  return {
    parameters: [...normSpecs("norm", width), ...linearSpecs(linear, width, classes)],
    run(tokens, { params }) {
      const pooled = tf.mean(standardize(tokens, [-1], epsilon), 1) as Tensor2D;
      return normedLinear(pooled, params, { norm: "norm", linear });
    },
  };
}
