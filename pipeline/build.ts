/**
 * What stages share: the surroundings of a build, and what the stages before have found.
 *
 * Each stage reads fields that earlier stages filled and fills its own; `found` names the stage that is missing.
 */
import type { AtlasConfig } from "./config.ts";
import type { Report } from "./progress.ts";
import type { Selection } from "./selection.ts";
import type { Choice } from "./stages/choose-units.ts";
import type { OpenedModel } from "./stages/fetch-weights.ts";
import type { ImageIndex } from "./stages/index-images.ts";
import type { LayerStatistics, ModelStatistics } from "./stages/layer-statistics.ts";
import type { Published } from "./stages/publish.ts";
import type { ExperimentOutcome } from "./stages/run-experiments.ts";
import type { ModelPrograms } from "./stages/trace-programs.ts";
import type { Store } from "./store/store.ts";

export interface Surroundings {
  readonly config: AtlasConfig;
  /** What was asked for on the command line, before it is matched with models. */
  readonly selection: Selection;
  readonly store: Store;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface Findings {
  /** In the order of the configuration. */
  models?: readonly OpenedModel[];
  images?: ImageIndex;
  /** By model id. */
  programs?: ReadonlyMap<string, ModelPrograms>;
  /** By model id; models that are not selected and were never built are absent. */
  statistics?: ReadonlyMap<string, ModelStatistics>;
  /** By `model/tap`. */
  layers?: ReadonlyMap<string, LayerStatistics>;
  /** In the order of the atlas; those that were not asked for are absent. */
  experiments?: readonly ExperimentOutcome[];
  /** By `model/tap`: which units are visualized. */
  choices?: ReadonlyMap<string, Choice>;
  published?: Published;
}

export interface Build extends Surroundings {
  readonly found: Findings;
}

/** What an earlier stage found. */
export function found<Name extends keyof Findings>(build: Build, name: Name): NonNullable<Findings[Name]> {
  const value = build.found[name];
  if (value === undefined) throw new Error(`internal: the stage that finds "${name}" has not run`);
  return value as NonNullable<Findings[Name]>;
}

export const layerKey = (model: string, tap: string): string => `${model}/${tap}`;
