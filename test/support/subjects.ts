/** Subjects of experiments whose answers are known: pictures and models that a test writes down. */
import { makeSubject, type Subject, type SubjectFacts } from "#pipeline/experiments/subject.ts";
import type { PictureVersion } from "#pipeline/images/image-set.ts";

interface KnownSubject extends Partial<SubjectFacts> {
  /** A picture [3, side, side]; black where absent. */
  readonly picture?: (position: number, version: PictureVersion) => Float32Array;
  /** The class that the model answers; 0 where absent. */
  readonly answer?: (picture: Float32Array) => number;
  readonly onRead?: (version: PictureVersion) => void;
}

const SIDE = 16;
export const CLASSES = 8;
const COUNT = 40;

const ALL_VERSIONS: ReadonlySet<PictureVersion> = new Set<PictureVersion>([
  "whole",
  "object",
  "background",
  "conflict",
  "conflict-object",
]);

/** 40 pictures of 8 classes at 16 px, in batches of 7, unless said otherwise. */
export function knownSubject(options: KnownSubject = {}): Subject {
  const { picture, answer = () => 0, onRead = () => {}, ...given } = options;
  const images = given.images ?? Array.from({ length: COUNT }, (_, i) => i);
  const facts: SubjectFacts = {
    model: { id: "known", title: "Known" },
    classes: CLASSES,
    side: SIDE,
    images,
    truth: images.map((image) => image % CLASSES),
    worn: images.map((image) => (image + 1) % CLASSES),
    versions: ALL_VERSIONS,
    layers: [],
    ...given,
  };
  const length = 3 * facts.side ** 2;
  return makeSubject(facts, {
    batch: 7,
    async read(positions, version) {
      onRead(version);
      const pictures = new Float32Array(positions.length * length);
      positions.forEach((position, i) => {
        if (picture) pictures.set(picture(position, version), i * length);
      });
      return pictures;
    },
    async forward(pictures, n) {
      const logits = new Float32Array(n * facts.classes);
      for (let i = 0; i < n; i++) {
        logits[i * facts.classes + answer(pictures.subarray(i * length, (i + 1) * length))] = 1;
      }
      return logits;
    },
  });
}

/** A picture whose red plane says one thing and whose green plane another, as classes. */
export function cues(red: number, green: number, side = SIDE): Float32Array {
  const picture = new Float32Array(3 * side ** 2).fill(0);
  picture.fill(red / CLASSES, 0, side ** 2);
  picture.fill(green / CLASSES, side ** 2, 2 * side ** 2);
  return picture;
}

export const readRed = (picture: Float32Array): number => Math.round(picture[0]! * CLASSES);
export const readGreen = (picture: Float32Array): number =>
  Math.round(picture[picture.length / 3]! * CLASSES);
