/**
 * A model's weights cut into the chunks that pages load, as halves. Pure; `weights.ts` keeps and publishes them.
 *
 * Chunks follow the taps: the first holds what the first tap needs, each further one what its tap needs beyond those
 * before it, the last what only the classes need. The cut is made from shapes alone, so that a large model's bytes
 * are made a chunk at a time.
 */
import { type Model, type ModelConfig, openModel } from "#core/models/index.ts";
import type { ParamSpec } from "#core/params.ts";
import { size } from "#core/shape.ts";
import { FLOAT16_MAX, float16ToFloat32, toFloat16 } from "#format/float16.ts";
import { FormatError } from "#format/format-error.ts";
import type { ModelWeights } from "#format/model-weights.ts";
import type { Weights } from "../run/index.ts";
import { digestOf } from "../store/objects.ts";

type Chunk = ModelWeights["chunks"][number];

/** A chunk before its bytes are known. */
export type ChunkPlan = Omit<Chunk, "object">;

export interface WeightPlan {
  readonly chunks: readonly ChunkPlan[];
  readonly taps: ModelWeights["taps"];
}

const HALF_BYTES = 2;

/** What a chunk may hold; only a tensor that is larger on its own makes a larger one. */
const MAX_CHUNK_BYTES = 4_000_000;

/** Says which tensor goes where. */
export function planChunks(model: Model): WeightPlan {
  const placed = new Set<string>();
  const chunks: ChunkPlan[] = [];
  const place = (tap: string | null, specs: readonly ParamSpec[]) => {
    const added = specs.filter(({ name }) => !placed.has(name));
    for (const { name } of added) placed.add(name);
    chunks.push(...split(added).map((tensors) => ({ tap, tensors })));
  };
  const taps: Record<string, number> = {};
  for (const { name } of [...model.taps].sort((a, b) => a.depth - b.depth)) {
    place(name, model.featureParameters(name));
    taps[name] = chunks.length;
  }
  place(null, model.parameters);
  return { chunks, taps };
}

/** Tensors in their order, in as few chunks as their size allows. */
function split(specs: readonly ParamSpec[]): Chunk["tensors"][] {
  const chunks: Chunk["tensors"][] = [];
  let offset = 0;
  for (const { name, shape } of specs) {
    const bytes = size(shape) * HALF_BYTES;
    if (chunks.length === 0 || offset + bytes > MAX_CHUNK_BYTES) {
      chunks.push([]);
      offset = 0;
    }
    chunks.at(-1)!.push({ name, shape: [...shape], offset });
    offset += bytes;
  }
  return chunks;
}

export interface EncodedChunk {
  /** binary16, little-endian, tensor after tensor. */
  readonly bytes: Uint8Array;
  /** Largest |rounded − original| / largest |original| of a tensor. */
  readonly rounding: number;
}

/**
 * Makes the bytes of a chunk.
 *
 * @throws FormatError that names the tensor with a number that no half can hold
 */
export function encodeChunk({ tensors }: ChunkPlan, weights: Weights): EncodedChunk {
  const length = tensors.reduce((sum, { shape }) => sum + size(shape), 0);
  const bytes = new Uint8Array(length * HALF_BYTES);
  const view = new DataView(bytes.buffer);
  let rounding = 0;
  for (const { name, offset } of tensors) {
    const { data } = weights[name]!;
    const halves = Uint16Array.from(data, toFloat16);
    halves.forEach((half, i) => {
      view.setUint16(offset + i * HALF_BYTES, half, true);
    });
    rounding = Math.max(rounding, roundingOf(name, data, float16ToFloat32(halves)));
  }
  return { bytes, rounding };
}

function roundingOf(name: string, original: Float32Array, rounded: Float32Array): number {
  let [largest, error] = [0, 0];
  for (let i = 0; i < original.length; i++) {
    const magnitude = Math.abs(original[i]!);
    if (!(magnitude <= FLOAT16_MAX)) {
      throw new FormatError(
        `"${name}"`,
        `numbers within ±${FLOAT16_MAX}, which halves hold`,
        `${original[i]}`,
        "pages of this model load no weights",
      );
    }
    largest = Math.max(largest, magnitude);
    error = Math.max(error, Math.abs(rounded[i]! - original[i]!));
  }
  return largest === 0 ? 0 : error / largest;
}

export interface WeightChunks extends Pick<ModelWeights, "chunks" | "taps" | "rounding"> {
  /** Of each chunk. */
  readonly bytes: readonly Uint8Array[];
}

/**
 * All chunks of a model at once, for models that fit into memory twice.
 *
 * @throws FormatError as `encodeChunk`
 */
export function weightChunks(config: ModelConfig, weights: Weights): WeightChunks {
  const { chunks, taps } = planChunks(openModel(config));
  const encoded = chunks.map((plan) => encodeChunk(plan, weights));
  return {
    chunks: chunks.map((plan, i) => {
      const { bytes } = encoded[i]!;
      return { ...plan, object: { digest: digestOf(bytes), ext: "bin", bytes: bytes.length } };
    }),
    taps,
    rounding: Math.max(...encoded.map(({ rounding }) => rounding)),
    bytes: encoded.map(({ bytes }) => bytes),
  };
}
