/**
 * The form of an experiment: what it says of itself, what it needs, and its measurement as a function of a subject.
 *
 * Not for running them, which is `stages/run-experiments.ts`.
 */
import type { ChartSpec, Column, ExperimentData, PublishedValues } from "#format/experiment.ts";
import type { Citation } from "#format/literature.ts";
import type { Subject, SubjectFacts } from "./subject.ts";

export type Row = ExperimentData["rows"][number];

type Settings = { readonly [name: string]: number | string | readonly number[] };

export interface Experiment {
  readonly id: string;
  /** Raised by whoever changes what `measure` computes; fingerprints cannot see its code. */
  readonly revision: number;
  readonly title: string;
  readonly question: string;
  /** Paragraphs. */
  readonly method: readonly string[];
  readonly references: readonly Citation[];
  readonly falsified: string;
  readonly needs: readonly Need[];
  readonly columns: readonly Column[];
  readonly chart: ChartSpec;
  readonly published: readonly PublishedValues[];
  /** Numbers that the measurement reads, for a picture of this side; part of the fingerprint. */
  settings(side: number): Settings;
  /** Answers it asks for, a picture. */
  passes(side: number): number;
  /** Rows of one model; the same for equal subjects and seeds. */
  measure(subject: Subject, seed: number): Promise<readonly Row[]>;
  /** What came out, in a sentence, from the rows of all models. */
  finding(rows: readonly Row[]): string;
}

type Need = keyof typeof NEEDS;

/** What an experiment may need: in words, and why a subject lacks it. */
export const NEEDS = {
  classes: {
    words: "images of classes that the model knows",
    lack: ({ classes, images }: SubjectFacts) =>
      classes === 0
        ? "the model names no classes"
        : images.length === 0
          ? "no image is of a class that the model knows"
          : undefined,
  },
  parts: {
    words: "every image also with its object only and with its background only",
    lack: ({ versions }: SubjectFacts) =>
      versions.has("object") && versions.has("background")
        ? undefined
        : "the image set has no masks that would tell an object from its background",
  },
  conflicts: {
    words: "every image also with the texture of another class",
    lack: ({ versions, worn }: SubjectFacts) =>
      !versions.has("conflict")
        ? "the image set has no images whose texture is of another class than their shape"
        : worn.some((label) => label >= 0)
          ? undefined
          : "the textures are of classes that the model does not know",
  },
  selectivity: {
    words: "labels that the neurons’ activations can be compared with",
    lack: ({ layers }: SubjectFacts) =>
      layers.some(({ explained }) => Object.keys(explained).length > 0)
        ? undefined
        : "the images have no labels that the neurons could be compared with",
  },
} as const;

/** Why the experiment cannot be done with a subject; undefined where it applies. */
export function whyNot({ needs }: Pick<Experiment, "needs">, facts: SubjectFacts): string | undefined {
  for (const need of needs) {
    const lack = NEEDS[need].lack(facts);
    if (lack) return lack;
  }
  return undefined;
}
