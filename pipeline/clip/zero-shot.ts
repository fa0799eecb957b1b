/**
 * The zero-shot head of a CLIP image tower: its classes' texts, embedded by the text tower through the traced engine.
 *
 * @see Radford et al. 2021, section 3.1.2 and figure 3, https://arxiv.org/abs/2103.00020
 */
import { type ClipTextConfig, embedTexts } from "#core/models/clip-text.ts";
import type { ClipTokenizer } from "#core/tokenizer/clip-tokenizer.ts";
import { type CompileOptions, compile, type Weights } from "../run/index.ts";

/** Texts of one run. */
const BATCH = 32;

export interface TextTower {
  readonly config: ClipTextConfig;
  /** By `clipTextParameters` of the core: open_clip's names. */
  readonly weights: Weights;
}

export interface ZeroShotTexts {
  readonly classes: readonly string[];
  /** Sentences in which `{}` stands for the class; a class' embedding is the mean over them. */
  readonly prompts: readonly string[];
}

/**
 * Values of `zero_shot.weight`, [classes, E]: the mean of a class' normalised embeddings, at length exp(logit_scale).
 *
 * @throws AtlasFailure weights-mismatch, device-missing, device-failed
 */
export async function zeroShotHead(
  { config, weights }: TextTower,
  tokenizer: ClipTokenizer,
  { classes, prompts }: ZeroShotTexts,
  options: CompileOptions,
): Promise<Float32Array> {
  const texts = classes.flatMap((name) => prompts.map((prompt) => prompt.replaceAll("{}", name)));
  const { tokens, last } = tokenizer.tokenize(texts, config.context);
  // A causal tower's answer at the last token does not depend on what is filled up after it.
  const length = Math.max(...last) + 1;
  const scale = Math.exp(weights.logit_scale!.data[0]!);
  const means = new Float64Array(classes.length * config.embedding);

  const runner = await compile(embedTexts(config, BATCH, length), weights, options);
  try {
    for (let first = 0; first < texts.length; first += BATCH) {
      const feeds = batchOf(tokens, last, first, config.context, length);
      const embedding = (await runner.run(feeds)).embedding!;
      const filled = Math.min(BATCH, texts.length - first) * config.embedding;
      for (let i = 0; i < filled; i++) {
        const row = Math.floor((first + Math.floor(i / config.embedding)) / prompts.length);
        means[row * config.embedding + (i % config.embedding)]! += embedding[i]!;
      }
    }
  } finally {
    await runner.dispose();
  }
  return rowsOfLength(scale, means, config.embedding);
}

/** Texts from `first` on, cut to `length` tokens; after the last text rows of zeros, whose results are not read. */
function batchOf(
  tokens: Int32Array,
  last: Int32Array,
  first: number,
  context: number,
  length: number,
): { tokens: Int32Array; last: Int32Array } {
  const batch = { tokens: new Int32Array(BATCH * length), last: new Int32Array(BATCH) };
  batch.last.set(last.subarray(first, first + BATCH));
  for (let i = 0; i < Math.min(BATCH, last.length - first); i++) {
    const start = (first + i) * context;
    batch.tokens.set(tokens.subarray(start, start + length), i * length);
  }
  return batch;
}

function rowsOfLength(scale: number, rows: Float64Array, width: number): Float32Array {
  const result = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    const row = rows.subarray(start, start + width);
    const factor = scale / Math.hypot(...row);
    row.forEach((value, i) => {
      result[start + i] = value * factor;
    });
  }
  return result;
}
