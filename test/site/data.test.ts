/** Published data as pages read it: whole, and with everything that can be wrong with it. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { layerDataSchema, objectPath } from "#format/atlas-data.ts";
import { referenceDataSchema } from "#format/reference-data.ts";
import { unitData, unitDataSchema } from "#format/unit-data.ts";
import { weightBytes } from "#format/weight-chunks.ts";
import { writeFixtureAtlas } from "#test/support/fixture-atlas.ts";
import { wallOfUnits } from "../../src/site/choose.ts";
import {
  readAtlas,
  readLayer,
  readLayers,
  readModel,
  readModels,
  readObject,
  readPicturebook,
  readWeights,
} from "../../src/site/data.ts";
import { referenceOf } from "../../src/site/reference.ts";
import { readUnit } from "../../src/site/units.ts";

const MODEL = "picturebook_vit";
const TAP = "blocks.2.mlp.act";
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "atlas-data-"));
  await writeFixtureAtlas({ data: join(folder, "data"), public: join(folder, "public"), units: 4 });
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** Reads from the fixture, or from a copy in which one file has been changed. */
async function atlasWith(path?: string, change?: (value: Record<string, unknown>) => unknown): Promise<void> {
  vi.stubEnv("ATLAS_PUBLIC", join(folder, "public"));
  vi.stubEnv("ATLAS_DATA", join(folder, "data"));
  if (!path || !change) return;
  const changed = await mkdtemp(join(folder, "changed-"));
  const value = JSON.parse(await readFile(join(folder, "data", path), "utf8"));
  const result = change(value);
  await mkdir(dirname(join(changed, path)), { recursive: true });
  await writeFile(join(changed, path), typeof result === "string" ? result : JSON.stringify(result ?? value));
  vi.stubEnv("ATLAS_DATA", changed);
}

const LAYER = `models/${MODEL}/${TAP}.json`;

test("without data there is no atlas, no model and no picturebook, and no error", () => {
  vi.stubEnv("ATLAS_DATA", join(folder, "nowhere"));
  expect(readAtlas()).toBeNull();
  expect(readModels()).toEqual([]);
  expect(readPicturebook()).toBeNull();
});

test("a layer is parsed once, however often it is asked for", async () => {
  await atlasWith();
  expect(readLayer(MODEL, TAP)).toBe(readLayer(MODEL, TAP));
});

test("a missing file names its path and the command that makes it", async () => {
  await atlasWith();
  expect(() => readLayer(MODEL, "blocks.9.mlp.act")).toThrow(
    /blocks\.9\.mlp\.act\.json: expected a published file, got none; run `npm run atlas`/,
  );
});

test("data of another format version are refused before their shape is looked at", async () => {
  await atlasWith(LAYER, (layer) => ({ ...layer, format: 2, units: "many" }));
  expect(() => readLayer(MODEL, TAP)).toThrow(/expected data of format 1, got format 2; run `npm run atlas`/);
});

test("a field of the wrong shape is named", async () => {
  await atlasWith(LAYER, (layer) => ({ ...layer, units: "many" }));
  expect(() => readLayer(MODEL, TAP)).toThrow(
    /blocks\.2\.mlp\.act\.json: units: expected the published shape/,
  );
});

test("arrays that do not fit the number of units are named", async () => {
  await atlasWith(LAYER, (layer) => ({ ...layer, units: 5 }));
  expect(() => readLayer(MODEL, TAP)).toThrow(/statistics\.mean: expected 5 entries, got 4/);
});

test("what is no JSON says so", async () => {
  await atlasWith(LAYER, () => "{");
  expect(() => readLayer(MODEL, TAP)).toThrow(/expected JSON, got /);
});

test("a missing object and one of the wrong length are told apart", async () => {
  await atlasWith();
  const { maps } = readLayer(MODEL, TAP).top;
  const lost = { ...maps, digest: "0".repeat(64) };
  expect(() => readObject(lost)).toThrow(/expected a published object, got none/);
  const cut = { ...maps, digest: "1".repeat(64) };
  const file = join(folder, "public", objectPath(cut));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "short");
  expect(() => readObject(cut)).toThrow(new RegExp(`expected ${maps.bytes} bytes, got 5`));
});

test("a unit cut out of its layer fits its schema and holds its own rows", async () => {
  await atlasWith();
  const layer = readLayer(MODEL, TAP);
  const unit = readUnit(layer, 2);
  expect(unitDataSchema.parse(unit)).toEqual(unit);
  expect(unit.id).toBe(`${MODEL}/${TAP}/2`);
  expect(unit.top.map(({ image }) => image)).toEqual(
    layer.top.image.slice(2 * layer.top.count, 3 * layer.top.count),
  );
  const maps = readObject(layer.top.maps);
  const at = (2 * layer.top.count + 1) * 64;
  expect(unit.top[1]!.map).toEqual([...maps.subarray(at, at + 64)]);
  expect(unit.visualization).not.toBeNull();
  expect(readUnit(layer, 3).visualization).toBeNull();
});

test("a pack of maps of the wrong size is refused with the size it should have", async () => {
  await atlasWith();
  const layer = layerDataSchema.parse(readLayer(MODEL, TAP));
  const quantiles = readObject(layer.quantiles.maps);
  expect(() => unitData(layer, 0, { top: new Uint8Array(3), quantiles })).toThrow(
    /top\.maps: expected 4 × 12 × 8 × 8 = 3072 bytes, got 3/,
  );
});

test("weights are read where they are published, and are otherwise none", async () => {
  await atlasWith();
  const weights = readWeights(MODEL)!;
  expect(weightBytes(weights, TAP)).toBeLessThan(weightBytes(weights));
  expect(readObject(weights.chunks[0]!.object)).toHaveLength(weights.chunks[0]!.object.bytes);
  expect(readWeights("picturebook_resnet")).toBeNull();
});

test("what an own image is compared with agrees with the layers, to four digits", async () => {
  await atlasWith();
  const reference = referenceDataSchema.parse(referenceOf(readModel(MODEL)));
  expect(reference.layers.map(({ depth }) => depth)).toEqual([0, 1, 2]);
  const layer = readLayer(MODEL, TAP);
  const { mean, std, peak } = reference.layers[1]!;
  mean.forEach((value, unit) => {
    const { count, peak: peaks } = layer.top;
    const highest = Math.max(...peaks.slice(unit * count, (unit + 1) * count));
    expect(value).toBe(Number(layer.statistics.mean[unit]!.toPrecision(4)));
    expect(std[unit]).toBe(Number(layer.statistics.std[unit]!.toPrecision(4)));
    expect(peak[unit]).toBe(Number(highest.toPrecision(4)));
  });
});

test("the wall takes from all layers in turn, and never a neuron without a picture", async () => {
  await atlasWith();
  const layers = readModels().flatMap(readLayers);
  const wall = wallOfUnits(layers, 8);
  expect(wall).toHaveLength(8);
  expect(new Set(wall.slice(0, 6).map(({ layer }) => layer)).size).toBe(6);
  expect(wall.every(({ layer, index }) => layer.visualizations[index] !== null)).toBe(true);
  expect(wallOfUnits(layers, 8)).toEqual(wall);
});
