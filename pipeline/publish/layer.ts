/** `models/<model>/<tap>.json`: all that is published of a layer's neurons. */
import type { Tap } from "#core/models/index.ts";
import {
  type Examples,
  type LayerData,
  layerDataSchema,
  type Provenance,
  type Selectivity,
  type Visualization,
} from "#format/atlas-data.ts";
import { type Build, found, layerKey } from "../build.ts";
import { encodeSheet } from "../pictures.ts";
import { ENGINE, PICTURES, VERSION } from "../runtime.ts";
import type { AscentRecord } from "../stages/ascend.ts";
import type { OpenedModel } from "../stages/fetch-weights.ts";
import type { LabelKind } from "../stages/index-images.ts";
import type { LayerSelectivity, LayerStatistics } from "../stages/layer-statistics.ts";
import { deviceOf, seedOf } from "../stages/trace-programs.ts";
import { neuronJob } from "../stages/visualize.ts";
import type { TopLists } from "../statistics/top-images.ts";
import type { StoredObject } from "../store/objects.ts";
import { job, openWorklist } from "../store/work.ts";
import type { Publication } from "./publication.ts";

type ImagePictures = ReadonlyMap<number, StoredObject>;

/** Writes the layer's file and gives what it holds. */
export async function publishLayer(
  build: Build,
  publication: Publication,
  opened: OpenedModel,
  tap: Tap,
  imageSet: string,
  pictures: ImagePictures,
): Promise<LayerData> {
  const statistics = found(build, "layers").get(layerKey(opened.card.id, tap.name))!;
  const visualizations = await visualizationsOf(build, publication, opened, tap, statistics);
  const { top: shown, quantiles: levels } = build.config.examples;
  const data: LayerData = {
    format: 1,
    model: opened.card.id,
    tap: tap.name,
    label: tap.label,
    kind: tap.kind,
    depth: tap.depth,
    units: tap.units,
    grid: [...tap.grid],
    imageSet,
    seen: statistics.seen,
    statistics: {
      mean: rounded(statistics.mean),
      std: rounded(statistics.std),
      min: rounded(statistics.min),
      max: rounded(statistics.max),
      density: rounded(statistics.density),
    },
    histogram: {
      bins: statistics.bins,
      low: rounded(statistics.min),
      high: rounded(statistics.max),
      counts: [...statistics.histogram],
    },
    top: await examplesOf(publication, statistics.top, tap, shown, Math.min(shown, statistics.seen)),
    quantiles: {
      ...(await examplesOf(publication, statistics.quantiles, tap, levels.length, levels.length)),
      levels: [...levels],
    },
    selectivity: selectivitiesOf(build, statistics),
    nearest: {
      count: statistics.nearest.count,
      unit: [...statistics.nearest.unit],
      similarity: rounded(statistics.nearest.similarity),
    },
    sprite: await spriteOf(build, publication, tap, statistics, visualizations, pictures),
    visualizations,
    provenance: layerProvenance(build, opened),
  };
  await publication.file(`models/${opened.card.id}/${tap.name}.json`, layerDataSchema, data);
  return data;
}

/** Six significant digits: float32 has seven, and pages print four. */
const rounded = (values: Iterable<number>): number[] =>
  Array.from(values, (value) => Number(value.toPrecision(6)));

/** Lists of `stored` entries a unit, cut to `count`: an image set may have fewer images than are shown. */
async function examplesOf(
  publication: Publication,
  { image, activation, peak, maps }: TopLists,
  { grid }: Tap,
  stored: number,
  count: number,
): Promise<Examples> {
  const cut = <T extends Int32Array | Float32Array | Uint8Array>(values: T, each: number): T =>
    values.filter((_, i) => Math.floor(i / each) % stored < count) as T;
  return {
    count,
    image: [...cut(image, 1)],
    activation: rounded(cut(activation, 1)),
    peak: rounded(cut(peak, 1)),
    maps: await publication.bytes(cut(maps, grid[0] * grid[1]), "bin"),
  };
}

function selectivitiesOf(build: Build, { selectivity }: LayerStatistics): LayerData["selectivity"] {
  const { labellings } = found(build, "images");
  const published = (kind: LabelKind, layer: LayerSelectivity): Selectivity => ({
    names: [...labellings[kind]!.names],
    explained: rounded(layer.explained),
    group: [...layer.group],
    effect: rounded(layer.effect),
    mean: rounded(layer.mean),
    shown: layer.shown,
  });
  return Object.fromEntries(
    Object.entries(selectivity).map(([kind, layer]) => [kind, published(kind as LabelKind, layer)]),
  );
}

/** Every visualization of the layer that is finished, whichever run asked for it. */
async function visualizationsOf(
  build: Build,
  publication: Publication,
  opened: OpenedModel,
  tap: Tap,
  statistics: LayerStatistics,
): Promise<(Visualization | null)[]> {
  const key = layerKey(opened.card.id, tap.name);
  const usual = found(build, "choices").get(key)?.usual;
  const { recipe, layers } = found(build, "programs").get(opened.card.id)!;
  const size = opened.config.imageSize;
  const provenance: Provenance = {
    ...baseProvenance(build, opened),
    program: layers.get(tap.name)!.ascent.program.digest,
    seed: seedOf(build.config),
  };
  const all: (Visualization | null)[] = [];
  for (let unit = 0; unit < tap.units; unit++) {
    const { inputs, fingerprint } = neuronJob(build, opened, tap, statistics, unit);
    const record = await build.store.jobs.find(inputs.stage, fingerprint);
    if (!record) {
      all.push(null);
      continue;
    }
    const { image, strip, ascent } = record.outputs;
    const text = await build.store.objects.get(ascent!.digest);
    const { snapshots, recorded, objective, variation, activation, variationWeight } = JSON.parse(
      text.toString(),
    ) as AscentRecord;
    all.push({
      chosen: usual?.get(unit) ?? "asked",
      image: await publication.picture(image!, "png", size, size),
      strip: await publication.picture(strip!, "webp", size * snapshots.length, size),
      steps: [...snapshots],
      objective: rounded(objective),
      variation: rounded(variation),
      recorded: [...recorded],
      activation: rounded([activation])[0]!,
      variationWeight,
      recipe: recipe.name,
      seed: seedOf(build.config),
      provenance,
    });
  }
  // Where none is left out, the others were not picked: all of them were asked for at once.
  const complete = all.every((entry) => entry !== null);
  return all.map((entry) => (complete && entry?.chosen === "asked" ? { ...entry, chosen: "all" } : entry));
}

async function spriteOf(
  build: Build,
  publication: Publication,
  { units }: Tap,
  { top }: LayerStatistics,
  visualizations: LayerData["visualizations"],
  pictures: ImagePictures,
): Promise<LayerData["sprite"]> {
  const tile = build.config.thumbnail;
  const stored = top.image.length / units;
  const sources = visualizations.map(
    (visualization, unit) => visualization?.image.digest ?? pictures.get(top.image[unit * stored]!)!.digest,
  );
  const sheet = job(
    {
      stage: "sprites",
      revision: 1,
      runtime: PICTURES,
      settings: { tile },
      objects: Object.fromEntries(sources.map((digest, unit) => [unit, digest as never])),
    },
    sources,
  );
  const work = await openWorklist(build.store, [sheet], build.signal);
  const next = await work.claim();
  if (next) {
    const read = (unit: number) => build.store.objects.get(sources[unit] as never);
    const { bytes } = await encodeSheet(units, tile, read);
    await work.finish(next, { sheet: bytes });
  }
  const record = await build.store.jobs.find("sprites", sheet.fingerprint);
  const columns = Math.ceil(Math.sqrt(units));
  const rows = Math.ceil(units / columns);
  return {
    picture: await publication.picture(record!.outputs.sheet!, "webp", columns * tile, rows * tile),
    tile,
    columns,
  };
}

function baseProvenance(build: Build, opened: OpenedModel): Omit<Provenance, "program"> {
  return {
    weights: opened.digest,
    device: deviceOf(build.config),
    versions: { atlas: VERSION, ...ENGINE, ...PICTURES },
  };
}

function layerProvenance(build: Build, opened: OpenedModel): Provenance {
  const { forward } = found(build, "programs").get(opened.card.id)!;
  return {
    ...baseProvenance(build, opened),
    program: forward.program.digest,
    images: found(build, "images").set.digest,
  };
}
