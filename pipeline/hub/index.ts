/**
 * Files of the Hugging Face hub and of plain addresses, on this machine: from the cache, or downloaded into it.
 *
 * The main path of the client. A file that is in the cache under its commit is taken without asking anybody.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AtlasFailure } from "../failure.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { openLocks } from "../store/locks.ts";
import { digestOfFile } from "../weights/digest.ts";
import { addressOf, askForFacts, type FileFacts, refusal } from "./answers.ts";
import { HubCache, type HubFile } from "./cache.ts";
import { ask, type Connection, persist } from "./connection.ts";
import { digestOfEtag, download } from "./download.ts";
import { downloadedPath } from "./locate.ts";

export interface Fetched {
  /** Where the file is, by its own name. */
  readonly path: string;
  /** The commit it is of. */
  readonly commit: string;
}

/**
 * Gives a file of the hub, from the cache where it is there.
 *
 * @throws AtlasFailure hub-missing, hub-refused, network-failed, network-off, download-corrupt, disk-full,
 *   weights-unsafe, interrupted
 */
export async function fetchFromHub(connection: Connection, wanted: HubFile): Promise<Fetched> {
  checkNames(wanted);
  const { repo, revision, file } = wanted;
  const cache = new HubCache(connection.settings);
  const cached = await cache.find(wanted);
  const commit = cache.commitOf(repo, revision);
  if (cached && (commit === revision || connection.settings.offline))
    return { path: cached, commit: commit! };
  if (connection.settings.offline) throw offline(`${repo}/${file}`, connection);
  let facts: FileFacts;
  try {
    facts = await askForFacts(connection, wanted);
  } catch (error) {
    if (!cached || !(error instanceof AtlasFailure) || error.failure.reason !== "network-failed") throw error;
    const text = `the hub does not answer; ${repo} is taken from the cache, as of commit ${commit!.slice(0, 7)}`;
    connection.report({ type: "note", text });
    return { path: cached, commit: commit! };
  }
  const path = await bring(connection, cache, { ...wanted, revision: facts.commit }, facts);
  await cache.remember(repo, revision, facts.commit);
  return { path, commit: facts.commit };
}

/** Downloads the blob unless it is there, one process at a time, and links it. */
async function bring(
  connection: Connection,
  cache: HubCache,
  wanted: HubFile,
  { commit, etag, bytes }: FileFacts,
): Promise<string> {
  const { repo, file } = wanted;
  const name = `${repo.split("/").at(-1)}/${file}`;
  const blob = cache.blob(repo, etag);
  const there = await cache.find(wanted);
  if (there) return there;
  await alone(connection, cache.locks(repo), etag, name, async () => {
    if (await isWhole(blob, etag)) return;
    const address = addressOf(connection.settings.endpoint, wanted);
    const refuse = (response: Response) => refusal(connection, wanted, response);
    await download(connection, { address, name, path: blob, bytes, digest: digestOfEtag(etag), refuse });
  });
  return cache.link(repo, commit, file, etag);
}

/** Whether a blob is there, and still what its name says: a file that was found damaged is unlinked to be fetched anew. */
async function isWhole(blob: string, etag: string): Promise<boolean> {
  if (!existsSync(blob)) return false;
  const digest = digestOfEtag(etag);
  return !digest || "git" in digest || (await digestOfFile(blob)) === digest.sha256;
}

/** Milliseconds between two looks at a lock that another process holds. */
const LOOK_EVERY = 500;

async function alone(
  { signal, sleep, report }: Connection,
  root: string,
  lock: string,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  const locks = openLocks(root);
  for (let waited = false; !(await locks.take(lock)); waited = true) {
    if (!waited) report({ type: "note", text: `${name}: another process is downloading it` });
    await sleep(LOOK_EVERY, signal);
    throwIfInterrupted(signal);
  }
  try {
    await work();
  } finally {
    await locks.release(lock);
  }
}

/** Names from a card or the command line become paths, so they must stay inside. */
function checkNames({ repo, revision, file }: HubFile): void {
  const isPath = (path: string) => path.split("/").every((part) => /^[\w+=@ -][\w.+=@ -]*$/.test(part));
  const wrong = [repo, revision, file].find((name) => !isPath(name));
  if (wrong === undefined && repo.split("/").length === 2) return;
  throw new AtlasFailure(
    "usage",
    `"${wrong ?? repo}"`,
    "<organisation>/<name>, a revision and a file",
    "something else",
    "for example timm/deit_tiny_patch16_224.fb_in1k",
  );
}

export interface FromAddress {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Gives a file at a plain address, downloaded into a folder of its digest.
 *
 * @param sha256 what it must be, where that is known: then a file that is there is not asked for again
 * @throws AtlasFailure network-failed, network-off, hub-missing, hub-refused, download-corrupt, disk-full, interrupted
 */
export async function fetchFromAddress(
  connection: Connection,
  address: string,
  sha256?: string,
): Promise<FromAddress> {
  const { settings } = connection;
  const name = decodeURIComponent(new URL(address).pathname.split("/").at(-1)!);
  const known = sha256 && downloadedPath(settings, sha256, name);
  if (known && existsSync(known)) return { path: known, sha256: sha256! };
  if (settings.offline) throw offline(address, connection);
  const { response } = await persist(connection, address, () => ask(connection, address, { method: "HEAD" }));
  const refuse = async (answer: Response) => refusedAddress(address, answer);
  if (!response.ok) throw await refuse(response);
  const bytes = Number(response.headers.get("content-length") ?? Number.NaN);
  if (!Number.isSafeInteger(bytes)) {
    const next = "download it by hand, and add the file";
    throw new AtlasFailure("network-failed", address, "an answer with a length", "none", next);
  }
  // What is there of one version of a file must not be gone on with by another.
  const version = response.headers.get("etag") ?? response.headers.get("last-modified") ?? "";
  const key = createHash("sha256").update(`${address}\n${version}\n${bytes}`).digest("hex");
  const unnamed = join(settings.downloads, key);
  let actual = "";
  await alone(connection, settings.downloads, key, name, async () => {
    if (known && existsSync(known)) {
      actual = sha256!;
      return;
    }
    const digest = sha256 ? { sha256 } : undefined;
    actual = await download(connection, { address, name, path: unnamed, bytes, digest, refuse });
    const path = downloadedPath(settings, actual, name);
    await mkdir(dirname(path), { recursive: true });
    await rename(unnamed, path);
  });
  return { path: downloadedPath(settings, actual, name), sha256: actual };
}

function refusedAddress(address: string, { status, statusText }: Response): AtlasFailure {
  const reason = status === 404 || status === 410 ? "hub-missing" : "hub-refused";
  return new AtlasFailure(reason, address, "a file", `${status} ${statusText}`.trim(), "correct the address");
}

function offline(where: string, { settings }: Connection): AtlasFailure {
  return new AtlasFailure(
    "network-off",
    where,
    `the file in ${settings.cache}`,
    "none, and HF_HUB_OFFLINE is set",
    "unset HF_HUB_OFFLINE, or bring the file into the cache",
  );
}
