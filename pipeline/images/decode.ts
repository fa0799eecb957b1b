/**
 * From the bytes of a JPEG, PNG or WebP file to RGB pixels, as Pillow's `convert("RGB")` would give them.
 *
 * Upright after EXIF rotation; embedded colour profiles ignored, alpha dropped (not blended), CMYK converted
 * by its plain formula, all as Pillow does: the models were trained behind it. Of an animation the first frame.
 * 16-bit pictures keep their upper byte; there Pillow clips grey ones, which is of no use.
 */

import sharp, { type Sharp } from "sharp";
import type { Pixels } from "#core/preprocess/resample.ts";

/** Formats by what the bytes say; others (SVG, say) are refused whatever the file is called. */
const FORMATS = ["jpeg", "png", "webp"];

/** A shorter side than this holds no picture: it would be one colour stretched over every patch. */
const MIN_SIDE = 8;

/** 75 MB as RGB. Larger files are scans or panoramas, and a few of them at once would fill the memory. */
const MAX_PIXELS = 25_000_000;

/** Says in a few words why a file is left out, such as "1 × 1 pixels, fewer than 8 on a side". */
export class UnreadableImage extends Error {}

/**
 * Decodes a picture.
 *
 *   bytes    the whole file
 *   → pixels [h, w, 3] uint8
 *
 * @throws UnreadableImage where the bytes are damaged, of another format, too small or too large
 */
export async function decode(bytes: Uint8Array): Promise<Pixels> {
  if (bytes.length === 0) throw new UnreadableImage("0 bytes");
  const { format, cmyk } = await inspect(bytes);
  try {
    const { data, info } = await open(bytes)
      .autoOrient()
      .pipelineColourspace(cmyk ? "cmyk" : "srgb")
      .toColourspace(cmyk ? "cmyk" : "srgb")
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: toRgb(data, info.channels) };
  } catch {
    // libvips keeps the words of its errors in one place for all threads: beside other pictures they get lost.
    throw new UnreadableImage(`damaged or incomplete ${format} data`);
  }
}

function open(bytes: Uint8Array): Sharp {
  // "error" refuses truncated and damaged data, and lets harmless warnings (a stray byte) pass.
  return sharp(bytes, { failOn: "error", ignoreIcc: true, limitInputPixels: MAX_PIXELS });
}

/** Checks format and size from the header alone. */
async function inspect(bytes: Uint8Array): Promise<{ format: string; cmyk: boolean }> {
  const header = sharp(bytes, { limitInputPixels: false }).metadata();
  const { format, width, height, space } = await header.catch(() => {
    throw new UnreadableImage(`no picture: a header of none of ${FORMATS.join(", ")}`);
  });
  if (!FORMATS.includes(format)) throw new UnreadableImage(`${format}, not ${FORMATS.join(", ")}`);
  const size = `${width} × ${height} pixels`;
  if (Math.min(width, height) < MIN_SIDE) {
    throw new UnreadableImage(`${size}, fewer than ${MIN_SIDE} on a side`);
  }
  if (width * height > MAX_PIXELS) {
    throw new UnreadableImage(`${size}, more than ${MAX_PIXELS / 1e6} million`);
  }
  return { format, cmyk: space === "cmyk" };
}

/** Samples of 1 (grey), 3 (RGB) or 4 (CMYK) channels → RGB. */
function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const count = data.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) {
      rgb[i * 3 + c] =
        channels === 4 ? mulDiv255(255 - data[i * 4 + c]!, 255 - data[i * 4 + 3]!) : data[i * channels]!;
    }
  }
  return rgb;
}

/** a · b / 255 rounded, in Pillow's integer form. */
function mulDiv255(a: number, b: number): number {
  const t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}
