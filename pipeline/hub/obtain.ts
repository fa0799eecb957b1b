/** The weights of a card on this machine, downloaded where they are not. Not for what is in them, see `weights/`. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ModelCard } from "#format/model-card.ts";
import { isShardIndex, readShardIndex, shardsOf } from "../weights/shards.ts";
import type { HubFile } from "./cache.ts";
import type { Connection } from "./connection.ts";
import { type Fetched, fetchFromAddress, fetchFromHub } from "./index.ts";

/**
 * Downloads what a card names and this machine lacks. Nothing happens for weights beside the card.
 *
 * @throws AtlasFailure as `fetchFromHub` and `fetchFromAddress`
 */
export async function obtainWeights(
  connection: Connection,
  { weights }: Pick<ModelCard, "weights">,
): Promise<void> {
  const { hub, revision, url, file, sha256 } = weights;
  if (hub) await fetchCheckpoint(connection, { repo: hub, revision: revision!, file });
  else if (url) await fetchFromAddress(connection, url + file, sha256);
}

/** A safetensors file of the hub, or an index and the shards that it names. */
export async function fetchCheckpoint(connection: Connection, wanted: HubFile): Promise<Fetched> {
  const fetched = await fetchFromHub(connection, wanted);
  if (!isShardIndex(wanted.file)) return fetched;
  const folder = dirname(wanted.file) === "." ? "" : `${dirname(wanted.file)}/`;
  for (const shard of shardsOf(await readShardIndex(fetched.path))) {
    if (existsSync(join(dirname(fetched.path), shard))) continue;
    await fetchFromHub(connection, { ...wanted, revision: fetched.commit, file: `${folder}${shard}` });
  }
  return fetched;
}
