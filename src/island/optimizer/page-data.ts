/**
 * What the element knows of its neuron: what the page wrote into it, and three files of the static API.
 *
 * They are read as the build wrote them; it has checked them against their schemas, and a page does not ship those.
 */
import type { Preprocessing } from "#core/preprocess/preprocess.ts";
import type { ModelData, Visualization } from "#format/atlas-data.ts";
import type { ModelWeights } from "#format/model-weights.ts";
import type { UnitData } from "#format/unit-data.ts";

/** A picture of the image set that excites the neuron. */
interface ExamplePicture {
  readonly image: number;
  readonly caption: string;
  /** Below the site's root. */
  readonly path: string;
}

/** What the page writes into the element's attributes. */
export interface PageFacts {
  readonly model: string;
  readonly tap: string;
  readonly index: number;
  readonly root: URL;
  /** The published visualization, below the root; empty where there is none. */
  readonly picture: string;
  readonly release: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly examples: readonly ExamplePicture[];
}

export interface PageData extends PageFacts {
  readonly unitId: string;
  readonly unit: UnitData;
  /** Neurons of the layer. */
  readonly units: number;
  readonly recipe: ModelData["recipe"];
  readonly weights: ModelWeights;
  readonly imageSize: number;
  readonly preprocessing: Preprocessing;
  readonly published: Visualization | null;
}

export function readFacts(dataset: DOMStringMap, location: string): PageFacts {
  const [model, tap, index] = dataset.unit!.split("/") as [string, string, string];
  return {
    model,
    tap,
    index: Number(index),
    root: new URL(dataset.href!, location),
    picture: dataset.picture ?? "",
    release: dataset.release!,
    versions: JSON.parse(dataset.versions!),
    examples: JSON.parse(dataset.examples!),
  };
}

/** @throws Error where a file does not come: no connection, or a site that was built again meanwhile */
export async function loadPageData(facts: PageFacts): Promise<PageData> {
  const { model, tap, index, root } = facts;
  const [unit, described, weights] = await Promise.all([
    json<UnitData>(new URL(`api/${model}/${tap}/${index}.json`, root)),
    json<ModelData>(new URL(`api/${model}/index.json`, root)),
    json<ModelWeights>(new URL(`api/${model}/weights.json`, root)),
  ]);
  return {
    ...facts,
    unitId: unit.id,
    unit,
    units: described.layers.find((layer) => layer.tap === tap)!.units,
    recipe: described.recipe,
    weights,
    imageSize: weights.config.imageSize,
    preprocessing: weights.preprocessing,
    published: unit.visualization,
  };
}

async function json<T>(url: URL): Promise<T> {
  const response = await fetch(url).catch(() => {
    throw new Error(`${url.pathname}: expected a file, got no connection; try again when you are online`);
  });
  if (response.ok) return response.json();
  throw new Error(`${url.pathname}: expected a file, got ${response.status}; reload the page`);
}
