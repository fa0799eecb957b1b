/**
 * Reads a checkpoint that is cut into several safetensors files, as one.
 *
 * `model.safetensors.index.json` says in which shard each tensor is: `{ "weight_map": { "<tensor>": "<file>" } }`.
 * Shards lie beside it. The digest is that of the lines `<sha256>  <file>`, in the order of the files' names, which
 * is what `sha256sum` prints for them; the index' own bytes do not count.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { AtlasFailure } from "../failure.ts";
import { list } from "../suggest.ts";
import { readWeights, type WeightsFile } from "./read.ts";

const indexSchema = z.object({
  /** Names only: an index comes from strangers and must not name files elsewhere. */
  weight_map: z.record(z.string(), z.string().regex(/^[^/\\]+\.safetensors$/)),
});

/** Whether a path names an index and not a safetensors file. */
export function isShardIndex(path: string): boolean {
  return path.endsWith(".json");
}

/** @throws AtlasFailure weights-missing, weights-invalid */
export async function readShardIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new AtlasFailure(
      "weights-missing",
      path,
      "the index of a sharded checkpoint",
      error.code === "ENOENT" ? "no such file" : (error.code ?? error.message),
      "put the file there, or correct weights.file in the model card",
    );
  });
  const next = "download or export the checkpoint again";
  const parsed = indexSchema.safeParse(jsonOf(text));
  if (parsed.success && Object.keys(parsed.data.weight_map).length > 0)
    return new Map(Object.entries(parsed.data.weight_map));
  const got = parsed.success ? "an empty one" : (parsed.error.issues[0]?.message ?? "something else");
  const expected = `{ "weight_map": { "<tensor>": "<file>.safetensors" } }`;
  throw new AtlasFailure("weights-invalid", path, expected, got, next);
}

/** The shards that an index names, in order. */
export function shardsOf(map: ReadonlyMap<string, string>): string[] {
  return [...new Set(map.values())].sort();
}

/** @throws AtlasFailure weights-missing that names the shard, weights-invalid */
export async function readShards(path: string): Promise<WeightsFile> {
  const map = await readShardIndex(path);
  const shards = new Map<string, WeightsFile>();
  for (const name of shardsOf(map)) shards.set(name, await readWeights(join(dirname(path), name)));
  checkIndex(path, map, shards);
  const lines = [...shards].map(([name, { digest }]) => `${digest}  ${name}\n`);
  const shardOf = (name: string): WeightsFile => shards.get(map.get(name) ?? "") ?? [...shards.values()][0]!;
  return {
    path,
    digest: createHash("sha256").update(lines.join("")).digest("hex"),
    metadata: Object.assign({}, ...[...shards.values()].map(({ metadata }) => metadata)),
    names: [...map.keys()],
    shapes: new Map([...map.keys()].map((name) => [name, shardOf(name).shapes.get(name)!])),
    get: (name) => shardOf(name).get(name),
    check: (name) => shardOf(name).check(name),
    place: (name) => shardOf(name).place(name),
  };
}

/** Index and shards must tell of the same tensors: a shard of another checkpoint would go unnoticed otherwise. */
function checkIndex(
  path: string,
  map: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, WeightsFile>,
): void {
  const absent = [...map].filter(([name, shard]) => !shards.get(shard)!.shapes.has(name));
  const extra = [...shards].flatMap(([shard, { names }]) => names.filter((name) => map.get(name) !== shard));
  if (absent.length === 0 && extra.length === 0) return;
  const got = [
    ...(absent.length > 0 ? [`no ${list(absent.map(([name, shard]) => `"${name}" in ${shard}`))}`] : []),
    ...(extra.length > 0 ? [`${list(extra.map((name) => `"${name}"`))} beyond the index`] : []),
  ];
  throw new AtlasFailure(
    "weights-invalid",
    path,
    "the tensors of the shards",
    got.join(", and "),
    "are all files of one checkpoint? download them again",
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
