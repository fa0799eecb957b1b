/**
 * Reads safetensors files from disk, a tensor at a time.
 *
 * Only the header stays in memory: a checkpoint may be larger than what is left of it. Not for the meaning
 * of names and shapes, which architectures check, nor for model cards, see `load.ts`.
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import {
  decodeTensor,
  headerLength,
  isDecodable,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
  undecodable,
} from "#format/safetensors.ts";
import { AtlasFailure } from "../failure.ts";
import { asFailure } from "./as-failure.ts";
import { digestOfFile } from "./digest.ts";

/** Where the float32 values of a tensor lie in a file, so that a program can map them into memory. */
export interface Place {
  /** Without symbolic links. */
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface WeightsFile {
  readonly path: string;
  /** SHA-256 in hex: of the file's bytes, or for a sharded checkpoint as `shards.ts` says. */
  readonly digest: string;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the file. */
  readonly names: readonly string[];
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /**
   * Reads one tensor as float32, row-major; F16, BF16, F64 and I64 are converted. Nothing is cached: the caller
   * owns the array.
   *
   * @throws AtlasFailure weights-mismatch if there is no such tensor, weights-invalid if it cannot be read
   */
  get(name: string): Float32Array;
  /**
   * Checks that a tensor can be read at all, without reading it.
   *
   * @throws AtlasFailure weights-invalid for a dtype that has no faithful float32
   */
  check(name: string): void;
  /** Where the tensor's values are; undefined where the file does not hold them as aligned float32. */
  place(name: string): Place | undefined;
}

/**
 * Opens a safetensors file, checks its header and hashes its bytes.
 *
 * @throws AtlasFailure weights-missing where there is no file, weights-invalid where it is not as it claims
 */
export async function readWeights(path: string): Promise<WeightsFile> {
  const { header, bytes } = await readHeader(path);
  const digest = await digestOfFile(path);
  const file = await realpath(path);
  return {
    path,
    digest,
    metadata: header.metadata,
    names: [...header.tensors.keys()],
    shapes: new Map([...header.tensors.values()].map(({ name, shape }) => [name, shape])),
    get: (name) => readTensor(path, bytes, header, name),
    check: (name) => checkDtype(path, header.tensors.get(name)!),
    place(name) {
      const { dtype, begin, end } = header.tensors.get(name)!;
      const isFloat = dtype === "F32" && begin % FLOAT_BYTES === 0 && end > begin;
      return isFloat ? { file, offset: begin, bytes: end - begin } : undefined;
    },
  };
}

const FLOAT_BYTES = 4;

function checkDtype(path: string, entry: TensorEntry): void {
  if (!isDecodable(entry.dtype)) throw asFailure(undecodable(entry, path), "weights-invalid");
}

async function readHeader(path: string): Promise<{ header: SafetensorsHeader; bytes: number }> {
  const file = await openWeights(path);
  try {
    const bytes = (await file.stat()).size;
    const prefix = await readRange(file, 0, Math.min(LENGTH_BYTES, bytes));
    const length = headerLength(prefix, bytes, path);
    const text = decodeUtf8(await readRange(file, LENGTH_BYTES, length), path);
    return { header: parseHeader(text, length, bytes, path), bytes };
  } catch (error) {
    throw asFailure(error, "weights-invalid");
  } finally {
    await file.close();
  }
}

async function openWeights(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, "r");
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new AtlasFailure("weights-missing", path, "a file", "a folder", "name the safetensors file itself");
  } catch (error) {
    if (error instanceof AtlasFailure) throw error;
    const { code = "an error" } = error as NodeJS.ErrnoException;
    throw new AtlasFailure(
      "weights-missing",
      path,
      "a readable safetensors file",
      code === "ENOENT" ? "no such file" : code,
      "put the file there, or correct weights.file in the model card",
    );
  }
}

async function readRange(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new AtlasFailure(
      "weights-invalid",
      `${path}: header`,
      "UTF-8",
      "other bytes",
      "download or export the file again",
    );
  }
}

/** Opened anew for every tensor: nobody then has to close a weights file. */
function readTensor(path: string, fileBytes: number, header: SafetensorsHeader, name: string): Float32Array {
  const entry = header.tensors.get(name);
  if (!entry) {
    throw new AtlasFailure(
      "weights-mismatch",
      `${path}: "${name}"`,
      "a tensor of that name",
      `none among ${header.tensors.size}`,
      "check the architecture's config and the model card's keyMap",
    );
  }
  const descriptor = openSync(path, "r");
  try {
    const now = fstatSync(descriptor).size;
    const bytes = new Uint8Array(entry.end - entry.begin);
    let filled = 0;
    while (filled < bytes.length) {
      const read = readSync(descriptor, bytes, filled, bytes.length - filled, entry.begin + filled);
      if (read === 0) break;
      filled += read;
    }
    if (now !== fileBytes || filled < bytes.length) {
      throw new AtlasFailure(
        "weights-invalid",
        path,
        `the ${fileBytes} bytes it had when it was opened`,
        `${now} bytes`,
        "leave the file alone while the atlas is built, and start again",
      );
    }
    return decodeTensor(bytes, entry, path);
  } catch (error) {
    throw asFailure(error, "weights-invalid");
  } finally {
    closeSync(descriptor);
  }
}
