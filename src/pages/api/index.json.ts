/** The atlas, its models and layers: where every other JSON address begins. */

import type { APIRoute } from "astro";
import { schemaNames } from "#format/schemas.ts";
import { readAtlas, readModels } from "../../site/data.ts";
import { readExperiments } from "../../site/experiments.ts";
import { json } from "../../site/json.ts";

export const GET: APIRoute = () => {
  const { models: _, ...atlas } = readAtlas() ?? { models: [] };
  return json({
    ...atlas,
    models: readModels().map(({ id, title, imageSet, layers }) => ({
      id,
      title,
      imageSet,
      layers: layers.map(({ tap, label, depth, units, visualized }) => ({
        tap,
        label,
        depth,
        units,
        visualized,
      })),
    })),
    experiments: readExperiments().map(({ id, title }) => ({ id, title })),
    /** Patterns of the addresses below this file's folder. */
    addresses: {
      model: "{model}/index.json",
      layer: "{model}/{tap}.json",
      unit: "{model}/{tap}/{index}.json",
      weights: "{model}/weights.json",
      reference: "{model}/reference.json",
      images: "images/{imageSet}.json",
      experiment: "experiments/{experiment}.{json|csv|tex|svg|png}",
      schema: `schemas/{${schemaNames.join("|")}}.json`,
    },
  });
};
