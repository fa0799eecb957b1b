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
import { type ImageSet, imageArray } from "./image-set.ts";
import { box, classes, describe, type Picture, render, renderMany, version } from "./picturebook/index.ts";

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
      .update(JSON.stringify(["picturebook", version, seed, count, conflict]))
      .digest("hex"),
    length: count,
    classes: classes.map(({ name }) => name),
    skipped: [],

    async read(indices, { size }, into) {
      const images = imageArray(indices.length, size, into);
      const bytes = await renderMany(indices.map(pictureAt), size);
      const length = 3 * size * size;
      for (let i = 0; i < indices.length; i++) {
        const data = bytes.subarray(i * length, (i + 1) * length);
        writePlanes({ width: size, height: size, data }, images, i * length);
      }
      return images;
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
