/** What a build computes is what its words mean: the stages against naive computations on the same models. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forwardDefinition } from "#core/ascent.ts";
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
} from "#format/atlas-data.ts";
import type { Findings } from "#pipeline/build.ts";
import { encodeStrip } from "#pipeline/pictures.ts";
import { stages } from "#pipeline/plan.ts";
import { compile } from "#pipeline/run/index.ts";
import { usualUnits } from "#pipeline/stages/choose-units.ts";
import type { OpenedModel } from "#pipeline/stages/fetch-weights.ts";
import { recipeOf, snapshotSteps } from "#pipeline/stages/trace-programs.ts";
import { weightsOf } from "#pipeline/stages/visualize.ts";
import {
  buildTiny,
  PHOTOGRAPHS,
  surroundings,
  type TinyAtlas,
  writeTinyAtlas,
} from "#test/support/tiny-atlas.ts";
import { writeTinyModel } from "#test/support/tiny-model.ts";

const TIMEOUT = 60_000;
const VIT = "tiny_vit";
const TAP = "blocks.1.mlp.act";

let folder: string;
let atlas: TinyAtlas;
let findings: Findings;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "atlas-plan-"));
  atlas = await writeTinyAtlas({}, folder);
  findings = await buildTiny(atlas);
}, TIMEOUT);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const json = (path: string): unknown => JSON.parse(readFileSync(join(atlas.data, path), "utf8"));
const layer = (model = VIT, tap = TAP): LayerData =>
  layerDataSchema.parse(json(`models/${model}/${tap}.json`));
const model = (id = VIT): ModelData => modelDataSchema.parse(json(`models/${id}/model.json`));
const imageSet = (): ImageSetData => imageSetDataSchema.parse(json("images/photographs.json"));
const summary = (): AtlasData => atlasDataSchema.parse(json("atlas.json"));
const objectOf = (ref: ObjectRef) =>
  readFileSync(join(atlas.objects, objectPath(ref).slice("objects/".length)));

/** All activations of a tap, image by image, and all logits: [images][positions·units], [images][classes]. */
async function activationsOf(opened: OpenedModel, tap: string) {
  const batch = 1;
  const definition = forwardDefinition(opened.config, [tap], batch);
  const runner = await compile(definition, await opened.weights(), { device: "cpu", threads: 1 });
  const { set } = findings.images!;
  const values: Float32Array[] = [];
  const logits: Float32Array[] = [];
  for (let image = 0; image < set.length; image++) {
    const outputs = await runner.run({ images: await set.read([image], opened.card.preprocessing) });
    values.push(outputs[tap] as Float32Array);
    logits.push(outputs.logits as Float32Array);
  }
  await runner.dispose();
  return { values, logits };
}

const opened = (id: string) => findings.models!.find(({ card }) => card.id === id)!;
const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test("the stages are in the order of the design", () => {
  expect(stages.map(({ name }) => name)).toEqual([
    "fetch-weights",
    "index-images",
    "trace-programs",
    "top-images",
    "layer-statistics",
    "run-experiments",
    "choose-units",
    "visualize",
    "publish",
    "build-site",
  ]);
});

test.each([
  ["tiny_vit", "blocks.1.mlp.act"],
  ["tiny_resnet", "layer1.0.out"],
])(
  "published statistics of %s/%s equal those of all activations",
  async (id, tap) => {
    const { values } = await activationsOf(opened(id), tap);
    const { units, grid, statistics, top, histogram, seen, selectivity } = layer(id, tap);
    const positions = grid[0] * grid[1];
    expect(seen).toBe(PHOTOGRAPHS);
    const maps = objectOf(top.maps);
    for (let unit = 0; unit < units; unit++) {
      const at = (image: number, p: number) => values[image]![p * units + unit]!;
      const places = Array.from({ length: positions }, (_, p) => p);
      const means = values.map((_, image) => average(places.map((p) => at(image, p))));
      const mean = average(means);
      expect(statistics.mean[unit]).toBeCloseTo(mean, 4);
      expect(statistics.std[unit]).toBeCloseTo(Math.sqrt(average(means.map((x) => (x - mean) ** 2))), 4);
      expect(statistics.min[unit]).toBeCloseTo(Math.min(...means), 4);
      expect(statistics.max[unit]).toBeCloseTo(Math.max(...means), 4);
      const positive = values.flatMap((_, image) => places.filter((p) => at(image, p) > 0));
      expect(statistics.density[unit]).toBeCloseTo(positive.length / (PHOTOGRAPHS * positions), 5);
      const counts = histogram.counts.slice(unit * histogram.bins, (unit + 1) * histogram.bins);
      expect(counts.reduce((a, b) => a + b, 0)).toBe(PHOTOGRAPHS);

      const best = means.map((value, image) => ({ value, image })).sort((a, b) => b.value - a.value);
      for (let i = 0; i < top.count; i++) {
        const entry = unit * top.count + i;
        expect(top.activation[entry]).toBeCloseTo(best[i]!.value, 4);
        const image = top.image[entry]!;
        expect(means[image]).toBeCloseTo(best[i]!.value, 4);
        const peak = Math.max(...places.map((p) => at(image, p)));
        expect(top.peak[entry]).toBeCloseTo(peak, 4);
        for (const p of places) {
          const byte = maps[entry * positions + p]!;
          expect(Math.abs((byte / 255) * Math.max(0, peak) - Math.max(0, at(image, p)))).toBeLessThan(
            peak / 255 + 1e-6,
          );
        }
      }
    }
    expect(Object.keys(selectivity)).toEqual(["class"]);
  },
  TIMEOUT,
);

test(
  "the accuracy is that of the logits",
  async () => {
    const { card, labels } = opened(VIT);
    const { logits } = await activationsOf(opened(VIT), TAP);
    const { set } = findings.images!;
    let [first, five] = [0, 0];
    logits.forEach((row, image) => {
      const name = set.classes[set.facts(image).classIndex!]!;
      const order = [...row.keys()].sort((a, b) => row[b]! - row[a]!).map((index) => labels[index]!.name);
      if (order[0] === name) first++;
      if (order.slice(0, 5).includes(name)) five++;
    });
    expect(model(card.id).accuracy).toEqual({
      top1: first / PHOTOGRAPHS,
      top5: five / PHOTOGRAPHS,
      images: PHOTOGRAPHS,
    });
  },
  TIMEOUT,
);

test("a model is published with all its blocks, whose parameters sum to the model's", () => {
  const { network, parameters, layers } = model();
  const taps = network.blocks.map(({ tap }) => tap);
  expect(taps).toEqual(opened(VIT).model.taps.map(({ name }) => name));
  expect(layers.every(({ tap }) => taps.includes(tap))).toBe(true);
  expect([...network.blocks, network.head].reduce((sum, block) => sum + block.parameters, 0)).toBe(
    parameters,
  );
});

test("every cited image is published once, with its class and a picture", async () => {
  const { index, picture, class: classes } = imageSet();
  const cited = new Set<number>();
  for (const { id } of [{ id: "tiny_vit" }, { id: "tiny_resnet" }]) {
    for (const { tap } of model(id).layers) {
      const { top, quantiles } = layer(id, tap);
      for (const image of [...top.image, ...quantiles.image]) cited.add(image);
    }
  }
  expect(index).toEqual([...cited].sort((a, b) => a - b));
  expect(classes).not.toContain(null);
  const { width, height, format } = await sharp(objectOf(picture[0]!)).metadata();
  expect([width, height, format]).toEqual([24, 24, "webp"]);
});

test("the chosen neurons are the most selective of those that vary, and some at random, marked as such", () => {
  const { visualizations, selectivity, statistics } = layer();
  const chosen = visualizations.flatMap((entry, unit) => (entry ? [{ unit, why: entry.chosen }] : []));
  expect(chosen.map(({ why }) => why).sort()).toEqual(["random", "selective", "selective"]);
  const { explained } = selectivity.class!;
  const median = statistics.std.toSorted((a, b) => a - b)[statistics.std.length / 2]!;
  const ranked = explained
    .map((_, unit) => unit)
    .filter((unit) => statistics.std[unit]! >= median)
    .sort((a, b) => explained[b]! - explained[a]! || a - b);
  const selective = chosen.filter(({ why }) => why === "selective").map(({ unit }) => unit);
  expect(selective.sort()).toEqual(ranked.slice(0, 2).sort());
});

test("the choice is a function of statistics, seed and layer", () => {
  const statistics = findings.layers!.get(`${VIT}/${TAP}`)!;
  const settings = { selective: 2, random: 5, seed: 0, layer: "a" };
  const first = usualUnits(statistics, 16, settings);
  expect(usualUnits(statistics, 16, settings)).toEqual(first);
  expect(first.size).toBe(7);
  expect(usualUnits(statistics, 16, { ...settings, layer: "b" })).not.toEqual(first);
  expect(usualUnits(statistics, 16, { ...settings, selective: 20 }).size).toBe(16);
});

test(
  "one image a class says nothing of a unit: such classes explain no variance, and scenes still do",
  async () => {
    const own = await writeTinyAtlas({ images: { kind: "picturebook", seed: 3, count: 32 } });
    const { layers } = await buildTiny(own, { last: "layer-statistics" });
    const { selectivity } = layers!.get(`${VIT}/${TAP}`)!;
    expect(selectivity.class).toBeUndefined();
    expect(selectivity.scene!.explained.some((share) => share > 0 && share < 1)).toBe(true);
  },
  TIMEOUT,
);

test("without classes the choice falls back on how far a unit's maximum is from its mean", () => {
  const statistics = { ...findings.layers!.get(`${VIT}/${TAP}`)!, selectivity: {} };
  const { mean, std, max } = statistics;
  const score = Array.from(mean, (_, u) => (max[u]! - mean[u]!) / std[u]!);
  const median = [...std].sort((a, b) => a - b)[std.length / 2]!;
  const lively = score.map((value, unit) => (std[unit]! >= median ? value : -1));
  const best = lively.indexOf(Math.max(...lively));
  const usual = usualUnits(statistics, 16, { selective: 1, random: 0, seed: 0, layer: "a" });
  expect([...usual.keys()]).toEqual([best]);
});

test("an ascent is published with its snapshots, curves and the final image", async () => {
  const visualization = layer().visualizations.find((entry) => entry !== null)!;
  expect(visualization.steps).toEqual([0, 1, 2, 4, 5, 6]);
  expect(visualization.recorded).toEqual([0, 1, 2, 3, 4, 5]);
  expect(visualization.objective).toHaveLength(6);
  expect(visualization.variation.every((value) => value > 0)).toBe(true);
  const strip = sharp(objectOf(visualization.strip));
  expect(await strip.metadata()).toMatchObject({ width: 6 * 16, height: 16, format: "webp" });
  const last = await strip
    .extract({ left: 5 * 16, top: 0, width: 16, height: 16 })
    .raw()
    .toBuffer();
  const image = await sharp(objectOf(visualization.image)).raw().toBuffer();
  expect(last.equals(image)).toBe(true);
});

test("the strip of a large model's snapshots is lossy and small, and close to them", async () => {
  const size = 160;
  const wave = (frequency: number) =>
    Float32Array.from({ length: 3 * size * size }, (_, i) => 0.5 + 0.5 * Math.sin((i % size) * frequency));
  const strip = await encodeStrip([wave(0.2), wave(0.4)], size);
  const { data, info } = await sharp(strip).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 2 * size, height: size, channels: 3 });
  expect(strip.length).toBeLessThan(0.8 * 2 * size * size);
  const second = wave(0.4);
  const errors = Array.from({ length: size }, (_, x) => Math.abs(data[(size + x) * 3]! / 255 - second[x]!));
  expect(Math.max(...errors)).toBeLessThan(0.05);
});

test("every neuron of a layer has a thumbnail in the sprite", async () => {
  const { sprite, units } = layer();
  const { width, height } = await sharp(objectOf(sprite.picture)).metadata();
  expect([width, height]).toEqual([sprite.picture.width, sprite.picture.height]);
  expect(sprite.columns * (height! / sprite.tile)).toBeGreaterThanOrEqual(units);
});

test("provenance names weights, programs, images and versions", () => {
  const { provenance, visualizations } = layer();
  expect(provenance.weights).toBe(opened(VIT).digest);
  expect(provenance.images).toBe(findings.images!.set.digest);
  expect(Object.keys(provenance.versions)).toEqual(["atlas", "onnxruntime-node", "sharp", "vips"]);
  const other = visualizations.find((entry) => entry !== null)!.provenance;
  expect(other.program).not.toBe(provenance.program);
  expect(other.seed).toBe(0);
});

test("totals count what is there", () => {
  const { totals, models } = summary();
  const layers = models.flatMap((id) => model(id).layers);
  expect(totals.units).toBe(layers.reduce((sum, { units }) => sum + units, 0));
  expect(totals.visualized).toBe(12);
  expect(totals.images).toBe(imageSet().index.length);
});

test(
  "a selected model narrows the work and takes nothing from the atlas",
  async () => {
    const own = await writeTinyAtlas();
    await buildTiny(own, { selection: { models: ["tiny_vit"] } });
    const read = () => atlasDataSchema.parse(JSON.parse(readFileSync(join(own.data, "atlas.json"), "utf8")));
    expect(read().models).toEqual(["tiny_vit"]);
    await buildTiny(own, { selection: { models: ["tiny_resnet"] } });
    expect(read().models).toEqual(["tiny_vit", "tiny_resnet"]);
  },
  TIMEOUT,
);

test(
  "neurons that were asked for stay in the atlas, and all at once are marked as all",
  async () => {
    const own = await writeTinyAtlas();
    const target = { text: "", model: VIT, tap: TAP, units: [0, 5] as const };
    await buildTiny(own, { selection: { targets: [target] } });
    await buildTiny(own);
    const path = join(own.data, `models/${VIT}/${TAP}.json`);
    const visualized = () =>
      layerDataSchema
        .parse(JSON.parse(readFileSync(path, "utf8")))
        .visualizations.map((entry) => entry?.chosen);
    expect(visualized().slice(0, 6)).not.toContain(undefined);
    expect(visualized()).toContain("asked");
    await buildTiny(own, { selection: { all: true, models: [VIT], taps: [TAP] } });
    expect(new Set(visualized())).toEqual(new Set(["selective", "random", "all"]));
  },
  TIMEOUT,
);

/** Images and records of a neuron's job, as bytes. */
async function ascentOf(batch: number, units: readonly [number, number], unit: number): Promise<string> {
  const own = await writeTinyAtlas({ recipe: { steps: 6, copies: 4, batch }, models: ["./tiny_vit.json"] });
  // The built-in ViT's own width and positions: in smaller products every row is rounded alike.
  const config = { patchSize: 8, width: 128, depth: 2, heads: 4, mlpRatio: 1 };
  await writeTinyModel(own.folder, { id: VIT, size: 64, config });
  const target = { text: "", model: VIT, tap: TAP, units };
  await buildTiny(own, { selection: { targets: [target] } });
  const path = join(own.data, `models/${VIT}/${TAP}.json`);
  const { visualizations } = layerDataSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  return JSON.stringify({ ...visualizations[unit]!, chosen: "" });
}

test(
  "what becomes of a neuron does not depend on its batch mates, bit for bit",
  async () => {
    const alone = await ascentOf(4, [5, 5], 5);
    expect(await ascentOf(4, [3, 6], 5)).toBe(alone);
    expect(await ascentOf(4, [2, 7], 5)).toBe(alone);
    expect(await ascentOf(4, [0, 12], 5)).toBe(alone);
  },
  TIMEOUT,
);

test(
  "a neuron is tried with falling weights until its image fires it well, and the most exciting one is kept",
  async () => {
    const own = await writeTinyAtlas();
    const path = join(own.data, `models/${VIT}/${TAP}.json`);
    const made = async (...weights: number[]) => {
      await buildTiny(own, {
        overrides: { "recipe.variationWeights": weights },
        selection: { models: [VIT] },
      });
      const { visualizations, top, statistics } = layerDataSchema.parse(
        JSON.parse(readFileSync(path, "utf8")),
      );
      const enough = (unit: number) =>
        Math.max(0, (statistics.mean[unit]! + top.activation[unit * top.count]!) / 2);
      return visualizations.flatMap((entry, unit) => (entry ? [{ entry, enough: enough(unit) }] : []));
    };
    const heavy = 1e6;
    const [first, second, both] = [await made(heavy), await made(0), await made(heavy, 0)];
    const kept = both.map(({ enough }, i) => {
      const [a, b] = [first[i]!.entry, second[i]!.entry];
      return a.activation > enough || a.activation >= b.activation ? a : b;
    });
    expect(both.map(({ entry }) => entry)).toEqual(kept);
    expect(kept.some(({ variationWeight }) => variationWeight === 0)).toBe(true);
  },
  TIMEOUT,
);

test("weights of the variation begin with the recipe's and fall", async () => {
  const { config } = await surroundings(atlas);
  const recipe = recipeOf(config, 16);
  expect(weightsOf(config, recipe)).toEqual([1, 0.1, 0.01]);
});

test("snapshots are spread evenly from the noise to the last step", () => {
  expect(snapshotSteps(160, 6)).toEqual([0, 32, 64, 96, 128, 160]);
  expect(snapshotSteps(2, 8)).toEqual([0, 1, 2]);
});

test("small images get the atlas recipe, large ones the paper's", async () => {
  const { config } = await surroundings(atlas);
  expect(recipeOf(config, 64).name).toBe("atlas");
  expect(recipeOf(config, 224).name).toBe("ghiasi2022");
});
