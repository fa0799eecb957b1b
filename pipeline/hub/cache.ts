/**
 * The cache of the Hugging Face hub on disk, in the layout that `huggingface_hub` reads and writes:
 *
 *     models--timm--deit_tiny_patch16_224.fb_in1k/
 *       blobs/<etag>                      bytes, named by the hub's digest of them
 *       refs/main                         the commit that a branch meant when it was last asked for
 *       snapshots/<commit>/model.safetensors → ../../blobs/<etag>
 *
 * Not for the network. Everything here is written aside and renamed, or is a link: a reader sees it whole or not.
 */
import { lstatSync, readFileSync } from "node:fs";
import { mkdir, realpath, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { HubSettings } from "./settings.ts";

/** A file of a repository, at a branch, tag or commit. */
export interface HubFile {
  /** "timm/deit_tiny_patch16_224.fb_in1k" */
  readonly repo: string;
  readonly revision: string;
  readonly file: string;
}

const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

export class HubCache {
  readonly #root: string;

  constructor(settings: HubSettings) {
    this.#root = settings.cache;
  }

  /** Folder of the locks of one repository; other tools keep theirs beside it. */
  locks(repo: string): string {
    return join(this.#root, ".locks", folderOf(repo));
  }

  blob(repo: string, etag: string): string {
    return join(this.#root, folderOf(repo), "blobs", etag);
  }

  /** Path of a file's link, whether it is there or not. */
  pointer(repo: string, commit: string, file: string): string {
    return join(this.#root, folderOf(repo), "snapshots", commit, file);
  }

  /** The commit that a revision meant when it was last asked for; a commit means itself. */
  commitOf(repo: string, revision: string): string | undefined {
    if (isCommit(revision)) return revision;
    try {
      return readFileSync(this.#ref(repo, revision), "utf8").trim() || undefined;
    } catch {
      return undefined;
    }
  }

  /** The path of a file that is there. */
  async find({ repo, revision, file }: HubFile): Promise<string | undefined> {
    const commit = this.commitOf(repo, revision);
    if (commit === undefined) return undefined;
    const path = this.pointer(repo, commit, file);
    return (await isFile(path)) ? path : undefined;
  }

  /** Remembers what a branch or tag meant. */
  async remember(repo: string, revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || this.commitOf(repo, revision) === commit) return;
    const path = this.#ref(repo, revision);
    const unfinished = `${path}.${process.pid}`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(unfinished, commit);
    await rename(unfinished, path);
  }

  /** Makes a blob that is there a file of a commit. */
  async link(repo: string, commit: string, file: string, etag: string): Promise<string> {
    const path = this.pointer(repo, commit, file);
    if (await isFile(path)) return path;
    const blob = this.blob(repo, etag);
    await mkdir(dirname(path), { recursive: true });
    // A link whose blob someone removed is in the way.
    if (lstatSync(path, { throwIfNoEntry: false })) await rm(path, { force: true });
    try {
      await symlink(relative(await realpath(dirname(path)), await realpath(blob)), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process was first; or a system without links, where the file itself takes the place of one.
      if (code === "EPERM" || code === "ENOTSUP") await rename(blob, path);
      else if (code !== "EEXIST") throw error;
    }
    return path;
  }

  #ref(repo: string, revision: string): string {
    return join(this.#root, folderOf(repo), "refs", revision);
  }
}

const folderOf = (repo: string): string => `models--${repo.replaceAll("/", "--")}`;

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
