/**
 * The text tower of OpenAI's CLIP, with the names that open_clip's files of the whole model have.
 *
 * A causal transformer over byte-pair tokens; the text's embedding is read at its last token. Not a family of the
 * registry: it has no image. Tokens come from tokenizer/clip-tokenizer.ts.
 *
 * @see Radford et al. 2021, section 2.4, https://arxiv.org/abs/2103.00020
 */

import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { type Definition, int32 } from "../definition.ts";
import type { Norm } from "../layers.ts";
import { foldNorm, linear, standardize } from "../layers.ts";
import { type ParamSpec, type Params, param, paramSpecs } from "../params.ts";
import { divide, ShapeError } from "../shape.ts";
import { hiddenUnits } from "./feed-forward.ts";
import { selfAttention } from "./self-attention.ts";
import { unitLength } from "./zero-shot.ts";

export interface ClipTextConfig {
  /** Most tokens of a text, with those that begin and end it. */
  readonly context: number;
  /** How many tokens there are. */
  readonly vocabulary: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Width of the space that texts share with images. */
  readonly embedding: number;
}

/** PyTorch's default. */
const EPSILON = 1e-5;
/** exp of it is 0 in float32 beside any score; WGSL has no infinities. */
const NEVER = -1e30;

/** The tower's tensors, and `logit_scale`, which is the whole model's: a zero-shot head needs it. */
export function clipTextParameters(c: ClipTextConfig): readonly ParamSpec[] {
  divide("clip-text", ["width", c.width], ["heads", c.heads]);
  const [C, E] = [c.width, c.embedding];
  const matrix = (name: string, shape: number[], symbols: string) =>
    ({ name, shape, symbols, init: "truncated-normal", trainable: true, decay: true }) as const;
  const vector = (name: string, shape: number[], symbols: string, init: "ones" | "zeros" = "zeros") =>
    ({ name, shape, symbols, init, trainable: true, decay: false }) as const;
  const norm = (name: string): ParamSpec[] => [
    vector(`${name}.weight`, [C], "[C]", "ones"),
    vector(`${name}.bias`, [C], "[C]"),
  ];
  const block = (name: string): ParamSpec[] => [
    ...norm(`${name}.ln_1`),
    matrix(`${name}.attn.in_proj_weight`, [3 * C, C], "[3C, C]"),
    vector(`${name}.attn.in_proj_bias`, [3 * C], "[3C]"),
    matrix(`${name}.attn.out_proj.weight`, [C, C], "[C, C]"),
    vector(`${name}.attn.out_proj.bias`, [C], "[C]"),
    ...norm(`${name}.ln_2`),
    matrix(`${name}.mlp.c_fc.weight`, [4 * C, C], "[4C, C]"),
    vector(`${name}.mlp.c_fc.bias`, [4 * C], "[4C]"),
    matrix(`${name}.mlp.c_proj.weight`, [C, 4 * C], "[C, 4C]"),
    vector(`${name}.mlp.c_proj.bias`, [C], "[C]"),
  ];
  return [
    matrix("token_embedding.weight", [c.vocabulary, C], "[V, C]"),
    matrix("positional_embedding", [c.context, C], "[context, C]"),
    ...Array.from({ length: c.depth }, (_, i) => block(blockName(i))).flat(),
    ...norm("ln_final"),
    matrix("text_projection", [C, E], "[C, E]"),
    vector("logit_scale", [], "[]"),
  ];
}

/**
 * The embeddings of a batch of texts.
 *
 *   inputs   tokens [B, N] int32  N of them at most `context`; what is after the last one of a text has no effect
 *            last   [B] int32     place of the token that ends each text
 *   outputs  embedding [B, E]     rows of length 1
 *
 * @throws ShapeError for more tokens than the tower has positions
 */
export function embedTexts(c: ClipTextConfig, batch: number, length: number): Definition {
  if (length > c.context)
    throw new ShapeError(`clip-text: expected at most ${c.context} tokens, got ${length}; cut the texts`);
  const read = clipTextParameters(c).filter(({ name }) => name !== "logit_scale");
  return {
    name: `clip-text-${batch}-${length}`,
    inputs: { tokens: int32(batch, length), last: int32(batch) },
    params: paramSpecs(read),
    run: ({ tokens, last }, params) => ({
      embedding: embeddings(c, tokens as Tensor2D, last as Tensor1D, params),
    }),
  };
}

function embeddings(c: ClipTextConfig, tokens: Tensor2D, last: Tensor1D, params: Params): Tensor2D {
  const [batch, length] = tokens.shape;
  const words = tf.gather(param(params, "token_embedding.weight"), tokens) as Tensor3D;
  const positions = tf.slice(param(params, "positional_embedding"), [0, 0], [length, c.width]);
  const mask = causalMask(length);
  let x = tf.add(words, positions) as Tensor3D;
  for (let i = 0; i < c.depth; i++) x = block(c, x, params, blockName(i), mask);

  const rows = tf.tensor1d(
    Int32Array.from({ length: batch }, (_, text) => text * length),
    "int32",
  );
  const ends = tf.gather(
    tf.reshape(x, [batch * length, c.width]),
    tf.add(rows, last) as Tensor1D,
  ) as Tensor2D;
  const projection = tf.transpose(param(params, "text_projection"));
  const folded = foldNorm(norm(params, "ln_final"), projection, undefined);
  return unitLength(linear(standardize(ends, [-1], EPSILON), folded.weight, folded.bias));
}

function block(c: ClipTextConfig, x: Tensor3D, params: Params, name: string, mask: Tensor2D): Tensor3D {
  const seen = selfAttention(x, {
    heads: c.heads,
    epsilon: EPSILON,
    norm: norm(params, `${name}.ln_1`),
    weight: param(params, `${name}.attn.in_proj_weight`),
    bias: param(params, `${name}.attn.in_proj_bias`),
    mask,
  });
  const y = tf.add(x, project(seen, params, `${name}.attn.out_proj`)) as Tensor3D;
  const hidden = hiddenUnits(y, {
    epsilon: EPSILON,
    norm: norm(params, `${name}.ln_2`),
    weight: param(params, `${name}.mlp.c_fc.weight`),
    bias: param(params, `${name}.mlp.c_fc.bias`),
    activation: "quick_gelu",
  });
  return tf.add(y, project(hidden, params, `${name}.mlp.c_proj`));
}

/** [N, N]: 0 where a token sees another, itself and those before it. */
function causalMask(length: number): Tensor2D {
  const sees = (i: number): boolean => i % length <= Math.floor(i / length);
  const values = Float32Array.from({ length: length ** 2 }, (_, i) => (sees(i) ? 0 : NEVER));
  return tf.tensor2d(values, [length, length]);
}

const blockName = (i: number): string => `transformer.resblocks.${i}`;

const norm = (params: Params, name: string): Norm => ({
  weight: param(params, `${name}.weight`),
  bias: param(params, `${name}.bias`),
});

const project = (x: Tensor3D, params: Params, name: string): Tensor3D =>
  linear<Tensor3D>(x, param(params, `${name}.weight`), param(params, `${name}.bias`));
