/** All experiments, in the order in which the atlas shows them. */
import { cueConflict } from "./cue-conflict.ts";
import type { Experiment } from "./experiment.ts";
import { foregroundBackground } from "./foreground-background.ts";
import { frequencyFilters } from "./frequency-filters.ts";
import { occlusion } from "./occlusion.ts";
import { specialisation } from "./specialisation.ts";

export const experiments: readonly Experiment[] = [
  foregroundBackground,
  cueConflict,
  frequencyFilters,
  occlusion,
  specialisation,
];
