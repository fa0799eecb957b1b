/**
 * Puts the experiments to the models: a job is one experiment with one model.
 *
 * What an experiment measures is in `experiments/`; here its subject is put together from the model, the images and the
 * layers' statistics. The pictures' answers that several experiments ask for are computed once a run.
 */
import { forwardDefinition } from "#core/ascent.ts";
import type { Provenance } from "#format/atlas-data.ts";
import { type Build, found, layerKey } from "../build.ts";
import { type Experiment, type Row, whyNot } from "../experiments/experiment.ts";
import { experiments as known } from "../experiments/index.ts";
import { makeSubject, type Subject, type SubjectFacts } from "../experiments/subject.ts";
import { AtlasFailure } from "../failure.ts";
import type { PictureVersion } from "../images/image-set.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { compile, type Runner } from "../run/index.ts";
import { ENGINE, PICTURES, VERSION } from "../runtime.ts";
import { selectsModel } from "../selection.ts";
import { drawImages } from "../statistics/sample.ts";
import { type Job, job, openWorklist } from "../store/work.ts";
import { didYouMean } from "../suggest.ts";
import { type Program, trace } from "../trace/trace.ts";
import type { OpenedModel } from "./fetch-weights.ts";
import { classMap, statisticsJobs } from "./image-jobs.ts";
import type { LabelKind } from "./index-images.ts";
import { deviceOf, FORWARD_BATCH } from "./trace-programs.ts";

/** Of the images that are drawn, of what the experiments draw themselves and of the resamples. */
const SEED = 0;

/** An experiment, and what came of it for each model for which that is known. */
export interface ExperimentOutcome {
  readonly experiment: Experiment;
  readonly models: readonly ModelOutcome[];
}

interface ModelOutcome {
  readonly model: { readonly id: string; readonly title: string };
  readonly outcome:
    | { readonly because: string }
    | {
        readonly rows: readonly Row[];
        readonly images: number;
        readonly leftOut: number;
        readonly provenance: Provenance;
      };
}

/** @throws AtlasFailure config-invalid for an unknown experiment */
export async function runExperiments(build: Build): Promise<void> {
  const chosen = chosenExperiments(build);
  const examined: Examined[] = [];
  for (const opened of found(build, "models")) examined.push(examine(build, opened));
  for (const entry of examined) {
    if (selectsModel(build.selection, entry.opened)) await examineWith(build, entry, chosen);
  }
  build.found.experiments = await readOutcomes(build, chosen, examined);
}

function chosenExperiments({ config: { experiments: wanted, file } }: Build): readonly Experiment[] {
  if (wanted === false) return [];
  if (wanted === undefined) return known;
  const ids = known.map(({ id }) => id);
  const odd = wanted.find((id) => !ids.includes(id));
  if (odd !== undefined) {
    const where = `${file}: "experiments"`;
    const next = didYouMean(odd, ids);
    throw new AtlasFailure("config-invalid", where, "experiments of pipeline/experiments", `"${odd}"`, next);
  }
  return known.filter(({ id }) => wanted.includes(id));
}

/** A model with all that is known of it before an experiment runs. */
interface Examined {
  readonly opened: OpenedModel;
  readonly facts: SubjectFacts;
  /** Images that were drawn and are of no class that the model knows. */
  readonly leftOut: number;
  /** Pictures to logits. */
  readonly program: Program;
}

function examine(build: Build, opened: OpenedModel): Examined {
  const { set, length } = found(build, "images");
  const { card, config, labels } = opened;
  const classes = classMap(opened, set.classes);
  const classOf = (index: number | null | undefined) => classes[index ?? -1] ?? -1;
  const drawn = drawImages(length, build.config.experimentImages, SEED, "experiments");
  const images = drawn.filter((image) => classOf(set.facts(image).classIndex) >= 0);
  return {
    opened,
    facts: {
      model: { id: card.id, title: card.title },
      classes: labels.length,
      side: config.imageSize,
      images,
      truth: images.map((image) => classOf(set.facts(image).classIndex)),
      worn: images.map((image) => classOf(set.apart?.wornBy(image))),
      versions: new Set<PictureVersion>(set.apart?.versions ?? ["whole"]),
      layers: layersOf(build, opened),
    },
    leftOut: drawn.length - images.length,
    program: trace(forwardDefinition(config, [], FORWARD_BATCH)),
  };
}

function layersOf(build: Build, { card, taps }: OpenedModel): SubjectFacts["layers"] {
  return taps.flatMap(({ name, label }, depth) => {
    const statistics = found(build, "layers").get(layerKey(card.id, name));
    if (!statistics) return [];
    const explained = Object.fromEntries(
      Object.entries(statistics.selectivity).map(([kind, values]) => [kind, values.explained]),
    ) as Partial<Record<LabelKind, Float64Array>>;
    return [{ tap: name, label, depth, explained }];
  });
}

function experimentJob(
  build: Build,
  { opened, facts, program }: Examined,
  experiment: Experiment,
): Job<Experiment> {
  const { set, length } = found(build, "images");
  const needsLayers = experiment.needs.includes("selectivity");
  return job(
    {
      stage: "run-experiments",
      revision: experiment.revision,
      runtime: { ...ENGINE, ...PICTURES },
      device: deviceOf(build.config),
      programs: [program.digest],
      weights: opened.digest,
      images: set.digest,
      range: [0, length],
      seed: SEED,
      settings: {
        experiment: experiment.id,
        ...experiment.settings(facts.side),
        images: build.config.experimentImages,
        preprocessing: opened.card.preprocessing,
        classes: classMap(opened, set.classes),
        statistics: needsLayers ? statisticsJobs(build, opened).map(({ fingerprint }) => fingerprint) : [],
      },
    },
    experiment,
  );
}

/** Runs what is stale of a model's experiments. */
async function examineWith(build: Build, examined: Examined, chosen: readonly Experiment[]): Promise<void> {
  const { facts } = examined;
  const jobs = chosen
    .filter((experiment) => whyNot(experiment, facts) === undefined)
    .map((experiment) => experimentJob(build, examined, experiment));
  const work = await openWorklist(build.store, jobs, build.signal);
  let answered = 0;
  let progress = () => {};
  const runner = new LateRunner(build, examined);
  const subject = subjectOf(build, examined, runner, (pictures) => {
    answered += pictures;
    progress();
  });
  try {
    for (let next = await work.claim(); next; next = await work.claim()) {
      const { id, passes } = next.task;
      const total = Math.max(1, passes(facts.side)) * facts.images.length;
      answered = 0;
      progress = () =>
        build.report({
          type: "progress",
          stage: "run-experiments",
          of: `${facts.model.id}, ${id}`,
          done: Math.min(answered, total),
          total,
          fresh: 0,
          unit: "pictures",
        });
      progress();
      const rows = await next.task.measure(subject, SEED);
      await work.finish(next, { rows: Buffer.from(JSON.stringify(rows)) });
      answered = total;
      progress();
    }
  } finally {
    await runner.dispose();
  }
}

/** The model's program, opened when the first picture comes: an experiment on statistics needs none. */
class LateRunner {
  readonly #build: Build;
  readonly #examined: Examined;
  #runner: Promise<Runner> | undefined;

  constructor(build: Build, examined: Examined) {
    this.#build = build;
    this.#examined = examined;
  }

  async run(images: Float32Array): Promise<Float32Array> {
    this.#runner ??= this.#open();
    return (await (await this.#runner).run({ images })).logits as Float32Array;
  }

  async dispose(): Promise<void> {
    await (await this.#runner)?.dispose();
  }

  async #open(): Promise<Runner> {
    const { opened, program } = this.#examined;
    const { config } = this.#build;
    return compile(forwardDefinition(opened.config, [], FORWARD_BATCH), await opened.weights(), {
      device: deviceOf(config),
      program,
      apart: true,
      ...(config.threads > 0 && { threads: config.threads }),
    });
  }
}

function subjectOf(
  build: Build,
  { opened, facts }: Examined,
  runner: LateRunner,
  onAnswers: (pictures: number) => void,
): Subject {
  const { set } = found(build, "images");
  const { preprocessing } = opened.card;
  const length = 3 * facts.side ** 2;
  return makeSubject(
    facts,
    {
      batch: FORWARD_BATCH,
      read: (positions, version) => {
        const indices = positions.map((position) => facts.images[position]!);
        return version === "whole"
          ? set.read(indices, preprocessing)
          : set.apart!.read(indices, version, preprocessing);
      },
      forward: async (pictures, n) => {
        throwIfInterrupted(build.signal);
        if (n === FORWARD_BATCH) return runner.run(pictures);
        // The last batch is filled up with zeros; their answers are not read.
        const full = new Float32Array(FORWARD_BATCH * length);
        full.set(pictures);
        return runner.run(full);
      },
    },
    onAnswers,
  );
}

/** What is in the store, of whichever run; a model that was not examined yet is absent. */
async function readOutcomes(
  build: Build,
  chosen: readonly Experiment[],
  examined: readonly Examined[],
): Promise<ExperimentOutcome[]> {
  const outcomes: ExperimentOutcome[] = [];
  for (const experiment of chosen) {
    const models: ModelOutcome[] = [];
    for (const entry of examined) {
      const outcome = await readOutcome(build, entry, experiment);
      if (outcome) models.push({ model: entry.facts.model, outcome });
    }
    outcomes.push({ experiment, models });
  }
  return outcomes;
}

async function readOutcome(
  build: Build,
  examined: Examined,
  experiment: Experiment,
): Promise<ModelOutcome["outcome"] | undefined> {
  const { facts, leftOut, opened, program } = examined;
  const because = whyNot(experiment, facts);
  if (because !== undefined) return { because };
  const { inputs, fingerprint } = experimentJob(build, examined, experiment);
  const record = await build.store.jobs.find(inputs.stage, fingerprint);
  if (!record) return undefined;
  const text = Buffer.from(await build.store.objects.get(record.outputs.rows!.digest)).toString();
  return {
    rows: JSON.parse(text) as readonly Row[],
    images: facts.images.length,
    leftOut,
    provenance: {
      weights: opened.digest,
      program: program.digest,
      images: found(build, "images").set.digest,
      seed: SEED,
      device: deviceOf(build.config),
      versions: { atlas: VERSION, ...ENGINE, ...PICTURES },
    },
  };
}
