/**
 * What every stage knows of a set of images, wherever they come from.
 *
 * `openFolder` reads photographs from disk, `openPicturebook` draws the built-in world; nothing behind this
 * interface may tell them apart.
 */

import type { Preprocessing } from "#format/model-card.ts";

/** Corners of a box as shares of the picture's width and height, 0–1; x to the right, y down. */
interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** What is known about an image without any model; null where nothing is. */
export interface ImageFacts {
  /** Where it comes from: the file, relative to the folder, or the address of a drawn picture. */
  readonly source: string;
  /** Index into the set's `classes`. */
  readonly classIndex: number | null;
  readonly caption: string | null;
  readonly scene: string | null;
  readonly texture: string | null;
  /** Names of the abstract concepts it belongs to. */
  readonly concepts: readonly string[];
}

/**
 * Versions of one image. "object": its objects alone on mid-grey; "background": the same without them; "conflict": its
 * objects wear the texture and colours of another class; "conflict-object": the same on mid-grey.
 */
export type PictureVersion = "whole" | "object" | "background" | "conflict" | "conflict-object";

/** The images of a set taken apart. */
interface TakenApart {
  readonly versions: readonly PictureVersion[];
  /** Reads a version of images, as `ImageSet.read` does. */
  read(
    indices: readonly number[],
    version: PictureVersion,
    preprocessing: Preprocessing,
    into?: Float32Array,
  ): Promise<Float32Array>;
  /** The class whose texture an image wears in conflict; null where it has none. */
  wornBy(index: number): number | null;
}

export interface ImageSet {
  readonly name: string;
  /** SHA-256 in hex of all that determines pixels and classes, so that results can be addressed by it. */
  readonly digest: string;
  readonly length: number;
  /** Names in index order. */
  readonly classes: readonly string[];

  /**
   * Reads images as a model sees them, before mean and std.
   *
   *   indices  [n], each 0 ≤ index < length
   *   → images [n, 3, size, size] float32 0–1, RGB; written into `into` from its start where given (it may be
   *     longer), else into a new array
   *
   * @throws AtlasFailure image-unreadable where a file is no longer what it was when the set was opened
   */
  read(indices: readonly number[], preprocessing: Preprocessing, into?: Float32Array): Promise<Float32Array>;

  /**
   * Encodes an image for the site: WebP, `size` × `size` pixels.
   *
   * With `preprocessing` the square that a model with it sees, so that activation maps lie on the right
   * patches; without, the largest central square.
   */
  display(index: number, size: number, preprocessing?: Preprocessing): Promise<Uint8Array>;

  facts(index: number): ImageFacts;

  /** Around the object, where that is known. Not among the facts, for it may have to be measured. */
  box(index: number): Promise<Box | null>;

  /** Other versions of the images, where the set knows where their objects are. */
  readonly apart?: TakenApart;

  /** Files that are not in the set, and why, in order of their names. */
  readonly skipped: readonly { readonly file: string; readonly why: string }[];
}

/** The array that `read` fills: `into`, if it is long enough for n images. */
export function imageArray(n: number, size: number, into: Float32Array | undefined): Float32Array {
  const length = n * 3 * size * size;
  if (into && into.length < length) {
    throw new Error(`internal: ${n} images of ${size} px need ${length} floats, got ${into.length}`);
  }
  return into ?? new Float32Array(length);
}
