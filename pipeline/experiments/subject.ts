/**
 * What an experiment is done with: a model as a function of pictures, the pictures with what is known of them, and what
 * earlier stages found of its layers.
 *
 * It knows nothing of files, programs and devices, so that a test can put a model of known answers in its place.
 */
import type { PictureVersion } from "../images/image-set.ts";
import type { LabelKind } from "../stages/index-images.ts";
import { rankOf } from "../statistics/rank.ts";

/** Alters one picture [3, side, side] in place; `position` is its place among the subject's. */
export type Change = (picture: Float32Array, position: number) => void;

/** What the model says to each picture. */
export interface Answers {
  /** [pictures]: the likeliest class, the smaller where two are equally likely. */
  readonly choice: Int32Array;
  /** [pictures]: how many classes are likelier than the right one. */
  readonly rank: Int32Array;
}

interface SubjectLayer {
  readonly tap: string;
  readonly label: string;
  /** Order from the input, from 0. */
  readonly depth: number;
  /** Per unit: η² of each kind of labels that is known. */
  readonly explained: Readonly<Partial<Record<LabelKind, ArrayLike<number>>>>;
}

/** What is known before anything is run. */
export interface SubjectFacts {
  readonly model: { readonly id: string; readonly title: string };
  /** Outputs of the model; 0 where it has no classes. */
  readonly classes: number;
  /** Of a picture, in pixels. */
  readonly side: number;
  /** [pictures]: index in the image set. */
  readonly images: readonly number[];
  /** [pictures]: the right class among the model's. */
  readonly truth: readonly number[];
  /** [pictures]: the class whose texture the picture wears in conflict, −1 where the model does not know it. */
  readonly worn: readonly number[];
  readonly versions: ReadonlySet<PictureVersion>;
  readonly layers: readonly SubjectLayer[];
}

export interface Subject extends SubjectFacts {
  /** The answers to a version of the pictures; asked once, whichever experiments want them. */
  answers(version: PictureVersion): Promise<Answers>;
  /** The answers to the whole pictures after each of the changes; pictures are read once for all of them. */
  answersTo(changes: readonly Change[]): Promise<readonly Answers[]>;
}

interface SubjectParts {
  /** Positions of pictures → [n, 3, side, side], in a new array. */
  read(positions: readonly number[], version: PictureVersion): Promise<Float32Array>;
  /** [n, 3, side, side] → logits [n, classes]; n is at most `batch`. */
  forward(pictures: Float32Array, n: number): Promise<Float32Array>;
  readonly batch: number;
}

/** @param onAnswers called with the number of pictures that were answered, also where they had been before */
export function makeSubject(
  facts: SubjectFacts,
  { read, forward, batch }: SubjectParts,
  onAnswers: (pictures: number) => void = () => {},
): Subject {
  const { classes, truth } = facts;
  const count = facts.images.length;
  const length = 3 * facts.side ** 2;
  const asked = new Map<PictureVersion, Promise<Answers>>();

  async function ask(version: PictureVersion, changes: readonly Change[]): Promise<readonly Answers[]> {
    const all = changes.map((): Answers => ({ choice: new Int32Array(count), rank: new Int32Array(count) }));
    for (let first = 0; first < count; first += batch) {
      const positions = Array.from({ length: Math.min(batch, count - first) }, (_, i) => first + i);
      const pictures = await read(positions, version);
      for (const [c, change] of changes.entries()) {
        const changed = pictures.slice();
        for (const [i, position] of positions.entries()) {
          change(changed.subarray(i * length, (i + 1) * length), position);
        }
        const logits = await forward(changed, positions.length);
        for (const [i, position] of positions.entries()) {
          all[c]!.choice[position] = likeliest(logits, i, classes);
          all[c]!.rank[position] = rankOf(logits, i, classes, truth[position]!);
        }
        onAnswers(positions.length);
      }
    }
    return all;
  }

  return {
    ...facts,
    async answers(version) {
      const before = asked.get(version);
      if (before) onAnswers(count);
      const answers = before ?? ask(version, [() => {}]).then(([only]) => only!);
      asked.set(version, answers);
      return answers;
    },
    answersTo: (changes) => ask("whole", changes),
  };
}

function likeliest(logits: Float32Array, row: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (logits[row * classes + c]! > logits[row * classes + best]!) best = c;
  return best;
}
