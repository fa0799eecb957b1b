/**
 * A small atlas that no model computed: valid published data for tests of pages and for their design.
 *
 * Activations are drawn from seeds; statistics, examples, selectivity and neighbours are then computed from
 * them, so that the numbers of a page agree with each other. Not a reference for how the pipeline computes.
 */

import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import { initialValues } from "#core/params.ts";
import {
  type AtlasData,
  atlasDataSchema,
  type Examples,
  type ImageSetData,
  imageSetDataSchema,
  type LayerData,
  layerDataSchema,
  type ModelData,
  modelDataSchema,
  type ObjectRef,
  objectPath,
  type PicturebookData,
  type PictureRef,
  type Provenance,
  picturebookDataSchema,
  type Visualization,
} from "#format/atlas-data.ts";
import { experimentDataSchema, experimentIndexSchema } from "#format/experiment.ts";
import { type ModelWeights, modelWeightsSchema } from "#format/model-weights.ts";
import { jsonSchema, schemaNames } from "#format/schemas.ts";
import { selectivityTables } from "#format/unit-data.ts";
import {
  box,
  classes,
  concepts,
  describe,
  type Part,
  type Picture,
  render,
  renderMany,
  scenes,
  textures,
} from "#pipeline/images/picturebook/index.ts";
import { networkData } from "#pipeline/publish/network.ts";
import { weightChunks } from "#pipeline/publish/weight-chunks.ts";
import {
  byFallingActivation,
  drawActivations,
  histogramOf,
  type Labels,
  mapOf,
  meanOf,
  nearestOf,
  round,
  rowsOf,
  selectivityOf,
  statisticsOf,
} from "./fixture-activations.ts";
import { fixtureExperiments } from "./fixture-experiments.ts";
import { drawPattern, pngOf, seededRandom, sheetOf } from "./fixture-pictures.ts";

export interface FixtureOptions {
  /** Folder for the data, `content/data` of a real atlas. */
  readonly data: string;
  /** Folder that gets `objects/`, `public` of a real atlas. */
  readonly public: string;
  /** Units of every layer; by default 40, 32, 24 and 16, 20, 12. */
  readonly units?: number;
}

const SIZE = 64;
const IMAGES = 192;
const SEED = 2022;
const SNAPSHOTS = [0, 29, 57, 86, 114, 143, 171, 200];
const PATTERNS = 30;
const RECORDED = Array.from({ length: 41 }, (_, k) => k * 5);
const HEX = (text: string) => createHash("sha256").update(text).digest("hex");

const provenance: Provenance = {
  weights: HEX("weights"),
  program: HEX("program"),
  images: HEX("images"),
  seed: 20260101,
  device: "cpu",
  versions: { atlas: "0.1.0", "onnxruntime-node": "1.30.0" },
};

const MODELS = [
  {
    id: "picturebook_vit",
    title: "Picturebook ViT",
    description: "A small vision transformer that was trained on the picturebook, 64 px, patches of 8.",
    architecture: "vit",
    top1: 0.962,
    layers: [
      {
        tap: "blocks.0.mlp.act",
        label: "Block 0 · feed-forward",
        kind: "mlp.act",
        grid: [8, 8],
        units: 40,
        labelled: true,
      },
      {
        tap: "blocks.2.mlp.act",
        label: "Block 2 · feed-forward",
        kind: "mlp.act",
        grid: [8, 8],
        units: 32,
        labelled: true,
      },
      {
        tap: "blocks.5.mlp.act",
        label: "Block 5 · feed-forward",
        kind: "mlp.act",
        grid: [8, 8],
        units: 24,
        labelled: true,
      },
    ],
  },
  {
    id: "picturebook_resnet",
    title: "Picturebook ResNet",
    description: "A residual convolutional network of similar accuracy, for comparison.",
    architecture: "resnet",
    top1: 0.955,
    layers: [
      {
        tap: "layer1.1.out",
        label: "Stage 1 · block 1",
        kind: "out",
        grid: [16, 16],
        units: 16,
        labelled: true,
      },
      {
        tap: "layer2.1.out",
        label: "Stage 2 · block 1",
        kind: "out",
        grid: [8, 8],
        units: 20,
        labelled: true,
      },
      {
        tap: "layer3.1.out",
        label: "Stage 3 · block 1",
        kind: "out",
        grid: [4, 4],
        units: 12,
        labelled: false,
      },
    ],
  },
] as const;

const SCENES = scenes.map(({ name }) => name as string);
const TEXTURES = textures.map(({ name }) => name as string);
const CONCEPTS = concepts.map(({ name }) => name as string);

/** Writes the atlas and returns its root. */
export async function writeFixtureAtlas(options: FixtureOptions): Promise<AtlasData> {
  const objects = new ObjectWriter(options.public);
  const described = Array.from({ length: IMAGES }, (_, image) => describe(SEED, image));
  const labels = described.map(labelsOf);
  const rendered = await renderMany(described, SIZE);
  const tiles = described.map((_, image) =>
    rendered.subarray(image * SIZE * SIZE * 3, (image + 1) * SIZE * SIZE * 3),
  );
  const pictures: PictureRef[] = [];
  for (const tile of tiles) pictures.push(await objects.picture(await pngOf(tile, SIZE), "png", SIZE, SIZE));
  const patterns = await Promise.all(
    Array.from({ length: PATTERNS }, async (_, seed) => {
      const frames = SNAPSHOTS.map((_, k) => drawPattern(seed, SIZE, k / (SNAPSHOTS.length - 1)));
      const last = await sheetOf([frames.at(-1)!], SIZE, 1, "png");
      const strip = await sheetOf(frames, SIZE, frames.length, "webp");
      return {
        raw: frames.at(-1)!,
        image: await objects.picture(last.bytes, "png", last.width, last.height),
        strip: await objects.picture(strip.bytes, "webp", strip.width, strip.height),
      };
    }),
  );

  const models: ModelData[] = [];
  for (const [m, model] of MODELS.entries()) {
    const layers: LayerData[] = [];
    for (const [depth, spec] of model.layers.entries()) {
      const units = options.units ?? spec.units;
      const activations = drawActivations(m * 10 + depth, units, labels, depth);
      const top = rowsOf(units, (u) => byFallingActivation(activations[u]!).slice(0, 12));
      const levels = [0.99, 0.95, 0.9, 0.75, 0.5, 0.25];
      const quantiles = rowsOf(units, (u) => {
        const order = byFallingActivation(activations[u]!);
        return levels.map((level) => order[Math.round((1 - level) * (IMAGES - 1))]!);
      });
      const visualizations = Array.from({ length: units }, (_, unit) =>
        unit % 4 === 3
          ? null
          : visualizationOf(unit, patterns[(unit + depth * 7 + m * 13) % PATTERNS]!, activations[unit]!),
      );
      const sheet = await sheetOf(
        visualizations.map((made, unit) =>
          made ? patterns[(unit + depth * 7 + m * 13) % PATTERNS]!.raw : tiles[top[unit]![0]!]!,
        ),
        SIZE,
        Math.ceil(Math.sqrt(units)),
        "webp",
      );
      layers.push({
        format: 1,
        model: model.id,
        tap: spec.tap,
        label: spec.label,
        kind: spec.kind,
        depth,
        units,
        grid: [spec.grid[0], spec.grid[1]],
        imageSet: "picturebook",
        seen: IMAGES,
        statistics: statisticsOf(activations),
        histogram: histogramOf(activations),
        top: await examplesOf(objects, top, activations, spec.grid),
        quantiles: { ...(await examplesOf(objects, quantiles, activations, spec.grid)), levels },
        selectivity: spec.labelled
          ? {
              class: selectivityOf(
                activations,
                labels.map((label) => label.class),
                classes.map(({ name }) => name),
              ),
              scene: selectivityOf(
                activations,
                labels.map((label) => label.scene),
                SCENES,
              ),
              texture: selectivityOf(
                activations,
                labels.map((label) => label.texture),
                TEXTURES,
              ),
              concept: selectivityOf(
                activations,
                labels.map((label) => label.concept),
                CONCEPTS,
              ),
            }
          : {},
        nearest: nearestOf(activations.slice(0, 60), units),
        sprite: {
          picture: await objects.picture(sheet.bytes, "webp", sheet.width, sheet.height),
          tile: SIZE,
          columns: Math.ceil(Math.sqrt(units)),
        },
        visualizations,
        provenance,
      });
    }
    for (const layer of layers) {
      await writeJson(options.data, `models/${model.id}/${layer.tap}.json`, layerDataSchema.parse(layer));
    }
    models.push(modelOf(model, layers));
    await writeJson(options.data, `models/${model.id}/model.json`, modelDataSchema.parse(models.at(-1)));
  }

  await writeJson(
    options.data,
    `models/${MODELS[0].id}/weights.json`,
    modelWeightsSchema.parse(await weightsOf(objects, options.units ?? MODELS[0].layers[0].units)),
  );
  const experiments = await fixtureExperiments(MODELS, provenance);
  for (const experiment of experiments) {
    await writeJson(
      options.data,
      `experiments/${experiment.id}.json`,
      experimentDataSchema.parse(experiment),
    );
  }
  await writeJson(
    options.data,
    "experiments/index.json",
    experimentIndexSchema.parse({ format: 1, experiments: experiments.map(({ id }) => id) }),
  );
  for (const name of schemaNames) await writeJson(options.data, `schemas/${name}.json`, jsonSchema(name));
  await writeJson(
    options.data,
    "images/picturebook.json",
    imageSetDataSchema.parse(imageSetOf(described, pictures)),
  );
  const book = await picturebookOf(objects, tiles, described, pictures);
  await writeJson(options.data, "picturebook.json", picturebookDataSchema.parse(book));
  const layers = models.flatMap((model) => model.layers);
  const atlas = atlasDataSchema.parse({
    format: 1,
    title: "Vision Neuron Atlas",
    release: HEX("release").slice(0, 12),
    built: "2026-01-01T12:00:00Z",
    version: "0.1.0",
    models: models.map(({ id }) => id),
    imageSets: ["picturebook"],
    picturebook: true,
    totals: {
      units: layers.reduce((sum, { units }) => sum + units, 0),
      visualized: layers.reduce((sum, { visualized }) => sum + visualized, 0),
      images: IMAGES,
      bytes: objects.total,
    },
  } satisfies AtlasData);
  await writeJson(options.data, "atlas.json", atlas);
  return atlas;
}

class ObjectWriter {
  total = 0;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(bytes: Uint8Array, ext: ObjectRef["ext"]): Promise<ObjectRef> {
    const ref = { digest: createHash("sha256").update(bytes).digest("hex"), ext, bytes: bytes.length };
    const path = join(this.#folder, objectPath(ref));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    this.total += bytes.length;
    return ref;
  }

  async picture(
    bytes: Uint8Array,
    ext: ObjectRef["ext"],
    width: number,
    height: number,
  ): Promise<PictureRef> {
    return { ...(await this.write(bytes, ext)), width, height };
  }
}

async function writeJson(folder: string, path: string, value: unknown): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(value));
}

function labelsOf(picture: Picture): Labels {
  return {
    class: picture.classIndex,
    scene: SCENES.indexOf(picture.scene),
    texture: TEXTURES.indexOf(picture.texture),
    concept: picture.concepts[0] ? CONCEPTS.indexOf(picture.concepts[0]) : -1,
  };
}

async function examplesOf(
  objects: ObjectWriter,
  rows: readonly number[][],
  activations: readonly number[][],
  [gridHeight, gridWidth]: readonly [number, number],
): Promise<Examples> {
  const maps = rows.flatMap((row, unit) =>
    row.flatMap((image) => mapOf(unit * 131 + image, gridHeight, gridWidth)),
  );
  const activation = rows.flatMap((row, unit) => row.map((image) => round(activations[unit]![image]!)));
  return {
    count: rows[0]!.length,
    image: rows.flat(),
    activation,
    peak: activation.map((value) => round(Math.abs(value) * 2.4 + 0.2)),
    maps: await objects.write(Uint8Array.from(maps), "bin"),
  };
}

function visualizationOf(
  unit: number,
  pattern: { image: PictureRef; strip: PictureRef },
  activations: readonly number[],
): Visualization {
  const goal = Math.max(...activations) * 1.8 + 0.5;
  const random = seededRandom(unit);
  return {
    chosen: unit % 4 === 2 ? "random" : "selective",
    image: pattern.image,
    strip: pattern.strip,
    steps: SNAPSHOTS,
    objective: RECORDED.map((step) => round(goal * (1 - Math.exp(-step / 45)) + (random() - 0.5) * 0.12)),
    variation: RECORDED.map((step) => round(0.31 - 0.2 * (1 - Math.exp(-step / 60)))),
    recorded: RECORDED,
    activation: round(goal),
    variationWeight: 0.1,
    recipe: "paper",
    seed: 1000 + unit,
    provenance: { ...provenance, seed: 1000 + unit },
  };
}

function modelOf(model: (typeof MODELS)[number], layers: readonly LayerData[]): ModelData {
  const steps = Array.from({ length: 60 }, (_, k) => (k + 1) * 100);
  const random = seededRandom(model.title.length);
  const config = configOf(
    model,
    layers.map(({ units }) => units),
  );
  const network = networkData(openModel(config));
  return {
    format: 1,
    id: model.id,
    title: model.title,
    description: model.description,
    architecture: model.architecture,
    config: config.config,
    parameters: [...network.blocks, network.head].reduce((sum, { parameters }) => sum + parameters, 0),
    network,
    imageSize: SIZE,
    license: "MIT",
    ...origins[model.id],
    weights: HEX(`weights of ${model.id}`),
    imageSet: "picturebook",
    accuracy: { top1: model.top1, top5: 0.998, images: IMAGES },
    training: {
      recipe: { optimizer: "AdamW", learningRate: 0.001, batch: 64, steps: 6000, weightDecay: 0.05 },
      heldOut: { top1: model.top1 - 0.004, images: 4096, seed: 7 },
      curve: {
        step: steps,
        loss: steps.map((step) => round(3.2 * Math.exp(-step / 1200) + 0.14 + 0.06 * random())),
        accuracy: steps.map((step) =>
          round((model.top1 - 0.004) * (1 - Math.exp(-step / 1100)) - 0.01 * random()),
        ),
      },
    },
    layers: layers.map((layer) => ({
      tap: layer.tap,
      label: layer.label,
      kind: layer.kind,
      depth: layer.depth,
      units: layer.units,
      grid: layer.grid,
      visualized: layer.visualizations.filter(Boolean).length,
      explained: Object.fromEntries(
        selectivityTables(layer).map(([kind, table]) => [kind, round(meanOf(table.explained))]),
      ),
      density: round(meanOf(layer.statistics.density)),
    })),
    recipe: {
      name: "paper",
      description: "The protocol of Ghiasi et al. 2022: Adam on pixels with jitter, colour shift and noise.",
      settings: {
        steps: 200,
        copies: 8,
        learningRate: 0.1,
        jitter: 8,
        variationWeight: 0.1,
        parameterisation: "pixels",
      },
    },
  };
}

/** Whence the models are: one of the hub with all that a card can say, one with as little as it can. */
const origins: Record<(typeof MODELS)[number]["id"], Partial<ModelData> & Pick<ModelData, "source">> = {
  picturebook_vit: {
    source: "https://huggingface.co/example/picturebook_vit",
    hub: { repository: "example/picturebook_vit", revision: HEX("revision").slice(0, 40) },
    published: [
      { on: "ImageNet-1k validation", top1: 0.722, top5: 0.911, source: "https://example.org/results.csv" },
      { on: "ImageNet-A", top1: 0.0741, source: "Table 2 of the paper" },
    ],
    citation: {
      type: "article",
      key: "reader2026picturebook",
      fields: { title: "Learning from {Picturebooks}", author: "Reader, A. and Writer, B.", year: "2026" },
    },
  },
  picturebook_resnet: { source: "trained by this atlas" },
};

/** A network with the model's taps; of a ViT all layers are equally wide. */
function configOf({ architecture }: (typeof MODELS)[number], units: readonly number[]): ModelConfig {
  const width = 16;
  const own = {
    vit: { patchSize: 8, width, depth: 6, heads: 2, mlpRatio: units[0]! / width },
    resnet: { block: "basic", layers: [2, 2, 2], widths: units, stem: "imagenet" },
  };
  return {
    architecture,
    config: own[architecture],
    imageSize: SIZE,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    numClasses: classes.length,
  };
}

/** Untrained weights of a ViT with the first model's taps, so that its pages can load and run something. */
async function weightsOf(objects: ObjectWriter, units: number): Promise<ModelWeights> {
  const [model] = MODELS;
  const { id } = model;
  const config = configOf(
    model,
    model.layers.map(() => units),
  );
  const weights = openModel(config).parameters.map((spec) => {
    return [spec.name, { shape: spec.shape, data: initialValues(spec, SEED) }] as const;
  });
  const { bytes, ...manifest } = weightChunks(config, Object.fromEntries(weights));
  for (const chunk of bytes) await objects.write(chunk, "bin");
  return {
    format: 1,
    model: id,
    config: { ...config, mean: [...config.mean], std: [...config.std] },
    preprocessing: { size: SIZE, resize: SIZE, interpolation: "bicubic" },
    weights: HEX(`weights of ${id}`),
    classes: classes.map(({ name }) => name),
    ...manifest,
  };
}

function imageSetOf(described: readonly Picture[], pictures: readonly PictureRef[]): ImageSetData {
  return {
    format: 1,
    name: "picturebook",
    title: "Picturebook",
    description: "Procedural pictures with known class, scene, texture and mask.",
    length: IMAGES,
    skipped: [],
    classes: classes.map(({ name }) => name),
    index: described.map(({ index }) => index),
    picture: [...pictures],
    class: described.map(({ classIndex }) => classIndex),
    caption: described.map(({ caption }) => caption),
    scene: described.map(({ scene }) => scene),
    texture: described.map(({ texture }) => texture),
    concepts: described.map(({ concepts }) => [...concepts]),
  };
}

async function picturebookOf(
  objects: ObjectWriter,
  tiles: readonly Uint8Array[],
  described: readonly Picture[],
  pictures: readonly PictureRef[],
): Promise<PicturebookData> {
  const sheet = await sheetOf(tiles.slice(0, 96), SIZE, 16, "webp");
  const part = async (picture: Picture, name: Part) => {
    const bytes = await render(picture, SIZE, name);
    return objects.picture(await pngOf(bytes, SIZE, name === "mask" ? 1 : 3), "png", SIZE, SIZE);
  };
  return {
    format: 1,
    version: "1",
    seed: SEED,
    classes: classes.map(({ name, plural, scene, texture }) => ({ name, plural, scene, texture })),
    scenes: scenes.map(({ name, phrase }) => ({ name, phrase })),
    textures: textures.map(({ name, adjective }) => ({ name, adjective })),
    concepts: concepts.map(({ name, description }) => ({ name, description })),
    sheet: await objects.picture(sheet.bytes, "webp", sheet.width, sheet.height),
    samples: await Promise.all(
      described.slice(0, 6).map(async (picture) => {
        const conflict = describe(SEED, picture.index, { conflict: true });
        return {
          index: picture.index,
          class: classes[picture.classIndex]!.name,
          scene: picture.scene,
          texture: picture.texture,
          count: picture.count,
          caption: picture.caption,
          concepts: [...picture.concepts],
          box: await box(picture),
          full: await part(picture, "full"),
          object: await part(picture, "object"),
          background: await part(picture, "background"),
          mask: await part(picture, "mask"),
          conflict: { picture: await part(conflict, "full"), textureOf: classes[conflict.textureOf!]!.name },
        };
      }),
    ),
    gallery: classes.map((_, kind) =>
      described.flatMap(({ classIndex, index, caption }) =>
        classIndex === kind ? [{ index, caption, picture: pictures[index]! }] : [],
      ),
    ),
  };
}
