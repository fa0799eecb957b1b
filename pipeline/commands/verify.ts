/** `verify`: reads everything published again: its form, its references, and the hash of every object. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import {
  atlasDataSchema,
  imageSetDataSchema,
  layerDataSchema,
  modelDataSchema,
  type ObjectRef,
  objectSchema,
  picturebookDataSchema,
} from "#format/atlas-data.ts";
import { experimentDataSchema, experimentIndexSchema } from "#format/experiment.ts";
import { modelWeightsSchema } from "#format/model-weights.ts";
import { jsonSchemaSchema, schemaNames } from "#format/schemas.ts";
import type { AtlasConfig } from "../config.ts";
import { AtlasFailure } from "../failure.ts";
import type { Output } from "../output.ts";
import { releaseOf, withinObjects } from "../publish/publication.ts";
import { digestOf, readIfThere } from "../store/objects.ts";

const REBUILD = "run `npm run atlas`: it writes what is missing or damaged again";

/** @throws AtlasFailure data-missing, object-missing or object-corrupt for the first thing that is wrong */
export async function verify({ output: { data, objects } }: AtlasConfig, output: Output): Promise<void> {
  const files = new Map<string, string>();
  const cited = new Map<string, ObjectRef>();
  const read = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const full = join(data, path);
    const bytes = await readIfThere(full);
    if (!bytes) throw new AtlasFailure("data-missing", full, "a file of the atlas", "none", REBUILD);
    files.set(path, digestOf(bytes));
    const value = parse(bytes.toString(), schema, full);
    for (const ref of citations(value)) cited.set(withinObjects(ref), ref);
    return value;
  };

  const atlas = await read("atlas.json", atlasDataSchema);
  for (const name of atlas.imageSets) await read(`images/${name}.json`, imageSetDataSchema);
  for (const id of atlas.models) {
    const { layers } = await read(`models/${id}/model.json`, modelDataSchema);
    for (const { tap } of layers) await read(`models/${id}/${tap}.json`, layerDataSchema);
    // Not every model's weights are published; where they were and are not there, the release is another.
    const weights = `models/${id}/weights.json`;
    if (existsSync(join(data, weights))) await read(weights, modelWeightsSchema);
  }
  if (atlas.picturebook) await read("picturebook.json", picturebookDataSchema);
  // As with weights: an index that was published and is not there makes the release another.
  const index = "experiments/index.json";
  if (existsSync(join(data, index))) {
    const { experiments } = await read(index, experimentIndexSchema);
    for (const id of experiments) await read(`experiments/${id}.json`, experimentDataSchema);
  }
  for (const name of schemaNames) await read(`schemas/${name}.json`, jsonSchemaSchema);

  const { format: _, release, built: __, totals, ...facts } = atlas;
  const { bytes: ___, ...counted } = totals;
  const actual = releaseOf(files, { ...facts, totals: counted });
  if (actual !== release) {
    throw new AtlasFailure(
      "object-corrupt",
      data,
      `the files of release ${release}`,
      `those of ${actual}`,
      REBUILD,
    );
  }
  let bytes = 0;
  for (const [path, ref] of cited) bytes += await verifyObject(join(objects, path), ref);
  output.show(
    { type: "verified", release, files: files.size, objects: cited.size, bytes },
    `release ${release}: ${files.size} files and ${cited.size} objects (${(bytes / 1e6).toFixed(1)} MB) are as published`,
  );
}

function parse<T>(text: string, schema: z.ZodType<T>, path: string): T {
  const next = REBUILD;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AtlasFailure("object-corrupt", path, "JSON", (error as Error).message, next);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path: at, message } = result.error.issues[0]!;
  throw new AtlasFailure("object-corrupt", `${path}: ${at.join(".")}`, "published data", message, next);
}

/** All objects that a published value cites, wherever in it. */
function* citations(value: unknown): Generator<ObjectRef> {
  if (typeof value !== "object" || value === null) return;
  const ref = "digest" in value ? objectSchema.safeParse(value) : undefined;
  if (ref?.success) yield ref.data;
  else for (const inner of Object.values(value)) yield* citations(inner);
}

async function verifyObject(path: string, { digest }: ObjectRef): Promise<number> {
  const bytes = await readIfThere(path);
  if (!bytes) throw new AtlasFailure("object-missing", path, "a published object", "no file", REBUILD);
  const actual = digestOf(bytes);
  if (actual === digest) return bytes.length;
  throw new AtlasFailure("object-corrupt", path, `bytes of SHA-256 ${digest}`, `bytes of ${actual}`, REBUILD);
}
