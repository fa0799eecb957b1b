/**
 * Float32 copies on disk of weights that programs cannot map as they are: halves, and tensors that a key map joins.
 *
 * Without one, every program in every thread would hold all of a model's weights twice, once for us and once for
 * onnxruntime. Small models may: a copy of theirs is not worth a file. Made a tensor at a time, whole or not at all.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { size } from "#core/shape.ts";
import { fullDisk } from "../store/disk.ts";
import { type LoadedWeights, namedTensors } from "./load.ts";
import { readWeights } from "./read.ts";

type NamedTensors = LoadedWeights["weights"];

const FLOAT_BYTES = 4;

/** Bytes of float32 weights up to which they are held in memory. */
const SMALL = 64e6;

/**
 * The same weights, each with a place.
 *
 * @param folder of the copies, which may be removed at any time between two builds
 * @throws AtlasFailure disk-full, weights-invalid
 */
export async function inFloat32(
  { weights, digest }: LoadedWeights,
  folder: string,
  small = SMALL,
): Promise<NamedTensors> {
  const tensors = Object.entries(weights);
  const bytes = tensors.reduce((sum, [, { shape }]) => sum + FLOAT_BYTES * size(shape), 0);
  if (bytes <= small || tensors.every(([, { place }]) => place)) return weights;
  const header = headerOf(weights);
  // The header says which tensors, by which names: another key map makes another file.
  const name = createHash("sha256").update(`${digest}\n`).update(header).digest("hex");
  const path = join(folder, `${name}.safetensors`);
  if (!existsSync(path)) await write(path, header, weights, bytes);
  return namedTensors(path, await readWeights(path));
}

/** Length and JSON, padded so that tensors are aligned. */
function headerOf(weights: NamedTensors): Uint8Array {
  let end = 0;
  const entries = Object.entries(weights).map(([name, { shape }]) => {
    const begin = end;
    end += FLOAT_BYTES * size(shape);
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  return header;
}

async function write(path: string, header: Uint8Array, weights: NamedTensors, bytes: number): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  let file: FileHandle | undefined;
  try {
    await mkdir(join(path, ".."), { recursive: true });
    file = await open(unfinished, "w");
    await file.writeFile(header);
    for (const { data } of Object.values(weights)) await file.writeFile(data);
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(unfinished, { force: true });
    throw fullDisk(error, path, bytes);
  }
}
