/** Two experiments for the fixture atlas, with bars and with lines: measured on models that answer by a rule. */
import type { Provenance } from "#format/atlas-data.ts";
import type { ExperimentData } from "#format/experiment.ts";
import { experiments } from "#pipeline/experiments/index.ts";
import { experimentData } from "#pipeline/publish/experiments.ts";
import { CLASSES, cues, knownSubject } from "./subjects.ts";

const IDS = ["foreground-background", "frequency-filters"];

/** The first model needs a higher contrast of what it reads than the second, and is wrong about some pictures. */
export async function fixtureExperiments(
  models: readonly { readonly id: string; readonly title: string }[],
  provenance: Provenance,
): Promise<ExperimentData[]> {
  const subjects = models.map(({ id, title }, place) =>
    knownSubject({
      model: { id, title },
      picture: (position, version) => {
        const cue = (position % CLASSES) / (version === "object" && position % 5 === place ? 2 : 1);
        return cues(version === "background" && position % 4 > place ? 0 : cue, 0);
      },
      answer: (picture) => Math.min(CLASSES - 1, Math.round(Math.max(...picture) * CLASSES)),
    }),
  );
  return Promise.all(
    IDS.map(async (id) => {
      const experiment = experiments.find((candidate) => candidate.id === id)!;
      return experimentData({
        experiment,
        models: await Promise.all(
          subjects.map(async (subject) => ({
            model: subject.model,
            outcome: {
              rows: await experiment.measure(subject, 0),
              images: subject.images.length,
              leftOut: 0,
              provenance,
            },
          })),
        ),
      });
    }),
  );
}
