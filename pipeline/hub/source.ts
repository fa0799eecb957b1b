/** What a person means by the words after `atlas add`. Asks nobody but the disk. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AtlasFailure } from "../failure.ts";
import { list } from "../suggest.ts";
import type { ZooEntry } from "../zoo/entry.ts";
import { entryOf, findEntry } from "../zoo/index.ts";
import type { HubFile } from "./cache.ts";
import type { HubSettings } from "./settings.ts";
import { refuseUnsafe, UNSAFE } from "./unsafe.ts";

export type Source =
  | { readonly kind: "hub"; readonly file: HubFile; readonly entry: ZooEntry | undefined }
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "path"; readonly path: string };

const WEIGHTS = "model.safetensors";

/**
 * Reads a tag or alias of the zoo, `<organisation>/<name>[@revision][/file]`, an address, or a path.
 *
 * @throws AtlasFailure model-unknown, weights-missing, weights-unsafe
 */
export function parseSource(text: string, { endpoint }: HubSettings): Source {
  if (UNSAFE.test(text)) throw refuseUnsafe(text);
  if (/^https?:\/\//.test(text)) return parseAddress(text, endpoint);
  if (/^(\.{0,2}[/\\]|~|[a-z]:\\)/i.test(text) || /\.(safetensors|json)$/.test(text) || existsSync(text))
    return existsSync(resolve(text)) ? { kind: "path", path: weightsAt(resolve(text)) } : onHub(text, true);
  return onHub(text, false);
}

/** A name of the zoo, or a repository. */
function onHub(text: string, isPath: boolean): Source {
  const [name, revision = "main"] = text.split("@") as [string, string?];
  const known = findEntry(name);
  if (known) {
    const { hub: repo, file = WEIGHTS } = known;
    return { kind: "hub", file: { repo, revision, file }, entry: known };
  }
  const [, repo, file] = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:\/(.+))?$/.exec(name) ?? [];
  if (repo && (!isPath || file))
    return { kind: "hub", file: { repo, revision, file: file ?? WEIGHTS }, entry: findEntry(repo) };
  if (!isPath) entryOf(name);
  const expected = "a safetensors file, its folder, or the index.json of a sharded one";
  throw new AtlasFailure("weights-missing", text, expected, "no such file", "correct the path");
}

/** An address of the hub's own pages is a repository; any other is a file. */
function parseAddress(text: string, endpoint: string): Source {
  const url = new URL(text);
  const [organisation, name, kind, revision, ...rest] = url.pathname.split("/").filter(Boolean);
  if (url.origin !== new URL(endpoint).origin || !name) return { kind: "address", address: text };
  const repo = `${organisation}/${name}`;
  const isFile = (kind === "resolve" || kind === "blob") && rest.length > 0;
  const file = isFile ? rest.map(decodeURIComponent).join("/") : WEIGHTS;
  const at = kind === undefined || revision === undefined ? "main" : decodeURIComponent(revision);
  return { kind: "hub", file: { repo, revision: at, file }, entry: findEntry(repo) };
}

/** The weights that a path names; in a folder, the ones that lie there alone. */
function weightsAt(path: string): string {
  if (!statSync(path).isDirectory()) return path;
  const names = readdirSync(path).sort();
  const usual = [`${WEIGHTS}.index.json`, WEIGHTS].find((name) => names.includes(name));
  const weights = names.filter((name) => name.endsWith(".safetensors"));
  if (usual) return join(path, usual);
  if (weights.length === 1) return join(path, weights[0]!);
  const pickle = names.find((name) => UNSAFE.test(name));
  if (pickle && weights.length === 0) throw refuseUnsafe(join(path, pickle));
  const got = weights.length > 1 ? list(weights) : "none";
  const next = weights.length > 1 ? "name one of them" : "correct the path";
  throw new AtlasFailure("weights-missing", path, "one safetensors file in the folder", got, next);
}
