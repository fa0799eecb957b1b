/** Where the weights of a card are on this machine. Downloads nothing: that is `obtain.ts`. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ModelCard } from "#format/model-card.ts";
import { AtlasFailure } from "../failure.ts";
import { HubCache } from "./cache.ts";
import { type HubSettings, hubSettings } from "./settings.ts";

/** The path of a card's weights, or undefined where they would have to be downloaded. */
async function findWeights(
  { weights }: Pick<ModelCard, "weights">,
  root: string,
  settings: HubSettings = hubSettings(),
): Promise<string | undefined> {
  const { hub, revision, url, sha256, file } = weights;
  if (hub) return new HubCache(settings).find({ repo: hub, revision: revision!, file });
  if (!url) return resolve(root, file);
  const path = downloadedPath(settings, sha256!, file);
  return existsSync(path) ? path : undefined;
}

/** @throws AtlasFailure weights-missing where they are not on this machine */
export async function locateWeights(card: ModelCard, root: string): Promise<string> {
  const path = await findWeights(card, root);
  if (path !== undefined) return path;
  const { hub, url = "", file } = card.weights;
  throw new AtlasFailure(
    "weights-missing",
    card.id,
    `${hub ? `${hub}/` : url}${file} on this machine`,
    "none",
    `\`npm run atlas -- add ${card.id}\` downloads it`,
  );
}

/** Files of no hub lie under their own digest, so that two addresses of one name cannot be confused. */
export function downloadedPath({ downloads }: HubSettings, sha256: string, file: string): string {
  return join(downloads, sha256, file);
}
