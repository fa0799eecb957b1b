/**
 * THE MAIN PATH: what a build does, in order.
 *
 * A stage reads what the stages before it found and adds its own findings; its jobs live in the store, so a stage
 * whose jobs are all fresh costs next to nothing and a killed build goes on where it stopped.
 */
import type { Build, Findings, Surroundings } from "./build.ts";
import { AtlasFailure } from "./failure.ts";
import { buildSite } from "./stages/build-site.ts";
import { chooseUnits } from "./stages/choose-units.ts";
import { fetchWeights } from "./stages/fetch-weights.ts";
import { indexImages } from "./stages/index-images.ts";
import { layerStatistics } from "./stages/layer-statistics.ts";
import { publish } from "./stages/publish.ts";
import { runExperiments } from "./stages/run-experiments.ts";
import { topImages } from "./stages/top-images.ts";
import { tracePrograms } from "./stages/trace-programs.ts";
import { visualize } from "./stages/visualize.ts";
import { DamagedObject } from "./store/objects.ts";
import { sweep } from "./store/store.ts";

export interface Stage {
  readonly name: string;
  /** What it does, in a few words. */
  readonly about: string;
  run(build: Build): Promise<void>;
}

export const stages = [
  { name: "fetch-weights", about: "open the models, check their weights", run: fetchWeights },
  { name: "index-images", about: "open the image set", run: indexImages },
  { name: "trace-programs", about: "record what will be run", run: tracePrograms },
  { name: "top-images", about: "show every image to every neuron", run: topImages },
  { name: "layer-statistics", about: "summarise what the neurons did", run: layerStatistics },
  { name: "run-experiments", about: "put questions to the models", run: runExperiments },
  { name: "choose-units", about: "choose neurons to visualize", run: chooseUnits },
  { name: "visualize", about: "climb to the images that excite them most", run: visualize },
  { name: "publish", about: "write the data of the atlas", run: publish },
  { name: "build-site", about: "render the pages", run: buildSite },
] as const satisfies readonly Stage[];

export type StageName = (typeof stages)[number]["name"];

/**
 * Runs the stages up to `last`, and gives what they found.
 *
 * Where a stage meets an object of the store that is gone or has other bytes, the object is dropped, which makes its
 * job stale, and the stages run again from the first; all other jobs are fresh by then. An object that is damaged a
 * second time ends the build: the disk is failing.
 *
 * @throws AtlasFailure
 */
export async function runStages(
  surroundings: Surroundings,
  last: StageName = "build-site",
): Promise<Findings> {
  await sweep(surroundings.store);
  const healed = new Set<string>();
  try {
    for (;;) {
      try {
        return await runOnce(surroundings, last);
      } catch (error) {
        if (!isLoss(error) || healed.has(error.failure.where)) throw error;
        healed.add(error.failure.where);
        if (error instanceof DamagedObject) await surroundings.store.objects.remove(error.digest);
        surroundings.report({ type: "note", text: `${error.message.split(";")[0]}; recomputing it` });
      }
    }
  } finally {
    await surroundings.store.locks.releaseAll();
  }
}

const isLoss = (error: unknown): error is AtlasFailure =>
  error instanceof AtlasFailure && ["object-corrupt", "object-missing"].includes(error.failure.reason);

async function runOnce(surroundings: Surroundings, last: StageName): Promise<Findings> {
  const build: Build = { ...surroundings, found: {} };
  for (const { name, about, run } of stages) {
    build.report({ type: "stage", stage: name, about });
    await run(build);
    if (name === last) break;
  }
  return build.found;
}
