/** The statistics of a model's layers that a reader's own image is compared with; the shape is `src/format`'s. */

import type { LayerData, ModelData } from "#format/atlas-data.ts";
import type { ReferenceData } from "#format/reference-data.ts";
import { readLayers } from "./data.ts";

export function referenceOf(model: ModelData): ReferenceData {
  const layers = readLayers(model);
  return {
    format: 1,
    model: model.id,
    imageSet: model.imageSet,
    seen: Math.max(0, ...layers.map(({ seen }) => seen)),
    layers: layers.map((layer) => ({
      tap: layer.tap,
      label: layer.label,
      depth: layer.depth,
      units: layer.units,
      grid: layer.grid,
      mean: layer.statistics.mean.map(short),
      std: layer.statistics.std.map(short),
      peak: peaksOf(layer).map(short),
      sprite: layer.sprite,
    })),
  };
}

/** Four significant digits, of the six of a layer's file: a comparison needs no more. */
const short = (value: number): number => Number(value.toPrecision(4));

function peaksOf({ units, top }: LayerData): number[] {
  return Array.from({ length: units }, (_, unit) =>
    Math.max(0, ...top.peak.slice(unit * top.count, (unit + 1) * top.count)),
  );
}
