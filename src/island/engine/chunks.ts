/**
 * Fetches the objects that hold weights, checks that they are what their names say, and keeps them for the next visit.
 *
 * An object is named by its SHA-256, so a copy in the browser's cache never grows old; it can only be damaged, and is
 * then fetched again. Where the page has no cache (a plain-http host, private windows), bytes stay in memory, so that
 * a lost device does not need the network.
 */
import type { ObjectRef } from "#format/atlas-data.ts";
import { objectPath } from "#format/object.ts";
import { ReaderError } from "./reader-error.ts";

const CACHE = "atlas-weights";

/** Bytes that have come, of one chunk; falls back to 0 where they were damaged and are fetched again. */
export type Progress = (bytes: number, fromCache: boolean) => void;

const inMemory = new Map<string, Uint8Array<ArrayBuffer>>();

/**
 * The bytes of an object.
 *
 * @param root absolute address of the site's root
 * @throws ReaderError
 */
export async function fetchChunk(
  root: string,
  object: ObjectRef,
  progress: Progress,
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(objectPath(object), root).href;
  const cache = await openCache();
  const kept = cache ? await fromCache(cache, url) : inMemory.get(url);
  if (kept && (await isIntact(kept, object))) {
    progress(kept.length, true);
    return kept;
  }
  await cache?.delete(url);
  // What came damaged may lie in the browser's own cache or on its way: the second time, ask the server itself.
  for (const mode of ["default", "reload"] as const) {
    const bytes = await download(url, mode, (count) => progress(count, false));
    if (await isIntact(bytes, object)) {
      await keep(cache, url, bytes);
      return bytes;
    }
    progress(0, false);
  }
  throw new ReaderError(
    `${url}: expected ${object.bytes} bytes with SHA-256 ${object.digest}, got others, twice; the site's copy is damaged: report it`,
  );
}

/** Absent in insecure contexts; refused where a reader forbids storage. */
async function openCache(): Promise<Cache | undefined> {
  try {
    return await globalThis.caches?.open(CACHE);
  } catch {
    return undefined;
  }
}

async function fromCache(cache: Cache, url: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await cache.match(url);
  return response && new Uint8Array(await response.arrayBuffer());
}

async function keep(cache: Cache | undefined, url: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    if (!cache) throw new Error("no cache");
    await cache.put(url, new Response(bytes));
  } catch {
    // No cache, or a full one: the bytes are here, and that is what was asked for.
    inMemory.set(url, bytes);
  }
}

async function download(
  url: string,
  cache: RequestCache,
  progress: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url, { cache, credentials: "omit" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let count = 0;
    const body = response.body!.getReader();
    for (let part = await body.read(); !part.done; part = await body.read()) {
      parts.push(part.value);
      count += part.value.length;
      progress(count);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  } catch (error) {
    throw new ReaderError(
      `${url}: expected weights, got ${(error as Error).message}; check the connection and try again`,
    );
  }
}

async function isIntact(
  bytes: Uint8Array<ArrayBuffer>,
  { digest, bytes: size }: ObjectRef,
): Promise<boolean> {
  return bytes.length === size && (await digestOf(bytes)) === digest;
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (!globalThis.crypto?.subtle) return (await import("./sha256.ts")).sha256(bytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
