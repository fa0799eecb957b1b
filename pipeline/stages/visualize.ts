/**
 * The image that excites a neuron most, by ascent from noise.
 *
 * A job is one neuron; on devices that want it, several of a layer run in one batch. What becomes of a neuron must not
 * depend on its mates, or a resumed build would end in other bytes. Randomness is a function of recipe, seed and
 * step, and every image has its own rows in every product; but where in a matrix a row stands does decide its last
 * bit. So a neuron has a slot of its own, its index modulo the size of the batch, and empty slots are padding.
 *
 * On a CPU as many batches are in flight as there are threads, each program on one: the products of a single neuron
 * are too small to be shared between threads, and bits do not depend on how many there are.
 *
 * One weight of the total variation does not serve all neurons: where it is too large, nothing starts, where it is too
 * small, the image is noise that excites only this network. So a neuron is given the weights of a falling list one
 * after the other, until its image, unaugmented, fires it, and at least half as far above its mean over the image set as
 * the best image of the set does: the smoothest image that does it. Where none does, the most exciting one is kept.
 * The weight is published with the image.
 */
import type { Tap } from "#core/models/index.ts";
import type { Recipe } from "#core/recipes.ts";
import { type Build, found, layerKey } from "../build.ts";
import type { AtlasConfig } from "../config.ts";
import { encodePng, encodeStrip } from "../pictures.ts";
import type { Weights } from "../run/index.ts";
import { ENGINE, PICTURES } from "../runtime.ts";
import { type Job, job, type Outputs, openWorklist, type Worklist } from "../store/work.ts";
import { Ascender, type Ascent, type AscentRecord } from "./ascend.ts";
import type { OpenedModel } from "./fetch-weights.ts";
import type { LayerStatistics } from "./layer-statistics.ts";
import { batchOf, deviceOf, lanesOf, recipeSettings, seedOf, snapshotSteps } from "./trace-programs.ts";

export interface Neuron {
  readonly unit: number;
  /** The activation that its image must exceed: 0, or halfway from the mean to the best of the image set. */
  readonly enough: number;
}

export async function visualize(build: Build): Promise<void> {
  for (const opened of found(build, "models")) {
    let weights: Weights | undefined;
    for (const tap of opened.taps) {
      const jobs = wantedJobs(build, opened, tap);
      if (jobs.length === 0) continue;
      await visualizeLayer(build, opened, tap, jobs, async () => (weights ??= await opened.weights()));
    }
  }
}

/** Jobs of the neurons that were chosen in this layer. */
export function wantedJobs(build: Build, opened: OpenedModel, tap: Tap): readonly Job<Neuron>[] {
  const key = layerKey(opened.card.id, tap.name);
  const statistics = found(build, "layers").get(key);
  if (!statistics) return [];
  const wanted = found(build, "choices").get(key)?.wanted ?? [];
  return wanted.map((unit) => neuronJob(build, opened, tap, statistics, unit));
}

export function neuronJob(
  { config, found: { programs } }: Build,
  opened: OpenedModel,
  tap: Tap,
  { mean, top }: LayerStatistics,
  unit: number,
): Job<Neuron> {
  const { recipe, layers } = programs!.get(opened.card.id)!;
  const { ascent, evaluate } = layers.get(tap.name)!;
  const best = top.activation[unit * (top.activation.length / tap.units)]!;
  const enough = Math.max(0, (mean[unit]! + best) / 2);
  return job(
    {
      stage: "visualize",
      revision: 2,
      runtime: { ...ENGINE, ...PICTURES },
      device: deviceOf(config),
      programs: [ascent.program.digest, evaluate.program.digest],
      weights: opened.digest,
      unit,
      seed: seedOf(config),
      settings: {
        ...recipeSettings(recipe, opened.config.imageSize),
        variationWeights: weightsOf(config, recipe),
        snapshots: snapshotSteps(recipe.steps, config.snapshots),
        enough,
      },
    },
    { unit, enough },
  );
}

/** The recipe's own weight, and two that are smaller: the authors published results with their own and a tenth of it. */
export function weightsOf({ recipe: { variationWeights } }: AtlasConfig, recipe: Recipe): readonly number[] {
  const own = recipe.variationWeight;
  return variationWeights ?? [own, own / 10, own / 100];
}

/** An ascent that is to be made, or made again with the next weight. */
interface Attempt {
  readonly job: Job<Neuron>;
  /** Place in the list of weights. */
  readonly weight: number;
  readonly best?: Ascent;
}

async function visualizeLayer(
  build: Build,
  opened: OpenedModel,
  tap: Tap,
  jobs: readonly Job<Neuron>[],
  weights: () => Promise<Weights>,
): Promise<void> {
  const { config, report, signal } = build;
  const work = await openWorklist(build.store, jobs, signal);
  const fresh = work.done;
  const of = layerKey(opened.card.id, tap.name);
  const progress = () =>
    report({
      type: "progress",
      stage: "visualize",
      of,
      done: work.done,
      total: work.total,
      fresh,
      unit: "neurons",
    });
  progress();
  if (fresh === work.total) return;

  const lanes = lanesOf(config);
  let stopped = false;
  const results = await Promise.allSettled(
    Array.from({ length: Math.min(lanes, work.total - fresh) }, async () => {
      await climb(build, opened, tap, work, weights, { progress, isStopped: () => stopped }).catch(
        (error) => {
          // The other lanes finish the batch they are at: finished work is kept whatever went wrong here.
          stopped = true;
          throw error;
        },
      );
    }),
  );
  const failure = results.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
}

/** One of the lanes of a layer: batch after batch, until no neuron is left. */
async function climb(
  build: Build,
  opened: OpenedModel,
  tap: Tap,
  work: Worklist<Neuron>,
  weights: () => Promise<Weights>,
  { progress, isStopped }: { progress(): void; isStopped(): boolean },
): Promise<void> {
  const { config } = build;
  const n = batchOf(config);
  const ascender = new Ascender(build, opened, tap.name, weights);
  const variationWeights = weightsOf(config, ascender.recipe);
  const waiting: Attempt[] = [];
  try {
    while (!isStopped()) {
      await fill(waiting, n, work);
      if (waiting.length === 0) break;
      const batch = takeBatch(waiting, n);
      const ascents = await ascender.run(
        batch.map(
          (attempt) =>
            attempt && { unit: attempt.job.task.unit, variationWeight: variationWeights[attempt.weight]! },
        ),
      );
      for (const [slot, attempt] of batch.entries()) {
        if (!attempt) continue;
        const best = better(attempt.best, ascents[slot]!);
        const again =
          attempt.weight + 1 < variationWeights.length && best.activation <= attempt.job.task.enough;
        // Before the others: what is begun is finished first, and a kill costs little.
        if (again) waiting.unshift({ job: attempt.job, weight: attempt.weight + 1, best });
        else await work.finish(attempt.job, await outputsOf(best, opened.config.imageSize));
      }
      progress();
    }
  } finally {
    await ascender.dispose();
  }
}

const slotOf = ({ job }: Attempt, n: number): number => job.task.unit % n;

/** Claims neurons until every slot has one, or so many wait that the slots are unlikely to fill. */
async function fill(waiting: Attempt[], n: number, work: Worklist<Neuron>): Promise<void> {
  const isFull = () => new Set(waiting.map((attempt) => slotOf(attempt, n))).size === n;
  while (!isFull() && waiting.length < 4 * n) {
    const next = await work.claim({ wait: waiting.length === 0 });
    if (!next) return;
    waiting.push({ job: next, weight: 0 });
  }
}

/** Takes for each slot the first attempt that waits for it. */
function takeBatch(waiting: Attempt[], n: number): (Attempt | undefined)[] {
  return Array.from({ length: n }, (_, slot) => {
    const place = waiting.findIndex((attempt) => slotOf(attempt, n) === slot);
    return place < 0 ? undefined : waiting.splice(place, 1)[0];
  });
}

const better = (a: Ascent | undefined, b: Ascent): Ascent => (a && a.activation >= b.activation ? a : b);

async function outputsOf({ images, ...record }: Ascent, imageSize: number): Promise<Outputs> {
  return {
    image: await encodePng(images.at(-1)!, imageSize),
    strip: await encodeStrip(images, imageSize),
    ascent: Buffer.from(JSON.stringify(record satisfies AscentRecord)),
  };
}
