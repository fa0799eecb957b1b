/**
 * Models as their cards describe them: from names in a configuration to architectures, without any weights.
 *
 * Not for weights, see `stages/fetch-weights.ts`, nor for checkpoints that have no card yet, see `zoo/`.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ConfigError } from "#core/config.ts";
import { type Model, type ModelConfig, openModel, type Tap } from "#core/models/index.ts";
import { ShapeError } from "#core/shape.ts";
import type { Label } from "#format/labels.ts";
import type { ModelCard } from "#format/model-card.ts";
import { type AtlasConfig, ROOT } from "./config.ts";
import { AtlasFailure } from "./failure.ts";
import { checkSelection, type Selection } from "./selection.ts";
import { didYouMean, list } from "./suggest.ts";
import { readCard, readLabels } from "./weights/load.ts";
import { findEntry } from "./zoo/index.ts";

/** A model as its card describes it; whether there are weights is another matter. */
export interface DescribedModel {
  readonly card: ModelCard;
  readonly config: ModelConfig;
  readonly model: Model;
  /** Those that the atlas is about, in the order of computation. */
  readonly taps: readonly Tap[];
  readonly labels: readonly Label[];
  /** Of the card. */
  readonly path: string;
  /** Folder of the card, from which its paths are resolved. */
  readonly root: string;
}

/**
 * The models of the configuration, without their weights.
 *
 * @throws AtlasFailure model-unknown, tap-unknown, unit-out-of-range, config-invalid
 */
export async function describeModels(config: AtlasConfig, selection: Selection): Promise<DescribedModel[]> {
  const models: DescribedModel[] = [];
  for (const name of config.models)
    models.push(await describeModel(await cardPath(name, config), config.taps));
  const ids = models.map(({ card }) => card.id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice) {
    throw new AtlasFailure(
      "config-invalid",
      `${config.file}: "models"`,
      "each model once",
      `"${twice}" twice`,
      "leave one out",
    );
  }
  checkTaps(config, models);
  checkSelection(selection, models);
  return models;
}

/** Where cards are that have an id for a name. */
export const CARDS = join(ROOT, "content/models");

/** A name with a slash or `.json` is a path, anything else the id of a card in `content/models`. */
async function cardPath(name: string, { folder, file }: AtlasConfig): Promise<string> {
  if (name.includes("/") || name.endsWith(".json")) return resolve(folder, name);
  const path = join(CARDS, `${name}.json`);
  if (existsSync(path)) return path;
  const known = await cardIds();
  const next = findEntry(name)
    ? `\`npm run atlas -- add ${name}\` downloads it from the hub and writes its card`
    : known.length > 0
      ? didYouMean(name, known)
      : "give the path of a card";
  throw new AtlasFailure(
    "model-unknown",
    `${file}: model "${name}"`,
    "a card in content/models",
    "none of that id",
    next,
  );
}

/** Ids of the cards in `content/models`. */
export async function cardIds(folder = CARDS): Promise<string[]> {
  return (await readdir(folder).catch(() => []))
    .filter((card) => card.endsWith(".json"))
    .map((card) => card.slice(0, -".json".length))
    .sort();
}

/**
 * @param wanted names of the taps that the atlas is about; all where absent
 * @throws AtlasFailure config-invalid
 */
export async function describeModel(path: string, wanted?: readonly string[]): Promise<DescribedModel> {
  const { card, root } = await readCard(path);
  const labels = await readLabels(card, root);
  const { size, mean, std } = card.preprocessing;
  const config: ModelConfig = {
    architecture: card.architecture,
    config: card.config,
    imageSize: size,
    mean,
    std,
    numClasses: labels.length,
  };
  const model = checked(path, "config-invalid", () => openModel(config));
  const taps = model.taps.filter(({ name }) => wanted === undefined || wanted.includes(name));
  return { card, config, model, taps, labels, path, root };
}

/**
 * Turns what the core says of a card into a failure that names the card.
 *
 * @throws AtlasFailure of the given reason
 */
export function checked<T>(path: string, reason: "config-invalid" | "weights-mismatch", open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ShapeError)) throw error;
    const [expected, got] =
      reason === "config-invalid"
        ? ["a config of the architecture", error.message]
        : ["the architecture's weights", error.message];
    throw new AtlasFailure(reason, path, expected, got, "correct the card or name another weights file");
  }
}

function checkTaps({ taps = [], file }: AtlasConfig, models: readonly DescribedModel[]): void {
  const known = [...new Set(models.flatMap(({ model }) => model.taps.map(({ name }) => name)))];
  for (const tap of taps) {
    if (known.includes(tap)) continue;
    throw new AtlasFailure(
      "tap-unknown",
      `${file}: tap "${tap}"`,
      `one of ${list(known, 4)}`,
      "an unknown one",
      didYouMean(tap, known),
    );
  }
}
