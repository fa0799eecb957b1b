/** A model's weights on the device: chunks are fetched as layers need them, decoded once, and stay. */
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { size } from "#core/shape.ts";
import { float16ToFloat32 } from "#format/float16.ts";
import { chunksFor } from "#format/weight-chunks.ts";
import type { ModelSource } from "../protocol.ts";
import { fetchChunk } from "./chunks.ts";

/** Bytes so far and in all of what is being loaded; `fromCache` of those that needed no network. */
export type LoadProgress = (loaded: number, total: number, fromCache: number) => void;

export class Weights {
  readonly #source: ModelSource;
  readonly #tensors: Record<string, Tensor> = {};
  readonly #loaded = new Set<string>();

  constructor(source: ModelSource) {
    this.#source = source;
  }

  /**
   * All weights that a tap needs, or the whole model's, on tfjs' current backend.
   *
   * @returns tensors by name, more than asked for where more are loaded; they stay this object's
   * @throws FormatError for an unknown tap; ReaderError
   */
  async load(tap: string | undefined, progress: LoadProgress): Promise<Readonly<Record<string, Tensor>>> {
    const { manifest, root } = this.#source;
    const missing = chunksFor(manifest, tap).filter(({ object }) => !this.#loaded.has(object.digest));
    const total = missing.reduce((sum, { object }) => sum + object.bytes, 0);
    let [before, cached] = [0, 0];
    for (const { object, tensors } of missing) {
      const bytes = await fetchChunk(root, object, (count, fromCache) => {
        if (fromCache) cached += count;
        progress(before + count, total, cached);
      });
      before += object.bytes;
      for (const { name, shape, offset } of tensors)
        this.#tensors[name] = tensor(decode(bytes, offset, size(shape)), shape);
      this.#loaded.add(object.digest);
    }
    return this.#tensors;
  }
}

/** `length` little-endian halves from `offset` on, as float32. */
function decode(bytes: Uint8Array<ArrayBuffer>, offset: number, length: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 2 * length);
  return float16ToFloat32(Uint16Array.from({ length }, (_, i) => view.getUint16(2 * i, true)));
}
