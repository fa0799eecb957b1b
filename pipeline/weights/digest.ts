/** SHA-256 of files. Not for bytes in memory, see `store/objects.ts`. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** Bytes read at once: with 64 KiB, Node's default, hashing takes almost twice as long. */
const CHUNK_BYTES = 1 << 20;

/** Digests by path and what tells one state of a file from another: every stage opens the same weights. */
const known = new Map<string, Promise<string>>();

/** Hashes a file, once a process and state of the file. */
export async function digestOfFile(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path);
  const key = `${path}:${ino}:${size}:${mtimeMs}`;
  const digest = known.get(key) ?? hashFile(path);
  known.set(key, digest);
  return digest;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }))
    hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
