/**
 * CoaT and CoaT-Lite, as timm's `CoaT`: four scales one after the other, each with a class token, convolutions for
 * positions, and attention factorised into two small products; in CoaT further blocks that join the last three scales.
 *
 * The main path is `network`. Timm gives shared modules several names; here each has its first: `cpe2` and not
 * `serial_blocks2.0.cpe`, `crpe2` and not `….factoratt_crpe.crpe`, `mlp2` and not `mlp3` and `mlp4`.
 *
 * Taps: in a parallel block one feed-forward layer, `mlp2`, is applied to three maps in turn, so that each of its
 * hidden units is one neuron seen at three scales. It is tapped once, at the finest, where it has the most positions.
 *
 * @see Xu et al. 2021, https://arxiv.org/abs/2104.06399
 */

import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import { depthwise } from "../convolution.ts";
import { mergeHeads, splitHeads, standardize } from "../layers.ts";
import { type ParamSpec, type Params, param } from "../params.ts";
import { divide, ShapeError } from "../shape.ts";
import { patchTokens } from "./patches.ts";
import { type Context, type Network, type Step, sequential, type TappedStep } from "./sequence.ts";
import {
  convolutionSpecs,
  convolvePatches,
  feedForward,
  layerNorm,
  linearSpecs,
  mapOf,
  matrix,
  normedLinear,
  normSpecs,
  project,
  tokenAt,
  tokensOf,
  vector,
  withoutPrefix,
} from "./transformer-steps.ts";

export interface CoatConfig {
  readonly imageSize: number;
  /** Of the four scales. */
  readonly widths: readonly number[];
  readonly mlpRatios: readonly number[];
  readonly depths: readonly number[];
  /** Blocks that join the last three scales; 0 in CoaT-Lite. */
  readonly parallelDepth: number;
  readonly numClasses: number;
}

/** Norms of blocks and heads have timm's constant, those of patch embeddings PyTorch's. */
const EPSILON = 1e-6;
const TORCH_EPSILON = 1e-5;

const SCALES = 4;
const PATCH = 4;
const HEADS = 8;
/** Windows of the relative position encoding, and how many heads have each. Xu et al. 2021, section 3.2 */
const WINDOWS = [
  { window: 3, heads: 2 },
  { window: 5, heads: 3 },
  { window: 7, heads: 3 },
] as const;

const KEYS = ["imageSize", "widths", "mlpRatios", "depths", "parallelDepth", "numClasses"];

function parse(config: unknown): CoatConfig {
  const read = readConfig("coat", config, KEYS);
  const parsed: CoatConfig = {
    imageSize: read.count("imageSize"),
    widths: read.counts("widths"),
    mlpRatios: read.counts("mlpRatios"),
    depths: read.counts("depths"),
    parallelDepth: read.natural("parallelDepth", 0),
    numClasses: read.count("numClasses"),
  };
  for (const key of ["widths", "mlpRatios", "depths"] as const)
    if (parsed[key].length !== SCALES)
      throw new ConfigError(
        `coat: expected "${key}" to have an entry for each of ${SCALES} scales, got ${parsed[key].length}`,
      );
  divide("coat", ["imageSize", parsed.imageSize], ["the coarsest patch", PATCH * 2 ** (SCALES - 1)]);
  for (const width of parsed.widths) divide("coat", ["width", width], ["heads", HEADS]);
  const [, second, third, fourth] = scalesOf(parsed);
  if (parsed.parallelDepth > 0 && (!sameShape(second!, third!) || !sameShape(third!, fourth!)))
    throw new ShapeError(
      `coat: expected widths and mlpRatios of the last three scales to be equal, got ${parsed.widths} and ${parsed.mlpRatios}; parallel blocks share one feed-forward layer among them`,
    );
  return parsed;
}

interface Scale {
  /** As timm counts: 1 to 4. */
  readonly number: number;
  readonly width: number;
  readonly hidden: number;
  readonly depth: number;
  readonly grid: readonly [number, number];
}

const sameShape = (a: Scale, b: Scale): boolean => a.width === b.width && a.hidden === b.hidden;

function scalesOf(c: CoatConfig): readonly Scale[] {
  return c.widths.map((width, index) => {
    const side = c.imageSize / PATCH / 2 ** index;
    const hidden = width * c.mlpRatios[index]!;
    return { number: index + 1, width, hidden, depth: c.depths[index]!, grid: [side, side] };
  });
}

/** The tokens of each scale so far, [B, 1 + P, C]. */
type Tokens = readonly Tensor3D[];

function network(c: CoatConfig): Network<Tokens> {
  const scales = scalesOf(c);
  const joined = scales.slice(1);
  return {
    stem: finest(scales[0]!),
    steps: [
      ...scales.flatMap((scale, i) => [
        ...(i > 0 ? [coarser(scales[i - 1]!, scale)] : []),
        ...Array.from({ length: scale.depth }, (_, block) => serialBlock(scale, block)).flat(),
      ]),
      ...Array.from({ length: c.parallelDepth }, (_, block) => [
        parallelAttention(joined, block),
        parallelFeedForward(joined, block),
      ]).flat(),
    ],
    head: c.parallelDepth > 0 ? joinedHead(joined, c.numClasses) : liteHead(scales.at(-1)!, c.numClasses),
  };
}

function embeddingSpecs({ number, width }: Scale, inputs: number, window: number): readonly ParamSpec[] {
  return [
    ...convolutionSpecs(`patch_embed${number}.proj`, inputs, width, window),
    ...normSpecs(`patch_embed${number}.norm`, width),
    vector(`cls_token${number}`, [1, 1, width], "[1, 1, C]", "truncated-normal"),
  ];
}

/** Patches, normed, behind the scale's class token: [B, P, C] → [B, 1 + P, C]. */
function begin(patches: Tensor3D, params: Params, { number }: Scale): Tensor3D {
  const normed = layerNorm(patches, params, `patch_embed${number}.norm`, TORCH_EPSILON);
  const token = tf.tile(param(params, `cls_token${number}`) as Tensor3D, [patches.shape[0], 1, 1]);
  return tf.concat([token, normed], 1);
}

function finest(scale: Scale): Step<Tensor4D, Tokens> {
  return {
    parameters: embeddingSpecs(scale, 3, PATCH),
    run(images, { params }) {
      const kernel = param(params, "patch_embed1.proj.weight");
      return [begin(patchTokens(images, kernel, param(params, "patch_embed1.proj.bias")), params, scale)];
    },
  };
}

/** The next scale, from the patches of the one before, two by two. */
function coarser(from: Scale, to: Scale): Step<Tokens> {
  return {
    parameters: embeddingSpecs(to, from.width, 2),
    run(tokens, { params }) {
      const patches = withoutPrefix(tokens.at(-1)!, 1);
      const merged = convolvePatches(patches, from.grid, params, `patch_embed${to.number}.proj`);
      return [...tokens, begin(merged, params, to)];
    },
  };
}

function serialBlock(scale: Scale, block: number): readonly (Step<Tokens> | TappedStep<Tokens>)[] {
  const { number, width, hidden, grid } = scale;
  const name = `serial_blocks${number}.${block}`;
  const names = { norm: `${name}.norm1`, attn: `${name}.factoratt_crpe` };
  return [
    {
      parameters: [...positionSpecs(scale), ...attentionSpecs(scale, names)],
      run: (tokens, { params }) =>
        replaced(tokens, number - 1, (x) => {
          const placed = addPositions(x, params, scale);
          return tf.add(placed, factorisedAttention(placed, params, scale, names));
        }),
    },
    onScale(
      scale,
      feedForward({
        block: name,
        width,
        hidden,
        epsilon: EPSILON,
        grid,
        prefix: 1,
        label: `Scale ${number} · block ${block + 1}`,
      }),
    ),
  ];
}

const replaced = (tokens: Tokens, place: number, by: (x: Tensor3D) => Tensor3D): Tokens =>
  tokens.map((x, i) => (i === place ? by(x) : x));

/** A tapped step of one scale as one of all. */
function onScale({ number }: Scale, step: TappedStep<Tensor3D>): TappedStep<Tokens> {
  const own = (tokens: Tokens): Tensor3D => tokens[number - 1]!;
  return {
    tap: step.tap,
    before: step.before,
    after: step.after,
    run(tokens, context) {
      const { state, activations } = step.run(own(tokens), context);
      return { state: replaced(tokens, number - 1, () => state), activations };
    },
    activations: (tokens, context) => step.activations(own(tokens), context),
    chosen: (tokens, context, unit) => step.chosen(own(tokens), context, unit),
  };
}

const positionSpecs = ({ number, width }: Scale): readonly ParamSpec[] =>
  convolutionSpecs(`cpe${number}.proj`, 1, width, 3);

/** Positions as a 3×3 convolution of each channel of the patches, added to it; all blocks of a scale share it. */
function addPositions(tokens: Tensor3D, params: Params, { number, grid }: Scale): Tensor3D {
  const name = `cpe${number}.proj`;
  const map = mapOf(withoutPrefix(tokens, 1), grid);
  const convolved = tokensOf(depthwise(map, param(params, `${name}.weight`), 1, 1));
  return tf.add(tokens, besideClass(tf.add(convolved, param(params, `${name}.bias`)) as Tensor3D));
}

/** [B, P, C] → [B, 1 + P, C], zeros for the class token. */
const besideClass = (patches: Tensor3D): Tensor3D =>
  tf.pad(patches, [
    [0, 0],
    [1, 0],
    [0, 0],
  ]);

interface AttentionNames {
  readonly norm: string;
  readonly attn: string;
}

function attentionSpecs({ number, width }: Scale, { norm, attn }: AttentionNames): readonly ParamSpec[] {
  return [
    ...normSpecs(norm, width),
    ...linearSpecs(`${attn}.qkv`, width, 3 * width),
    ...linearSpecs(`${attn}.proj`, width, width),
    ...WINDOWS.flatMap(({ window, heads }, i) =>
      convolutionSpecs(`crpe${number}.conv_list.${i}`, 1, (heads * width) / HEADS, window),
    ),
  ];
}

/**
 * Attention without a matrix of tokens by tokens: Q(softmax(K)ᵀV)/√D, softmax over tokens, plus queries times their
 * neighbourhood of values, which stands for relative positions. [B, 1 + P, C] → same shape.
 *
 * @see Xu et al. 2021, equations 4 and 6
 */
function factorisedAttention(
  tokens: Tensor3D,
  params: Params,
  scale: Scale,
  { norm, attn }: AttentionNames,
): Tensor3D {
  const { width } = scale;
  const normalised = standardize(tokens, [-1], EPSILON);
  const [query, key, value] = [0, 1, 2].map((part) =>
    normedLinear(
      normalised,
      params,
      { norm, linear: `${attn}.qkv` },
      { rows: [part * width, (part + 1) * width] },
    ),
  ) as [Tensor3D, Tensor3D, Tensor3D];
  const weights = tf.softmax(tf.transpose(splitHeads(key, HEADS), [0, 1, 3, 2]));
  const summary = tf.mul(tf.matMul(weights, splitHeads(value, HEADS)), 1 / Math.sqrt(width / HEADS));
  const mixed = mergeHeads(tf.matMul(splitHeads(query, HEADS), summary) as Tensor4D);
  const near = tf.mul(withoutPrefix(query, 1), neighbourhood(withoutPrefix(value, 1), params, scale));
  return project(tf.add(mixed, besideClass(near as Tensor3D)), params, `${attn}.proj`);
}

/** Each channel of the values convolved with the window of its head, [B, P, C] → same shape. */
function neighbourhood(values: Tensor3D, params: Params, { number, width, grid }: Scale): Tensor3D {
  const map = mapOf(values, grid);
  const channels = WINDOWS.map(({ heads }) => (heads * width) / HEADS);
  const parts = (tf.split(map, channels, 1) as Tensor4D[]).map((part, i) => {
    const name = `crpe${number}.conv_list.${i}`;
    const convolved = depthwise(part, param(params, `${name}.weight`), 1, (WINDOWS[i]!.window - 1) / 2);
    return tf.add(convolved, tf.reshape(param(params, `${name}.bias`), [1, -1, 1, 1]));
  });
  return tokensOf(tf.concat(parts, 1) as Tensor4D);
}

const parallelNames = (block: number, { number }: Scale): AttentionNames => ({
  norm: `parallel_blocks.${block}.norm1${number}`,
  attn: `parallel_blocks.${block}.factoratt_crpe${number}`,
});

/** Attention within each of the last three scales, its results shared among them at the size of each. */
function parallelAttention(scales: readonly Scale[], block: number): Step<Tokens> {
  return {
    parameters: scales.flatMap((scale) => [
      ...positionSpecs(scale),
      ...attentionSpecs(scale, parallelNames(block, scale)),
    ]),
    run([first, ...rest], { params }) {
      const placed = rest.map((x, i) => addPositions(x, params, scales[i]!));
      const mixed = placed.map((x, i) =>
        factorisedAttention(x, params, scales[i]!, parallelNames(block, scales[i]!)),
      );
      const joined = placed.map((x, to) =>
        mixed.reduce((sum, y, from) => tf.add(sum, resize(y, scales[from]!, scales[to]!)), x),
      );
      return [first!, ...joined];
    },
  };
}

/**
 * Bilinear interpolation of a scale's patches to the size of another; its class token stays.
 *
 *   tokens [B, 1 + P, C] → [B, 1 + P', C]
 *
 * As torch's `interpolate` without aligned corners and without antialiasing. One product with a constant matrix: tfjs'
 * own resizing has no gradient for half pixels, and the product's is its transpose.
 */
function resize(tokens: Tensor3D, from: Scale, to: Scale): Tensor3D {
  if (from.number === to.number) return tokens;
  const [rows, columns] = [interpolation(from.grid[0], to.grid[0]), interpolation(from.grid[1], to.grid[1])];
  const [inputs, outputs] = [1 + rows.from * columns.from, 1 + rows.to * columns.to];
  const matrix = new Float32Array(outputs * inputs);
  matrix[0] = 1;
  for (const [row, fromRow, rowWeight] of rows.terms)
    for (const [column, fromColumn, columnWeight] of columns.terms) {
      const [output, input] = [1 + row * columns.to + column, 1 + fromRow * columns.from + fromColumn];
      matrix[output * inputs + input]! += rowWeight * columnWeight;
    }
  return tf.matMul(tf.tensor2d(matrix, [outputs, inputs]), tokens as Tensor) as Tensor3D;
}

/** Linear interpolation along an axis: which input each output takes, with what weight. */
function interpolation(from: number, to: number) {
  const terms = Array.from({ length: to }, (_, output) => {
    const place = Math.max(0, ((output + 0.5) * from) / to - 0.5);
    const [low, high] = [Math.floor(place), Math.min(Math.floor(place) + 1, from - 1)];
    const share = place - low;
    return [
      [output, low, 1 - share],
      [output, high, share],
    ] as const;
  });
  return { from, to, terms: terms.flat() };
}

/** The feed-forward layer that three scales share, each behind a norm of its own. */
function parallelFeedForward(scales: readonly Scale[], block: number): TappedStep<Tokens> {
  const layers = scales.map((scale) => {
    const layer = feedForward({
      block: `parallel_blocks.${block}`,
      norm: `norm2${scale.number}`,
      mlp: "mlp2",
      width: scale.width,
      hidden: scale.hidden,
      epsilon: EPSILON,
      grid: scale.grid,
      prefix: 1,
      label: `Parallel block ${block + 1}`,
    });
    return onScale(scale, layer);
  });
  const [tapped, ...others] = layers as [TappedStep<Tokens>, ...TappedStep<Tokens>[]];
  return {
    ...tapped,
    after: [...tapped.after, ...others.flatMap((layer) => layer.before)],
    run(tokens, context) {
      const { state, activations } = tapped.run(tokens, context);
      return { state: others.reduce((x, layer) => layer.run(x, context).state, state), activations };
    },
  };
}

/** The class token of a scale, standardised: [B, C]. */
const classOf = (tokens: Tensor3D): Tensor2D => standardize(tokenAt(tokens, 0), [-1], EPSILON);

function liteHead({ number, width }: Scale, classes: number): Step<Tokens, Tensor2D> {
  const names = { norm: `norm${number}`, linear: "head" };
  return {
    parameters: [...normSpecs(names.norm, width), ...linearSpecs("head", width, classes)],
    run: (tokens, { params }) => normedLinear(classOf(tokens.at(-1)!), params, names),
  };
}

/** A weighted sum of the three class tokens, by a convolution over them, and a linear layer. */
function joinedHead(scales: readonly Scale[], classes: number): Step<Tokens, Tensor2D> {
  const width = scales[0]!.width;
  return {
    parameters: [
      ...scales.flatMap((scale) => normSpecs(`norm${scale.number}`, width)),
      matrix("aggregate.weight", [1, scales.length, 1], "[1, 3, 1]", "fan-in-uniform"),
      vector("aggregate.bias", [1], "[1]"),
      ...linearSpecs("head", width, classes),
    ],
    run([, ...tokens], context: Context) {
      const { params } = context;
      const normed = tokens.map((x, i) =>
        layerNorm(tokenAt(x, 0), params, `norm${scales[i]!.number}`, EPSILON),
      );
      const weights = tf.reshape(param(params, "aggregate.weight"), [1, -1, 1]);
      const sum = tf.sum(tf.mul(tf.stack(normed, 1), weights), 1);
      return project(tf.add(sum, param(params, "aggregate.bias")) as Tensor2D, params, "head");
    },
  };
}

export const coat = sequential("coat", parse, network);
