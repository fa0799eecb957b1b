/**
 * An ascent step the way one writes it in tfjs, to measure the island against: the whole network forward, every
 * gradient by tfjs' autodiff, channels last, an optimizer of tfjs, and the loss read at each step.
 *
 * Equal to the core's step up to rounding; `island.ts` checks that before it measures.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Feeds } from "#core/feeds.ts";
import type { Recipe } from "#core/recipes.ts";

export interface VitNumbers {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}
export type Params = Readonly<Record<string, tf.Tensor>>;

const layerNorm = (x: tf.Tensor3D, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor3D => {
  const { mean, variance } = tf.moments(x, -1, true);
  const normalised = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-6)));
  return tf.add(tf.mul(normalised, weight), bias);
};

const gelu = <T extends tf.Tensor>(x: T): T =>
  tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.div(x, Math.SQRT2))));

const linear = (x: tf.Tensor3D, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor3D => {
  const [batch, tokens, width] = x.shape;
  const flat = tf.matMul(tf.reshape(x, [batch * tokens, width]), weight as tf.Tensor2D, false, true);
  return tf.reshape(tf.add(flat, bias), [batch, tokens, weight.shape[0]!]) as tf.Tensor3D;
};

function attention(x: tf.Tensor3D, p: Params, name: string, heads: number): tf.Tensor3D {
  const [batch, tokens, width] = x.shape;
  const qkv = tf.reshape(linear(x, p[`${name}.qkv.weight`]!, p[`${name}.qkv.bias`]!), [
    batch,
    tokens,
    3,
    heads,
    width / heads,
  ]);
  const [q, k, v] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4])) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads)));
  const merged = tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [batch, tokens, width]);
  return linear(merged as tf.Tensor3D, p[`${name}.proj.weight`]!, p[`${name}.proj.bias`]!);
}

/** [B, H, W, 3] normalised → the hidden layer of a block, [B, P, F]; the network is run to its end all the same. */
function forward(c: VitNumbers, images: tf.Tensor4D, p: Params, tap: number): tf.Tensor3D {
  const kernel = tf.transpose(p["patch_embed.proj.weight"] as tf.Tensor4D, [2, 3, 1, 0]);
  const patches = tf.add(tf.conv2d(images, kernel, c.patchSize, "valid"), p["patch_embed.proj.bias"]!);
  const tokens = tf.reshape(patches, [images.shape[0], -1, c.width]) as tf.Tensor3D;
  const classes = tf.tile(p.cls_token as tf.Tensor3D, [images.shape[0], 1, 1]);
  let x = tf.add(tf.concat([classes, tokens], 1), p.pos_embed!) as tf.Tensor3D;
  let found: tf.Tensor3D | undefined;
  for (let i = 0; i < c.depth; i++) {
    const at = (name: string) => p[`blocks.${i}.${name}`]!;
    x = tf.add(
      x,
      attention(layerNorm(x, at("norm1.weight"), at("norm1.bias")), p, `blocks.${i}.attn`, c.heads),
    );
    const inner = layerNorm(x, at("norm2.weight"), at("norm2.bias"));
    const hidden = gelu(linear(inner, at("mlp.fc1.weight"), at("mlp.fc1.bias")));
    if (i === tap) found = hidden;
    x = tf.add(x, linear(hidden, at("mlp.fc2.weight"), at("mlp.fc2.bias")));
  }
  const out = layerNorm(x, p["norm.weight"]!, p["norm.bias"]!);
  linear(tf.slice(out, [0, 0, 0], [-1, 1, -1]), p["head.weight"]!, p["head.bias"]!);
  return tf.slice(found!, [0, 1, 0], [-1, -1, -1]);
}

/** Around the edges, by cutting and joining. */
function roll(image: tf.Tensor4D, axis: 1 | 2, by: number): tf.Tensor4D {
  if (by === 0) return image;
  const [head, tail] = tf.split(image, [by, image.shape[axis] - by], axis);
  return tf.concat([tail!, head!] as [tf.Tensor4D, tf.Tensor4D], axis);
}

function variation(image: tf.Tensor4D, weight: tf.Tensor): tf.Scalar {
  const [, height, width] = image.shape;
  const cut = (row: number, column: number, down: number, right: number) =>
    tf.slice(image, [0, row, column, 0], [-1, height - down, width - right, -1]);
  const parts = [
    tf.sub(cut(0, 1, 0, 1), cut(0, 0, 0, 1)),
    tf.sub(cut(1, 0, 1, 0), cut(0, 0, 1, 0)),
    tf.sub(cut(1, 1, 1, 1), cut(0, 0, 1, 1)),
    tf.sub(cut(1, 0, 1, 1), cut(0, 1, 1, 1)),
  ].map((difference) => tf.sum(tf.mul(tf.sqrt(tf.sum(tf.square(difference), [1, 2])), weight)));
  return tf.addN(parts) as tf.Scalar;
}

/** What is descended, of an image [1, H, W, 3]; feeds are uploaded anew. */
export function plainLoss(
  c: VitNumbers,
  p: Params,
  tap: number,
  unit: number,
  recipe: Recipe,
  feeds: Feeds,
  image: tf.Tensor4D,
): tf.Scalar {
  const moved = roll(roll(image, 1, feeds.rows![0]!), 2, feeds.columns![0]!);
  const copies = tf.tile(moved, [recipe.copies, 1, 1, 1]);
  const perChannel = (name: string) => tf.tensor(feeds[name]!, [recipe.copies, 1, 1, 3]);
  const coloured = tf.add(
    tf.mul(copies, perChannel("colourScale")),
    perChannel("colourShift"),
  ) as tf.Tensor4D;
  const input = tf.div(tf.sub(coloured, tf.tensor1d([...c.mean])), tf.tensor1d([...c.std])) as tf.Tensor4D;
  const hidden = forward(c, input, p, tap);
  const objective = tf.mean(tf.slice(hidden, [0, 0, unit], [-1, -1, 1]));
  const channelWeight = tf.div(tf.mean(tf.tensor(feeds.colourScale!, [recipe.copies, 3]), 0), 3);
  const smooth = tf.mul(variation(moved, channelWeight), recipe.variationScale * recipe.variationWeight);
  return tf.add(tf.neg(objective), smooth) as tf.Scalar;
}
