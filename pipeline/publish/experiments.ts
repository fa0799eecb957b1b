/** `experiments/<id>.json`: what came of each experiment, for all models; and their order in `experiments/index.json`. */
import { type ExperimentData, experimentDataSchema, experimentIndexSchema } from "#format/experiment.ts";
import { type Build, found } from "../build.ts";
import { NEEDS } from "../experiments/experiment.ts";
import type { ExperimentOutcome } from "../stages/run-experiments.ts";
import type { Publication } from "./publication.ts";

/** Writes nothing where no experiment was asked for. */
export async function publishExperiments(build: Build, publication: Publication): Promise<void> {
  const outcomes = found(build, "experiments").filter(({ models }) => models.length > 0);
  if (outcomes.length === 0) return;
  for (const outcome of outcomes) {
    const path = `experiments/${outcome.experiment.id}.json`;
    await publication.file(path, experimentDataSchema, experimentData(outcome));
  }
  await publication.file("experiments/index.json", experimentIndexSchema, {
    format: 1,
    experiments: outcomes.map(({ experiment }) => experiment.id),
  });
}

export function experimentData({ experiment, models }: ExperimentOutcome): ExperimentData {
  const rows = models.flatMap(({ outcome }) => ("rows" in outcome ? outcome.rows : []));
  return {
    format: 1,
    id: experiment.id,
    title: experiment.title,
    question: experiment.question,
    method: [...experiment.method],
    references: [...experiment.references],
    falsified: experiment.falsified,
    needs: experiment.needs.map((need) => NEEDS[need].words),
    measured: models.flatMap(({ model, outcome }) => {
      if ("because" in outcome) return [];
      const { images, leftOut, provenance } = outcome;
      return [{ ...model, images, leftOut, provenance }];
    }),
    notHere: models.flatMap(({ model, outcome }) =>
      "because" in outcome ? [{ ...model, because: outcome.because }] : [],
    ),
    columns: [...experiment.columns],
    rows,
    chart: experiment.chart,
    finding: rows.length > 0 ? experiment.finding(rows) : "",
    published: [...experiment.published],
  };
}
