/** All experiments, in the order in which the atlas shows them. */
import type { Experiment } from "./experiment.ts";
import { foregroundBackground } from "./foreground-background.ts";

export const experiments: readonly Experiment[] = [foregroundBackground];
