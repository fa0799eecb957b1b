/**
 * Writes what pages read: `content/data` and `public/objects`, in the shapes of src/format/atlas-data.ts.
 *
 * What is published is everything of the configuration that is finished, whichever run made it; so the atlas is a
 * function of the store and the configuration, and a run that only adds a neuron takes nothing away.
 */
import type { LayerData } from "#format/atlas-data.ts";
import { type Build, found, layerKey } from "../build.ts";
import { AtlasFailure } from "../failure.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { publishExperiments } from "../publish/experiments.ts";
import { makePictures, publishImageSet, type View, viewsOf } from "../publish/image-pictures.ts";
import { publishLayer } from "../publish/layer.ts";
import { publishModel } from "../publish/model.ts";
import { publishPicturebook } from "../publish/picturebook.ts";
import { Publication } from "../publish/publication.ts";
import { publishSchemas } from "../publish/schemas.ts";
import { publishWeights } from "../publish/weights.ts";
import { VERSION } from "../runtime.ts";
import { inTurn } from "../store/locks.ts";
import type { OpenedModel } from "./fetch-weights.ts";

export interface Published {
  readonly release: string;
  readonly units: number;
  readonly visualized: number;
  readonly bytes: number;
}

/** @throws AtlasFailure data-missing where no model is finished */
export async function publish(build: Build): Promise<void> {
  // Two builds must not put their atlases in place at once.
  const { locks } = build.store;
  build.found.published = await inTurn(locks, "publish", build.signal, () => write(build));
}

async function write(build: Build): Promise<Published> {
  const { config, store } = build;
  const models = found(build, "models").filter((model) => isFinished(build, model));
  if (models.length === 0) {
    const next = "leave out --model, or build the atlas first";
    throw new AtlasFailure("data-missing", config.file, "a model that is finished", "none", next);
  }
  const publication = await Publication.begin(store, config.output);
  const views = viewsOf(build, models);
  const totals = { units: 0, visualized: 0, images: 0 };
  for (const view of views) {
    const images = citedImages(build, view);
    const pictures = await makePictures(build, view, images);
    await publishImageSet(build, publication, view.name, pictures);
    totals.images += images.length;
    for (const opened of view.models) {
      const layers: LayerData[] = [];
      for (const tap of opened.taps) {
        throwIfInterrupted(build.signal);
        layers.push(await publishLayer(build, publication, opened, tap, view.name, pictures));
      }
      await publishModel(build, publication, opened, view.name, layers);
      await publishWeights(build, publication, opened);
      for (const { units, visualizations } of layers) {
        totals.units += units;
        totals.visualized += visualizations.filter((entry) => entry !== null).length;
      }
    }
  }
  const picturebook = await publishPicturebook(build, publication);
  await publishExperiments(build, publication);
  await publishSchemas(publication);
  const { release, totals: all } = await publication.finish({
    title: config.title,
    version: VERSION,
    models: models.map(({ card }) => card.id),
    imageSets: views.map(({ name }) => name),
    picturebook,
    totals,
  });
  build.report({
    type: "note",
    text: `release ${release}: ${all.units} neurons, ${all.visualized} visualized, ${(all.bytes / 1e6).toFixed(1)} MB`,
  });
  return { release, units: all.units, visualized: all.visualized, bytes: all.bytes };
}

function isFinished(build: Build, { card, taps }: OpenedModel): boolean {
  const layers = found(build, "layers");
  return (
    taps.every(({ name }) => layers.has(layerKey(card.id, name))) && found(build, "statistics").has(card.id)
  );
}

/** Images that a page of these models shows, in rising order. */
function citedImages(build: Build, { models }: View): number[] {
  const cited = new Set<number>();
  for (const { card, taps } of models) {
    for (const { name } of taps) {
      const { top, quantiles } = found(build, "layers").get(layerKey(card.id, name))!;
      for (const image of top.image) if (image >= 0) cited.add(image);
      for (const image of quantiles.image) cited.add(image);
    }
  }
  return [...cited].sort((a, b) => a - b);
}
