/**
 * Reads what `publish` wrote, validates it against `src/format`, and keeps it for the whole build.
 *
 * Each file is read and parsed once, however many pages show parts of it. Not for what pages make of it
 * (see `choose.ts`, `format/unit-data.ts`) and not for writing.
 */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ZodType } from "zod";
import {
  type AtlasData,
  atlasDataSchema,
  type ImageSetData,
  imageSetDataSchema,
  type LayerData,
  layerDataSchema,
  type ModelData,
  modelDataSchema,
  type ObjectRef,
  objectPath,
  type PicturebookData,
  picturebookDataSchema,
} from "#format/atlas-data.ts";
import { FormatError } from "#format/format-error.ts";
import { type ModelWeights, modelWeightsSchema } from "#format/model-weights.ts";

const REBUILD = "run `npm run atlas` to publish it again";

const cache = new Map<string, unknown>();

function once<T>(key: string, make: () => T): T {
  if (!cache.has(key)) cache.set(key, make());
  return cache.get(key) as T;
}

/** Folder of the published data; `ATLAS_DATA`, else `content/data`. */
function dataFolder(): string {
  return resolve(process.env.ATLAS_DATA ?? "content/data");
}

/** Folder that holds `objects/`; `ATLAS_PUBLIC`, else `public`. */
function publicFolder(): string {
  return resolve(process.env.ATLAS_PUBLIC ?? "public");
}

/**
 * Parses one published file.
 *
 * @throws FormatError where it is missing, is no JSON, has another format version or another shape; the
 *   message names the file, the field and the command that mends it
 */
export function readPublished<T>(path: string, schema: ZodType<T>): T {
  const where = join(dataFolder(), path);
  return once(where, () => {
    if (!existsSync(where)) throw new FormatError(where, "a published file", "none", REBUILD);
    const value = parseJson(where, readFileSync(where, "utf8"));
    const format = (value as { format?: unknown } | null)?.format;
    if (format !== 1) {
      throw new FormatError(where, "data of format 1", `format ${JSON.stringify(format) ?? "none"}`, REBUILD);
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0]!;
    throw new FormatError(`${where}: ${issue.path.join(".")}`, "the published shape", issue.message, REBUILD);
  });
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError(where, "JSON", (error as Error).message, REBUILD);
  }
}

/** Whether there is such a file; only some atlases have all of them. */
export function isPublished(path: string): boolean {
  return existsSync(join(dataFolder(), path));
}

/** The atlas, or null where nothing has been published yet. */
export function readAtlas(): AtlasData | null {
  if (!isPublished("atlas.json")) return null;
  return readPublished("atlas.json", atlasDataSchema);
}

export function readModel(id: string): ModelData {
  return readPublished(join("models", id, "model.json"), modelDataSchema);
}

/** All models of the atlas, in its order; none where nothing is published. */
export function readModels(): ModelData[] {
  return (readAtlas()?.models ?? []).map(readModel);
}

/** What a model is run from, or null where its weights are not published: pages then have nothing that runs it. */
export function readWeights(model: string): ModelWeights | null {
  const path = join("models", model, "weights.json");
  return isPublished(path) ? readPublished(path, modelWeightsSchema) : null;
}

/** @throws FormatError as `readPublished`, or where an array's length disagrees with the number of units */
export function readLayer(model: string, tap: string): LayerData {
  const path = join("models", model, `${tap}.json`);
  const layer = readPublished(path, layerDataSchema);
  const where = join(dataFolder(), path);
  return once(`checked ${where}`, () => {
    checkLengths(where, layer);
    return layer;
  });
}

/** All layers of a model from input to output. */
export function readLayers(model: ModelData): LayerData[] {
  return [...model.layers].sort((a, b) => a.depth - b.depth).map(({ tap }) => readLayer(model.id, tap));
}

export function readImageSet(name: string): ImageSetData {
  return readPublished(join("images", `${name}.json`), imageSetDataSchema);
}

/** The picturebook, or null where the atlas has none. */
export function readPicturebook(): PicturebookData | null {
  return readAtlas()?.picturebook ? readPublished("picturebook.json", picturebookDataSchema) : null;
}

/** Position of every image of a set in its parallel arrays, by index in the set. */
export function imagePositions(set: ImageSetData): ReadonlyMap<number, number> {
  return once(
    `positions ${dataFolder()} ${set.name}`,
    () => new Map(set.index.map((image, position) => [image, position])),
  );
}

/**
 * Bytes of an object.
 *
 * @throws FormatError where it is not in `objects/` or has another length than its reference says
 */
export function readObject(ref: ObjectRef): Uint8Array {
  const where = join(publicFolder(), objectPath(ref));
  return once(where, () => {
    if (!existsSync(where)) throw new FormatError(where, "a published object", "none", REBUILD);
    const bytes = readFileSync(where);
    if (bytes.length !== ref.bytes) {
      throw new FormatError(where, `${ref.bytes} bytes`, `${bytes.length}`, REBUILD);
    }
    return bytes;
  });
}

function checkLengths(where: string, layer: LayerData): void {
  const { units, statistics, histogram, top, quantiles, nearest, visualizations } = layer;
  const expected: [string, readonly unknown[], number][] = [
    ["statistics.mean", statistics.mean, units],
    ["statistics.density", statistics.density, units],
    ["histogram.counts", histogram.counts, units * histogram.bins],
    ["top.image", top.image, units * top.count],
    ["quantiles.image", quantiles.image, units * quantiles.count],
    ["nearest.unit", nearest.unit, units * nearest.count],
    ["visualizations", visualizations, units],
  ];
  for (const [field, values, length] of expected) {
    if (values.length !== length) {
      throw new FormatError(`${where}: ${field}`, `${length} entries`, `${values.length}`, REBUILD);
    }
  }
}
