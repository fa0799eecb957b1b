/** Reads the published experiments; none where an atlas has none. */

import { type ExperimentData, experimentDataSchema, experimentIndexSchema } from "#format/experiment.ts";
import { isPublished, readPublished } from "./data.ts";
import { link } from "./links.ts";

export function readExperiments(): ExperimentData[] {
  if (!isPublished("experiments/index.json")) return [];
  const { experiments } = readPublished("experiments/index.json", experimentIndexSchema);
  return experiments.map(readExperiment);
}

export function readExperiment(id: string): ExperimentData {
  return readPublished(`experiments/${id}.json`, experimentDataSchema);
}

export const experimentLink = (id: string): string => link(`experiments/${id}/`);
export const experimentFile = (id: string, extension: string): string =>
  link(`api/experiments/${id}.${extension}`);
