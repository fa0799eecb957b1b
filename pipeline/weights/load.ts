/**
 * From a model card on disk to named tensors and labels.
 *
 * Names leave here as the architecture's (timm's); whether all are there and of the right shape is the
 * architecture's to say.
 */

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Label, parseLabel, parseLabelList } from "#format/labels.ts";
import { type KeyRule, type ModelCard, parseModelCard } from "#format/model-card.ts";
import { AtlasFailure } from "../failure.ts";
import { locateWeights } from "../hub/locate.ts";
import { asFailure } from "./as-failure.ts";
import { sourcesOf } from "./key-map.ts";
import { type Place, readWeights, type WeightsFile } from "./read.ts";
import { isShardIndex, readShards } from "./shards.ts";

export interface LoadedCard {
  readonly card: ModelCard;
  /** Folder of the card, from which the card's paths are resolved. */
  readonly root: string;
}

interface NamedTensor {
  readonly shape: readonly number[];
  /** Row-major. Read from the file whenever it is asked for, and kept by whoever asks. */
  readonly data: Float32Array;
  /** Where programs find the values without anyone reading them; absent where they must be converted. */
  readonly place?: Place;
}

export interface LoadedWeights {
  /** By the architecture's names; of each there is only a shape until its values are asked for. */
  readonly weights: Readonly<Record<string, NamedTensor>>;
  /** SHA-256 in hex of the weights file. */
  readonly digest: string;
}

/** @throws AtlasFailure config-invalid where the card is missing or not a card */
export async function readCard(path: string): Promise<LoadedCard> {
  const text = await readText(path, "a model card");
  try {
    return { card: parseModelCard(text, path), root: dirname(path) };
  } catch (error) {
    throw asFailure(error, "config-invalid");
  }
}

/**
 * Opens the weights that a card names, and checks their bytes. Downloads nothing: see `pipeline/hub`.
 *
 * @param root folder from which `card.weights.file` is resolved: the card's own
 * @throws AtlasFailure weights-missing, weights-invalid, or weights-mismatch where the digest is another
 *   than the card's or the key map gives two tensors one name
 */
export async function loadWeights(card: ModelCard, root: string): Promise<LoadedWeights> {
  const { sha256, keyMap } = card.weights;
  const file = await openWeights(await locateWeights(card, root));
  if (sha256 !== undefined && sha256 !== file.digest) {
    throw new AtlasFailure(
      "weights-mismatch",
      `${card.id}: ${file.path}`,
      `sha256 ${sha256}`,
      file.digest,
      card.weights.hub || card.weights.url
        ? "remove the file and build again: it is then downloaded anew"
        : "fetch the file that the card means, or correct weights.sha256 in the card",
    );
  }
  return { weights: namedTensors(card.id, file, keyMap), digest: file.digest };
}

/** A safetensors file, or all shards of an index. */
export function openWeights(path: string): Promise<WeightsFile> {
  return isShardIndex(path) ? readShards(path) : readWeights(path);
}

/**
 * The tensors of a file under the architecture's names.
 *
 * @param where named in messages
 * @throws AtlasFailure weights-mismatch where two tensors get one name, weights-invalid where one cannot be read
 */
export function namedTensors(
  where: string,
  file: WeightsFile,
  keyMap: readonly KeyRule[] = [],
): LoadedWeights["weights"] {
  const sources = sourcesOf(where, file.names, keyMap);
  // A program maps the files of one folder.
  const places = [...sources.values()].flat().flatMap((name) => file.place(name) ?? []);
  const folders = new Set(places.map((place) => dirname(place.file)));
  return Object.fromEntries(
    [...sources].map(([renamed, parts]) => {
      for (const name of parts) file.check(name);
      const [whole, ...others] = parts;
      if (others.length > 0) return [renamed, joined(where, file, parts)];
      const place = folders.size === 1 ? file.place(whole!) : undefined;
      return [renamed, tensorOf(file, whole!, place)];
    }),
  );
}

function tensorOf(file: WeightsFile, name: string, place: Place | undefined): NamedTensor {
  return {
    shape: file.shapes.get(name)!,
    get data() {
      return file.get(name);
    },
    ...(place && { place }),
  };
}

/** Tensors below each other, along the first axis. */
function joined(where: string, file: WeightsFile, parts: readonly string[]): NamedTensor {
  const shapes = parts.map((name) => file.shapes.get(name)!);
  const rest = shapes[0]!.slice(1);
  const odd = shapes.findIndex((shape) => shape.length === 0 || shape.slice(1).join() !== rest.join());
  if (odd >= 0) {
    throw new AtlasFailure(
      "weights-mismatch",
      `${where}: keyMap`,
      `rows like those of "${parts[0]}" [${shapes[0]!.join(", ")}] to concatenate`,
      `"${parts[odd]}" [${shapes[odd]!.join(", ")}]`,
      "correct the rules in the card",
    );
  }
  const rows = shapes.reduce((sum, [first]) => sum + first!, 0);
  return {
    shape: [rows, ...rest],
    get data() {
      const data = new Float32Array(rows * rest.reduce((a, b) => a * b, 1));
      let offset = 0;
      for (const name of parts) {
        const part = file.get(name);
        data.set(part, offset);
        offset += part.length;
      }
      return data;
    },
  };
}

/**
 * Reads the class names of a card, in index order.
 *
 * @throws AtlasFailure config-invalid where the label file is missing or has a hole
 */
export async function readLabels(card: ModelCard, root: string): Promise<Label[]> {
  if (Array.isArray(card.labels)) return card.labels.map(parseLabel);
  const path = resolve(root, card.labels.file);
  const text = await readText(path, "a file with one label a line");
  try {
    return parseLabelList(text, path);
  } catch (error) {
    throw asFailure(error, "config-invalid");
  }
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code = "an error" } = error as NodeJS.ErrnoException;
    throw new AtlasFailure(
      "config-invalid",
      path,
      what,
      code === "ENOENT" ? "no such file" : code,
      "correct the path",
    );
  }
}
