/**
 * A folder of image files as an image set.
 *
 * Opening reads and decodes every file once, so that what cannot be read is known, counted and left out
 * before any work depends on it; pixels are not kept. Files are JPEG, PNG or WebP by their extension, in any
 * depth, ordered by relative path; other files, hidden ones and links to folders are ignored.
 *
 * The class of a file is the WordNet id its name begins with (`n01440764_tench.JPEG`), else the folder it lies
 * in; a file directly in the root without an id has none.
 */

import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { resizeAndCrop, writePlanes } from "#core/preprocess/preprocess.ts";
import type { Pixels } from "#core/preprocess/resample.ts";
import type { Label } from "#format/labels.ts";
import { AtlasFailure } from "../failure.ts";
import { decode, UnreadableImage } from "./decode.ts";
import { encodeDisplay } from "./display.ts";
import { type ImageSet, imageArray } from "./image-set.ts";
import { mapParallel } from "./parallel.ts";

const EXTENSIONS = [".jpg", ".jpeg", ".png", ".webp"];

/** Part of every digest: changes when the reader gives other pixels for the same files. */
const READER = "folder-1";

export interface FolderOptions {
  /** Of the set; by default that of the folder. */
  readonly name?: string;
  /**
   * The classes in index order, matched by WordNet id or name. A file of another class keeps none. By default
   * the classes found, sorted.
   */
  readonly labels?: readonly Label[];
  /** An earlier index of the folder: files with bytes that it knows are not decoded to be checked again. */
  readonly known?: FolderIndex;
  /** Called after every file that was checked. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What opening found out; plain data, to be stored and given back as `known`. */
export interface FolderIndex {
  readonly files: readonly IndexedFile[];
  readonly skipped: readonly SkippedFile[];
}

interface IndexedFile {
  /** Relative to the folder, with `/`. */
  readonly file: string;
  /** SHA-256 in hex of its bytes. */
  readonly digest: string;
}

interface SkippedFile {
  readonly file: string;
  readonly why: string;
}

export interface FolderSet extends ImageSet {
  readonly index: FolderIndex;
}

/**
 * Opens a folder of images.
 *
 * @throws AtlasFailure images-empty where the folder is missing or no file in it can be read
 */
export async function openFolder(path: string, options: FolderOptions = {}): Promise<FolderSet> {
  const root = resolve(path);
  const index = await indexFolder(root, options);
  const keys = index.files.map(({ file }) => classKey(file));
  const { classes, indexOf } = classesOf(keys, options.labels);
  const { files, skipped } = index;

  async function pixelsOf(i: number): Promise<Pixels> {
    const entry = files[i];
    if (!entry) throw new Error(`internal: image ${i} of ${files.length}`);
    return readPixels(root, entry);
  }

  return {
    name: options.name ?? basename(root),
    digest: digestOf(files, classes),
    length: files.length,
    classes,
    index,
    skipped,

    async read(indices, preprocessing, into) {
      const { size } = preprocessing;
      const images = imageArray(indices.length, size, into);
      await mapParallel(indices, async (i, position) => {
        const seen = resizeAndCrop(await pixelsOf(i), preprocessing);
        writePlanes(seen, images, position * 3 * size * size);
      });
      return images;
    },

    async display(i, size, preprocessing) {
      return encodeDisplay(await pixelsOf(i), size, preprocessing);
    },

    facts(i) {
      const key = keys[i] ?? null;
      return {
        source: files[i]!.file,
        classIndex: key === null ? null : indexOf(key),
        caption: null,
        scene: null,
        texture: null,
        concepts: [],
      };
    },

    async box() {
      return null;
    },
  };
}

async function indexFolder(root: string, { known, onProgress }: FolderOptions): Promise<FolderIndex> {
  const names = await listImages(root);
  const digests = new Set(known?.files.map(({ digest }) => digest));
  let done = 0;
  const checked = await mapParallel(names, async (file): Promise<IndexedFile | SkippedFile> => {
    const result = await check(root, file, digests);
    done++;
    onProgress?.(done, names.length);
    return result;
  });
  const files = checked.filter((entry): entry is IndexedFile => "digest" in entry);
  const skipped = checked.filter((entry): entry is SkippedFile => "why" in entry);
  if (files.length === 0) {
    const [first] = skipped;
    throw new AtlasFailure(
      "images-empty",
      root,
      "a folder with JPEG, PNG or WebP images",
      first ? `${skipped.length} that cannot be read (${first.file}: ${first.why})` : "none",
      "check the path of the image set",
    );
  }
  return { files, skipped };
}

async function check(
  root: string,
  file: string,
  known: ReadonlySet<string>,
): Promise<IndexedFile | SkippedFile> {
  try {
    const bytes = await readFile(join(root, file));
    const digest = sha256(bytes);
    if (!known.has(digest)) await decode(bytes);
    return { file, digest };
  } catch (error) {
    return { file, why: reasonOf(error) };
  }
}

/** → files with an image's extension, relative to the root with `/`, sorted by code units. */
async function listImages(root: string): Promise<string[]> {
  const files: string[] = [];
  async function walk(folder: string): Promise<void> {
    for (const entry of await readEntries(root, folder)) {
      if (entry.name.startsWith(".")) continue;
      const file = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory()) await walk(file);
      else if (EXTENSIONS.includes(extname(file).toLowerCase()) && (await isFile(root, file, entry))) {
        files.push(file);
      }
    }
  }
  await walk("");
  return files.sort();
}

async function readEntries(root: string, folder: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    const { code = "an error" } = error as NodeJS.ErrnoException;
    throw new AtlasFailure(
      "images-empty",
      join(root, folder),
      "a folder of images",
      code === "ENOENT" ? "no such folder" : code === "ENOTDIR" ? "a file" : code,
      "check the path of the image set",
    );
  }
}

/** Links to files count as files, as image sets are often assembled of them; a broken one is skipped later. */
async function isFile(root: string, file: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  const target = await stat(join(root, file)).catch(() => null);
  return target === null || target.isFile();
}

/** Reads a file of the index; its bytes must still be those that were checked. */
async function readPixels(root: string, { file, digest }: IndexedFile): Promise<Pixels> {
  const path = join(root, file);
  try {
    const bytes = await readFile(path);
    if (sha256(bytes) === digest) return await decode(bytes);
    throw new UnreadableImage("other bytes");
  } catch (error) {
    throw new AtlasFailure(
      "image-unreadable",
      path,
      "the image that was there when the set was opened",
      reasonOf(error),
      "leave the folder alone while the atlas is built, and start again",
    );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof UnreadableImage) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code === "ENOENT" ? "no such file" : code;
}

/** file → what names its class: a WordNet id, else the name of its folder, else null. */
function classKey(file: string): string | null {
  const parts = file.split("/");
  return /^(n\d{8})_/.exec(parts.at(-1)!)?.[1] ?? parts.at(-2) ?? null;
}

function classesOf(
  keys: readonly (string | null)[],
  labels: readonly Label[] | undefined,
): { classes: string[]; indexOf: (key: string) => number | null } {
  const found = [...new Set(keys)].filter((key) => key !== null).sort();
  const list: readonly Label[] = labels ?? found.map((key) => ({ name: key, wnid: null }));
  const indices = new Map<string, number>();
  // Names first and ids last: where a name is taken twice (ImageNet has two "crane"), the first has it.
  list.forEach(({ name }, i) => {
    if (!indices.has(name)) indices.set(name, i);
  });
  list.forEach(({ wnid }, i) => {
    if (wnid !== null) indices.set(wnid, i);
  });
  return { classes: list.map(({ name }) => name), indexOf: (key) => indices.get(key) ?? null };
}

function digestOf(files: readonly IndexedFile[], classes: readonly string[]): string {
  return sha256(JSON.stringify([READER, classes, files.map(({ file, digest }) => [file, digest])]));
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
