/**
 * Bytes of an address into a file: resumed where an earlier attempt broke off, checked, and named when they are whole.
 *
 * They are written to `<path>.incomplete`, which any later attempt goes on with, in this process or in another one,
 * and which `huggingface_hub` knows by that name too. Not for choosing addresses, see `index.ts`.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { AtlasFailure } from "../failure.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { fullDisk } from "../store/disk.ts";
import { ask, asTransient, type Connection, persist, Transient } from "./connection.ts";

export interface Download {
  readonly address: string;
  /** For people: "deit_tiny_patch16_224/model.safetensors". */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Its digest, in hex of either length; undefined where nobody knows. */
  readonly digest: Digest | undefined;
  /** What becomes of an answer that is neither the file nor a redirect. */
  readonly refuse: (response: Response) => Promise<AtlasFailure>;
}

/** SHA-256 of the bytes, or git's SHA-1 of them. */
export type Digest = { readonly sha256: string } | { readonly git: string };

/** What the name of a blob says of its bytes. */
export function digestOfEtag(etag: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(etag)) return { sha256: etag };
  return /^[0-9a-f]{40}$/.test(etag) ? { git: etag } : undefined;
}

/**
 * Downloads a file, or the rest of it.
 *
 * @returns SHA-256 of its bytes
 * @throws AtlasFailure network-failed, download-corrupt, disk-full, interrupted, and what `refuse` gives
 */
export async function download(connection: Connection, wanted: Download): Promise<string> {
  const unfinished = `${wanted.path}.incomplete`;
  await mkdir(dirname(unfinished), { recursive: true });
  // Bytes of an earlier, unlucky attempt may be wrong; bytes that were all fetched now must not be.
  for (const isLast of [false, true]) {
    const resumed = (await sizeOf(unfinished)) > 0;
    const { sha256, problem } = await fetchAll(connection, wanted, unfinished);
    if (problem === undefined) {
      await rename(unfinished, wanted.path);
      return sha256;
    }
    await rm(unfinished, { force: true });
    if (isLast || !resumed) throw corrupt(wanted, problem);
    connection.report({ type: "note", text: `${wanted.name}: ${problem}; from the beginning` });
  }
  throw new Error("internal: a download ended without a result");
}

/** Appends until the file is as long as it should be, then compares its digest. */
async function fetchAll(
  connection: Connection,
  wanted: Download,
  unfinished: string,
): Promise<{ sha256: string; problem?: string }> {
  if ((await sizeOf(unfinished)) > wanted.bytes) await rm(unfinished, { force: true });
  await checkRoom(wanted, await sizeOf(unfinished));
  const report = reportProgress(connection, wanted, await sizeOf(unfinished));
  let have = 0;
  const progress = (bytes: number): void => {
    have = bytes;
    report(bytes);
  };
  await persist(
    connection,
    wanted.address,
    async () => {
      progress(await sizeOf(unfinished));
      if (have < wanted.bytes || wanted.bytes === 0)
        await append(connection, wanted, unfinished, have, progress);
      have = await sizeOf(unfinished);
      if (have < wanted.bytes)
        throw new Transient(`a broken connection after ${have} of ${wanted.bytes} bytes`);
    },
    () => have,
  );
  const { sha256, git } = await hashesOf(unfinished, wanted.bytes);
  const { digest } = wanted;
  const expected = digest && ("git" in digest ? digest.git : digest.sha256);
  const actual = digest && "git" in digest ? git : sha256;
  const isRight = have === wanted.bytes && (expected === undefined || expected === actual);
  return isRight ? { sha256 } : { sha256, problem: `digest ${actual} and not ${expected}` };
}

/** One request for what is missing, written as it comes. */
async function append(
  connection: Connection,
  { address, refuse, bytes, path }: Download,
  unfinished: string,
  have: number,
  progress: (bytes: number) => void,
): Promise<void> {
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  const { response } = await ask(connection, address, { headers });
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "") ?? [];
  // 200: the server sends everything again. 416: it has less than we have, so ours is of another file.
  const from = response.status === 206 && Number(start) === have ? have : 0;
  if (response.status === 416 || (response.status === 206 && from !== have)) {
    await response.body?.cancel();
    await rm(unfinished, { force: true });
    throw new Transient("another range than was asked for");
  }
  if (!response.ok) throw await refuse(response);
  const file = await openAt(unfinished, from);
  try {
    await pour(connection, response, file, from, progress);
  } catch (error) {
    throw fullDisk(error, path, bytes - have);
  } finally {
    await file.close();
  }
}

async function openAt(path: string, from: number): Promise<FileHandle> {
  return open(path, from > 0 ? "r+" : "w");
}

async function pour(
  connection: Connection,
  response: Response,
  file: FileHandle,
  from: number,
  progress: (bytes: number) => void,
): Promise<void> {
  const { signal, patience } = connection;
  const reader = response.body!.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  let at = from;
  try {
    for (;;) {
      throwIfInterrupted(signal);
      const chunk = await within(reader.read(), patience, stop);
      throwIfInterrupted(signal);
      if (chunk.done) return;
      await file.write(chunk.value, 0, chunk.value.length, at);
      at += chunk.value.length;
      progress(at);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** A read that must come in time. */
async function within<T>(read: Promise<T>, patience: number, stop: () => void): Promise<T> {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    stop();
  }, patience);
  try {
    const result = await read;
    if (timedOut) throw asTransient(undefined, true, patience);
    return result;
  } catch (error) {
    throw error instanceof Transient ? error : asTransient(error, timedOut, patience);
  } finally {
    clearTimeout(timer);
  }
}

const MEGABYTE = 1e6;

/** Megabytes to one decimal, so that the last event says that all is there. */
function reportProgress({ report }: Connection, { name, bytes }: Download, fresh: number) {
  const megabytes = (count: number): number => Math.round(count / (MEGABYTE / 10)) / 10;
  const total = Math.max(0.1, megabytes(bytes));
  return (count: number): void => {
    const done = count >= bytes ? total : Math.min(total, megabytes(count));
    report({
      type: "progress",
      stage: "download",
      of: name,
      done,
      total,
      fresh: megabytes(fresh),
      unit: "MB",
    });
  };
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function hashesOf(path: string, bytes: number): Promise<{ sha256: string; git: string }> {
  const hashes: readonly Hash[] = [createHash("sha256"), createHash("sha1").update(`blob ${bytes}\0`)];
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    for (const hash of hashes) hash.update(chunk as Uint8Array);
  const [sha256, git] = hashes.map((hash) => hash.digest("hex"));
  return { sha256: sha256!, git: git! };
}

/** Says before a long download what would otherwise be said after it. */
async function checkRoom({ path, bytes }: Download, have: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  const [needed, free] = [bytes - have, bavail * bsize];
  if (needed <= free) return;
  throw new AtlasFailure(
    "disk-full",
    path,
    `room for ${Math.ceil(needed / MEGABYTE)} MB`,
    `${Math.floor(free / MEGABYTE)} MB`,
    "free some space, or name another folder in HF_HOME",
  );
}

function corrupt({ name, address }: Download, problem: string): AtlasFailure {
  return new AtlasFailure(
    "download-corrupt",
    name,
    "the bytes that the server announced",
    problem,
    `nothing was kept; try again, and if it stays so, look at what lies between this machine and ${new URL(address).host}`,
  );
}
