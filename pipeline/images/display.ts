/** Pictures for the site: a central square of the pixels, as WebP. Not for what models see. */

import sharp from "sharp";
import type { Pixels } from "#core/preprocess/resample.ts";
import type { Preprocessing } from "#format/model-card.ts";

/** Half the bytes of PNG or more; artefacts invisible at the sizes of the site. */
const QUALITY = 82;

/**
 *   pixels  [h, w, 3]
 *   → WebP of size × size pixels: the square that `preprocessing` keeps, else the largest
 */
export async function encodeDisplay(
  { width, height, data }: Pixels,
  size: number,
  preprocessing?: Preprocessing,
): Promise<Uint8Array> {
  const kept = preprocessing ? preprocessing.size / preprocessing.resize : 1;
  const side = Math.max(1, Math.round(Math.min(width, height) * kept));
  return sharp(data, { raw: { width, height, channels: 3 } })
    .extract({
      left: Math.round((width - side) / 2),
      top: Math.round((height - side) / 2),
      width: side,
      height: side,
    })
    .resize(size, size)
    .webp({ quality: QUALITY })
    .toBuffer();
}
