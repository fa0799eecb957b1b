/**
 * LeViT, as timm's `LevitDistilled` with linear layers: a stem of convolutions, attention with a bias by place, batch
 * norms in place of layer norms, and attention that shrinks the map between stages.
 *
 * The main path is `network`. There is no class token: the logits are the mean of two heads on the mean token, in
 * training too. Where statistics are fixed, every norm goes into the layer before or behind it.
 *
 * @see Graham et al. 2021, https://arxiv.org/abs/2104.01136
 */

import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { biasedAttention, positionBias } from "../attention.ts";
import { ConfigError, readConfig } from "../config.ts";
import { normAffine, trainNorm } from "../convolution.ts";
import { linear, mergeHeads } from "../layers.ts";
import { type ParamSpec, param } from "../params.ts";
import { divide } from "../shape.ts";
import {
  normSpecs as batchNormSpecs,
  type Convolution,
  convolutionSpecs,
  run as convolve,
} from "./convolution-steps.ts";
import { type Context, type Network, type Step, sequential, type TappedStep } from "./sequence.ts";
import { matrix, tokensOf, vector } from "./transformer-steps.ts";

export interface LevitConfig {
  readonly imageSize: number;
  readonly widths: readonly number[];
  readonly heads: readonly number[];
  readonly depths: readonly number[];
  /** Width of a head's queries and keys. */
  readonly keyWidth: number;
  readonly numClasses: number;
}

/** PyTorch's default for batch norm. */
const EPSILON = 1e-5;
/** Of the stem: four convolutions of stride 2. */
const STRIDE = 16;
/** Hidden units per channel. */
const MLP_RATIO = 2;
/** Width of a head's values, in widths of its keys: within a stage, and where the map shrinks. */
const VALUE_RATIO = 2;
const SHRINKING_VALUE_RATIO = 4;

const KEYS = ["imageSize", "widths", "heads", "depths", "keyWidth", "numClasses"];

function parse(config: unknown): LevitConfig {
  const read = readConfig("levit", config, KEYS);
  const parsed: LevitConfig = {
    imageSize: read.count("imageSize"),
    widths: read.counts("widths"),
    heads: read.counts("heads"),
    depths: read.counts("depths"),
    keyWidth: read.count("keyWidth"),
    numClasses: read.count("numClasses"),
  };
  const { widths, heads, depths, keyWidth } = parsed;
  if (widths.length !== depths.length || heads.length !== depths.length)
    throw new ConfigError(
      `levit: expected widths and heads for each of ${depths.length} stages, got ${widths.length} and ${heads.length}; give lists of one length`,
    );
  divide("levit", ["imageSize", parsed.imageSize], ["the stem's stride", STRIDE]);
  divide("levit", ["width of the stem", widths[0]!], ["8", 8]);
  for (const width of widths.slice(0, -1)) divide("levit", ["width", width], ["keyWidth", keyWidth]);
  return parsed;
}

interface Stage {
  readonly index: number;
  readonly depth: number;
  readonly heads: number;
  readonly width: number;
  /** Rows, equal to columns, of tokens. */
  readonly side: number;
}

function stagesOf(c: LevitConfig): readonly Stage[] {
  return c.depths.map((depth, index) => {
    const side = Math.ceil(c.imageSize / STRIDE / 2 ** index);
    return { index, depth, heads: c.heads[index]!, width: c.widths[index]!, side };
  });
}

function network(c: LevitConfig): Network<Tensor3D> {
  const stages = stagesOf(c);
  return {
    stem: stem(c.widths[0]!),
    steps: stages.flatMap((stage, i) => [
      ...(i > 0 ? shrinking(c, stages[i - 1]!, stage) : []),
      ...Array.from({ length: stage.depth }, (_, block) => [
        attention(c, stage, block),
        feedForward(stage, `stages.${i}.blocks.${block}`, `block ${block + 1}`),
      ]).flat(),
    ]),
    head: head(c, stages.at(-1)!.width),
  };
}

/** A linear layer without bias, and the batch norm behind it: timm's LinearNorm. */
function linearNormSpecs(name: string, inputs: number, outputs: number): readonly ParamSpec[] {
  return [
    matrix(`${name}.linear.weight`, [outputs, inputs], "[out, in]"),
    ...batchNormSpecs({ name: `${name}.bn`, epsilon: EPSILON }, outputs),
  ];
}

/** [B, N, in] → [B, N, out] */
function linearNorm(x: Tensor3D, name: string, { params, statistics }: Context): Tensor3D {
  const weight = param(params, `${name}.linear.weight`);
  if (statistics) return tokenNorm(linear(x, weight), `${name}.bn`, { params, statistics });
  const { scale, shift } = normAffine(params, `${name}.bn`, EPSILON);
  return linear(x, tf.mul(weight, tf.reshape(scale, [-1, 1])), shift);
}

/** A batch norm over images and tokens, with the batch's statistics: [..., C] → same shape. */
function tokenNorm<T extends Tensor>(x: T, name: string, { params, statistics }: Required<Context>): T {
  const channels = x.shape.at(-1)!;
  const flat = tf.reshape(x, [-1, channels, 1, 1]) as Tensor4D;
  return tf.reshape(trainNorm(flat, params, name, EPSILON, statistics), x.shape) as T;
}

/**
 * x·min(max(x + 3, 0), 6)/6, a SiLU of straight pieces.
 *
 *   x any shape → same shape
 *
 * Gradient: min(max(x + 3, 0), 6)/6, plus x/6 where |x| < 3.
 * @see Howard et al. 2019, https://arxiv.org/abs/1905.02244, section 5.2
 */
function hardSwish<T extends Tensor>(x: T): T {
  const operation = tf.customGrad((value: Tensor | tf.GradSaveFunc, save: Tensor | tf.GradSaveFunc) => {
    const input = value as Tensor;
    const gate = tf.mul(tf.clipByValue(tf.add(input, 3), 0, 6), 1 / 6);
    (save as tf.GradSaveFunc)([input, gate]);
    return {
      value: tf.mul(input, gate),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [z, open] = saved as [Tensor, Tensor];
        const inside = tf.cast(tf.less(tf.abs(z), 3), "float32");
        return tf.mul(dy, tf.add(open, tf.mul(tf.mul(z, inside), 1 / 6)));
      },
    };
  });
  return operation(x) as T;
}

/** Four convolutions, each halving the map: [B, 3, H, W] → [B, (H/16)(W/16), C]. */
function stem(width: number): Step<Tensor4D, Tensor3D> {
  const widths = [3, width / 8, width / 4, width / 2, width];
  const layers = widths.slice(1).map((outputs, i): Convolution => {
    const name = `stem.conv${i + 1}`;
    const norm = { name: `${name}.bn`, epsilon: EPSILON };
    return {
      name: `${name}.linear`,
      norm,
      inputs: widths[i]!,
      outputs,
      window: 3,
      stride: 2,
      padding: 1,
    };
  });
  return {
    parameters: layers.flatMap(convolutionSpecs),
    run: (images, context) =>
      tokensOf(layers.reduce((x, layer, i) => convolve(i > 0 ? hardSwish(x) : x, layer, context), images)),
  };
}

/** A stage's attention with residual: [B, N, C] → [B, N, C]. */
function attention(c: LevitConfig, stage: Stage, block: number): Step<Tensor3D> {
  const { index, width, heads, side } = stage;
  const name = `stages.${index}.blocks.${block}.attn`;
  const [keys, values] = [c.keyWidth, VALUE_RATIO * c.keyWidth];
  return {
    parameters: [
      biasSpec(name, heads, side),
      ...linearNormSpecs(`${name}.qkv`, width, heads * (2 * keys + values)),
      ...linearNormSpecs(`${name}.proj.ln`, heads * values, width),
    ],
    run(tokens, context) {
      const [query, key, value] = headsOf(linearNorm(tokens, `${name}.qkv`, context), heads, [
        keys,
        keys,
        values,
      ]);
      const mixed = mix([query!, key!, value!], placesOf(side, 1), `${name}.attention_biases`, context);
      return tf.add(tokens, linearNorm(hardSwish(mixed), `${name}.proj.ln`, context));
    },
  };
}

/** Attention whose queries are every second token of every second row, and the feed-forward layer behind it. */
function shrinking(
  c: LevitConfig,
  from: Stage,
  to: Stage,
): readonly (Step<Tensor3D> | TappedStep<Tensor3D>)[] {
  const block = `stages.${to.index}.downsample`;
  const name = `${block}.attn_downsample`;
  const heads = from.width / c.keyWidth;
  const [keys, values] = [c.keyWidth, SHRINKING_VALUE_RATIO * c.keyWidth];
  const attention: Step<Tensor3D> = {
    parameters: [
      biasSpec(name, heads, from.side),
      ...linearNormSpecs(`${name}.kv`, from.width, heads * (keys + values)),
      ...linearNormSpecs(`${name}.q.ln`, from.width, heads * keys),
      ...linearNormSpecs(`${name}.proj.ln`, heads * values, to.width),
    ],
    run(tokens, context) {
      const [key, value] = headsOf(linearNorm(tokens, `${name}.kv`, context), heads, [keys, values]);
      const few = linearNorm(everySecond(tokens, from.side), `${name}.q.ln`, context);
      const [query] = headsOf(few, heads, [keys]);
      const mixed = mix([query!, key!, value!], placesOf(from.side, 2), `${name}.attention_biases`, context);
      return linearNorm(hardSwish(mixed), `${name}.proj.ln`, context);
    },
  };
  return [attention, feedForward(to, block, "shrinking")];
}

/** One bias a head for each difference of rows and columns. */
const biasSpec = (name: string, heads: number, side: number): ParamSpec =>
  vector(`${name}.attention_biases`, [heads, side * side], "[K, G²]");

/** [B, N, K·Σwidths], a head's parts side by side → for each part [B, K, N, width]. */
function headsOf(x: Tensor3D, heads: number, widths: readonly number[]): Tensor4D[] {
  const [batch, tokens] = x.shape;
  const byHead = tf.reshape(x, [batch, tokens, heads, -1]);
  return widths.map((width, part) => {
    const from = widths.slice(0, part).reduce((sum, earlier) => sum + earlier, 0);
    return tf.transpose(tf.slice(byHead, [0, 0, 0, from], [-1, -1, -1, width]), [0, 2, 1, 3]) as Tensor4D;
  });
}

/** Attention with a bias by place: [B, M, K·E] of M queries. */
function mix(
  [query, key, value]: readonly [Tensor4D, Tensor4D, Tensor4D],
  { index, shape }: Places,
  biases: string,
  { params }: Context,
): Tensor3D {
  const bias = positionBias(tf.transpose(param(params, biases)), index, shape);
  const scaled = tf.mul(query, 1 / Math.sqrt(query.shape[3])) as Tensor4D;
  return mergeHeads(biasedAttention(scaled, key, value, bias));
}

interface Places {
  /** For each query and key the column of the table of biases. */
  readonly index: Int32Array;
  readonly shape: readonly [queries: number, keys: number];
}

/** Queries at every `stride`-th token of every `stride`-th row of a map, keys at all. */
function placesOf(side: number, stride: number): Places {
  const across = Math.ceil(side / stride);
  const shape = [across * across, side * side] as const;
  const index = Int32Array.from({ length: shape[0] * shape[1] }, (_, place) => {
    const [query, key] = [Math.floor(place / shape[1]), place % shape[1]];
    const rows = Math.abs(Math.floor(query / across) * stride - Math.floor(key / side));
    const columns = Math.abs((query % across) * stride - (key % side));
    return rows * side + columns;
  });
  return { index, shape };
}

/** Every second token of every second row, from the first: [B, G·G, C] → [B, ⌈G/2⌉², C]. */
function everySecond(tokens: Tensor3D, side: number): Tensor3D {
  const [batch, , width] = tokens.shape;
  const half = Math.ceil(side / 2);
  const after = 2 * half - side;
  // By reshape and slice: tfjs has no gradient for strided slices.
  const even = tf.pad(tf.reshape(tokens, [batch, side, side, width]), [
    [0, 0],
    [0, after],
    [0, after],
    [0, 0],
  ]);
  const pairs = tf.reshape(even, [batch * half, 2, half, 2 * width]);
  return tf.reshape(tf.slice(pairs, [0, 0, 0, 0], [-1, 1, -1, width]), [batch, half * half, width]);
}

/** x + ln2(hardSwish(ln1(x))) over tokens [B, P, C]. */
function feedForward({ index, width, side }: Stage, block: string, label: string): TappedStep<Tensor3D> {
  const [first, second, hidden] = [`${block}.mlp.ln1`, `${block}.mlp.ln2`, MLP_RATIO * width];
  const units = (tokens: Tensor3D, context: Context): Tensor3D =>
    hardSwish(linearNorm(tokens, first, context));
  return {
    tap: {
      name: `${block}.mlp.act`,
      kind: "mlp.act",
      units: hidden,
      grid: [side, side],
      label: `Stage ${index + 1} · ${label} · feed-forward`,
    },
    before: linearNormSpecs(first, width, hidden),
    after: linearNormSpecs(second, hidden, width),
    run(tokens, context) {
      const found = units(tokens, context);
      const state: Tensor3D = tf.add(tokens, linearNorm(found, second, context));
      return { state, activations: () => found };
    },
    activations: units,
    chosen: (tokens, context, unit) => hardSwish(linearNormEach(tokens, first, context, unit)),
  };
}

/** One output of `linearNorm` an image, with fixed statistics: [B, P, C] → [B, P]. */
function linearNormEach(tokens: Tensor3D, name: string, { params }: Context, unit: Tensor1D): Tensor2D {
  const [batch, positions, width] = tokens.shape;
  const units = unit.shape[0];
  const copies = divide("levit.feature", ["images", batch], ["units", units]);
  const { scale, shift } = normAffine(params, `${name}.bn`, EPSILON);
  const column = (values: Tensor): Tensor => tf.reshape(tf.gather(values, unit), [units, 1, 1]);
  const rows = tf.reshape(tf.gather(param(params, `${name}.linear.weight`), unit), [units, width, 1]);
  const product = tf.matMul(
    tf.reshape(tokens, [units, copies * positions, width]),
    tf.mul(rows, column(scale)),
  );
  return tf.reshape(tf.add(product, column(shift)), [batch, positions]);
}

/** Batch norm, then a linear layer, twice; the mean of both. [B, N, C] → [B, classes]. */
function head({ numClasses }: LevitConfig, width: number): Step<Tensor3D, Tensor2D> {
  const heads = ["head", "head_dist"];
  return {
    parameters: heads.flatMap((name) => [
      ...batchNormSpecs({ name: `${name}.bn`, epsilon: EPSILON }, width),
      matrix(`${name}.linear.weight`, [numClasses, width], "[classes, C]"),
      vector(`${name}.linear.bias`, [numClasses], "[classes]"),
    ]),
    run(tokens, context) {
      const pooled = tf.mean(tokens, 1) as Tensor2D;
      const [first, second] = heads.map((name) => normLinear(pooled, name, context));
      return tf.mul(tf.add(first!, second!), 0.5);
    },
  };
}

/** timm's NormLinear, [B, C] → [B, classes]; fixed statistics go into the linear layer. */
function normLinear(x: Tensor2D, name: string, { params, statistics }: Context): Tensor2D {
  const weight = param(params, `${name}.linear.weight`) as Tensor2D;
  const bias = param(params, `${name}.linear.bias`);
  if (statistics) return linear(tokenNorm(x, `${name}.bn`, { params, statistics }), weight, bias);
  const { scale, shift } = normAffine(params, `${name}.bn`, EPSILON);
  const shifted = tf.reshape(tf.matMul(weight, tf.reshape(shift, [-1, 1])), [-1]);
  return linear(x, tf.mul(weight, scale), tf.add(shifted, bias));
}

export const levit = sequential("levit", parse, network);
