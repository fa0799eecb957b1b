/** `models/<model>/model.json`: a model, and a line for each of its layers. */
import { type LayerData, type ModelData, modelDataSchema } from "#format/atlas-data.ts";
import { type Build, found } from "../build.ts";
import type { OpenedModel } from "../stages/fetch-weights.ts";
import { recipeSettings } from "../stages/trace-programs.ts";
import { weightsOf } from "../stages/visualize.ts";
import { networkData, trainableSizes } from "./network.ts";
import type { Publication } from "./publication.ts";

export async function publishModel(
  build: Build,
  publication: Publication,
  { card, config, model, digest }: OpenedModel,
  imageSet: string,
  layers: readonly LayerData[],
): Promise<void> {
  const { recipe } = found(build, "programs").get(card.id)!;
  const accuracy = found(build, "statistics").get(card.id)?.accuracy;
  const { training, citation, published, weights } = card;
  const data: ModelData = {
    format: 1,
    id: card.id,
    title: card.title,
    description: card.description,
    architecture: card.architecture,
    config: card.config,
    parameters: [...trainableSizes(model.parameters).values()].reduce((sum, size) => sum + size, 0),
    network: networkData(model),
    imageSize: config.imageSize,
    license: card.license,
    source: card.source,
    ...(weights.hub && weights.revision && { hub: { repository: weights.hub, revision: weights.revision } }),
    ...(citation && { citation }),
    weights: digest,
    imageSet,
    ...(published && { published }),
    ...(accuracy && { accuracy }),
    ...(training && {
      training: {
        recipe: training.recipe,
        heldOut: {
          top1: training.heldOut.top1,
          images: training.heldOut.images,
          seed: training.heldOut.seed,
        },
        ...(training.curve ? { curve: training.curve } : { curve: { step: [], loss: [], accuracy: [] } }),
      },
    }),
    layers: layers.map((layer) => ({
      tap: layer.tap,
      label: layer.label,
      kind: layer.kind,
      depth: layer.depth,
      units: layer.units,
      grid: layer.grid,
      visualized: layer.visualizations.filter((entry) => entry !== null).length,
      explained: Object.fromEntries(
        Object.entries(layer.selectivity).map(([kind, known]) => [kind, average(known?.explained ?? [])]),
      ),
      density: average(layer.statistics.density),
    })),
    recipe: {
      name: recipe.name,
      description: `${recipe.steps} steps of Adam on the image, each over ${recipe.copies} augmented copies`,
      settings: {
        ...recipeSettings(recipe, config.imageSize),
        variationWeights: weightsOf(build.config, recipe).join(", "),
      },
    },
  };
  await publication.file(`models/${card.id}/model.json`, modelDataSchema, data);
}

const average = (values: readonly number[]): number =>
  Number((values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)).toPrecision(6));
