/**
 * `models/<model>/weights.json` and the chunks that it names: what pages run a model from.
 *
 * A chunk is a job, so that weights are read only where a chunk is missing, and no more than one chunk's bytes are in
 * memory beside them. A model with a number that no half can hold is published without: its pages lack the parts that
 * run it, and the build says so.
 */
import { FormatError } from "#format/format-error.ts";
import { type ModelWeights, modelWeightsSchema } from "#format/model-weights.ts";
import type { Build } from "../build.ts";
import type { Weights } from "../run/index.ts";
import type { OpenedModel } from "../stages/fetch-weights.ts";
import { type Job, job, type Outputs, openWorklist } from "../store/work.ts";
import type { Publication } from "./publication.ts";
import { type ChunkPlan, encodeChunk, planChunks } from "./weight-chunks.ts";

/** What is kept of a chunk beside its bytes: how exact it is, or why there is none. */
type ChunkFacts = { readonly rounding: number } | { readonly unfit: string };

export async function publishWeights(
  build: Build,
  publication: Publication,
  opened: OpenedModel,
): Promise<void> {
  if (!build.config.island) return;
  const { card, config, digest, labels } = opened;
  const plan = planChunks(opened.model);
  const jobs = plan.chunks.map((chunk) => chunkJob(opened, chunk));
  await makeChunks(build, opened, jobs);

  const chunks: ModelWeights["chunks"] = [];
  let rounding = 0;
  for (const { inputs, fingerprint, task } of jobs) {
    const { bytes, facts } = (await build.store.jobs.find(inputs.stage, fingerprint))!.outputs;
    const known = JSON.parse((await build.store.objects.get(facts!.digest)).toString()) as ChunkFacts;
    if ("unfit" in known) return build.report({ type: "note", text: `${card.id}: ${known.unfit}` });
    rounding = Math.max(rounding, known.rounding);
    chunks.push({ ...task, object: await publication.object(bytes!, "bin") });
  }
  const { size, resize, interpolation } = card.preprocessing;
  await publication.file(`models/${card.id}/weights.json`, modelWeightsSchema, {
    format: 1,
    model: card.id,
    config: { ...config, mean: [...config.mean], std: [...config.std] },
    preprocessing: { size, resize, interpolation },
    weights: digest,
    rounding: Number(rounding.toPrecision(3)),
    classes: labels.map(({ name }) => name),
    chunks,
    taps: plan.taps,
  });
}

function chunkJob({ card, digest }: OpenedModel, chunk: ChunkPlan): Job<ChunkPlan> {
  const tensors = chunk.tensors.map(({ name, shape, offset }) => [name, shape, offset] as const);
  // The key map says which of the file's tensors a name stands for.
  const keyMap = (card.weights.keyMap ?? []).map((rule) => [
    "concat" in rule ? rule.concat : rule.from,
    rule.to,
  ]);
  return job(
    { stage: "weights", revision: 1, runtime: {}, weights: digest, settings: { tensors, keyMap } },
    chunk,
  );
}

async function makeChunks(
  { store, signal }: Build,
  opened: OpenedModel,
  jobs: readonly Job<ChunkPlan>[],
): Promise<void> {
  const work = await openWorklist(store, jobs, signal);
  let weights: Weights | undefined;
  for (let next = await work.claim(); next; next = await work.claim()) {
    weights ??= await opened.weights();
    await work.finish(next, outputsOf(next.task, weights));
  }
}

function outputsOf(chunk: ChunkPlan, weights: Weights): Outputs {
  const factsOf = (facts: ChunkFacts) => Buffer.from(JSON.stringify(facts));
  try {
    const { bytes, rounding } = encodeChunk(chunk, weights);
    return { bytes, facts: factsOf({ rounding }) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { facts: factsOf({ unfit: error.message }) };
  }
}
