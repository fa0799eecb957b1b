/**
 * A stretch of the built-in image world as an image set: the pictures 0 … count − 1 of a seed.
 *
 * Pictures are drawn when they are read, at the model's own size: a drawing has no pixels to resize, and the
 * whole of it is what the model sees, so the preprocessing's resize and crop do not apply. That is also how
 * the built-in models were trained.
 */

import { createHash } from "node:crypto";
import { writePlanes } from "#core/preprocess/preprocess.ts";
import { encodeDisplay } from "./display.ts";
import { type ImageSet, imageArray, type PictureVersion } from "./image-set.ts";
import {
  box,
  classes,
  describe,
  type Part,
  type Picture,
  render,
  renderMany,
  version as worldVersion,
} from "./picturebook/index.ts";

export interface PicturebookOptions {
  readonly seed: number;
  /** Pictures in the set. */
  readonly count: number;
  /** Every object wears the texture of another class. */
  readonly conflict?: boolean;
}

export function openPicturebook({ seed, count, conflict = false }: PicturebookOptions): ImageSet {
  const pictureAt = (index: number): Picture => {
    if (!(index >= 0 && index < count)) throw new Error(`internal: picture ${index} of ${count}`);
    return describe(seed, index, { conflict });
  };

  return {
    name: conflict ? "picturebook-conflict" : "picturebook",
    digest: createHash("sha256")
      .update(JSON.stringify(["picturebook", worldVersion, seed, count, conflict]))
      .digest("hex"),
    length: count,
    classes: classes.map(({ name }) => name),
    skipped: [],

    read: (indices, { size }, into) => readPart(indices.map(pictureAt), "full", size, into),

    apart: {
      versions: ["whole", "object", "background", "conflict", "conflict-object"],
      read(indices, version, { size }, into) {
        const { part, worn } = VERSIONS[version];
        const pictures = indices.map((index) =>
          worn ? describe(seed, index, { conflict: true }) : pictureAt(index),
        );
        return readPart(pictures, part, size, into);
      },
      wornBy: (index) => describe(seed, index, { conflict: true }).textureOf,
    },

    async display(index, size) {
      return encodeDisplay({ width: size, height: size, data: await render(pictureAt(index), size) }, size);
    },

    facts(index) {
      const { classIndex, caption, scene, texture, concepts } = pictureAt(index);
      const source = `picturebook/${seed}/${index}${conflict ? "/conflict" : ""}`;
      return { source, classIndex, caption, scene, texture, concepts };
    },

    box(index) {
      return box(pictureAt(index));
    },
  };
}

/** What is drawn of a version, and whether in the texture of another class. */
const VERSIONS: Readonly<Record<PictureVersion, { readonly part: Part; readonly worn: boolean }>> = {
  whole: { part: "full", worn: false },
  object: { part: "object", worn: false },
  background: { part: "background", worn: false },
  conflict: { part: "full", worn: true },
  "conflict-object": { part: "object", worn: true },
};

async function readPart(
  pictures: readonly Picture[],
  part: Part,
  size: number,
  into: Float32Array | undefined,
): Promise<Float32Array> {
  const images = imageArray(pictures.length, size, into);
  const bytes = await renderMany(pictures, size, part);
  const length = 3 * size * size;
  for (let i = 0; i < pictures.length; i++) {
    const data = bytes.subarray(i * length, (i + 1) * length);
    writePlanes({ width: size, height: size, data }, images, i * length);
  }
  return images;
}
