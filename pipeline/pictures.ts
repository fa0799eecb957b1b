/** Pictures that the atlas makes, as files: visualizations and sheets of thumbnails. */
import sharp, { type Sharp } from "sharp";

/** Longest side of a WebP file, in pixels: the format's limit. */
const WEBP_LIMIT = 16_383;

/** A [3, size, size] float32 image in 0–1, channels first. */
type Image = Float32Array;

/** Encodes an image as lossless PNG. */
export async function encodePng(image: Image, size: number): Promise<Uint8Array> {
  return sideBySide([image], size).png({ compressionLevel: 9 }).toBuffer();
}

/** Up to this size, in pixels, pages show a picture pixel by pixel, and what a codec does to it would show. */
const PIXEL_BY_PIXEL = 128;

/**
 * Encodes images side by side, first to last, as one WebP.
 *
 * Lossy where images are large: snapshots are for looking at, and the noise that an ascent begins with is most of the
 * bytes otherwise, 1.1 MB a neuron of a 224 px model.
 */
export async function encodeStrip(images: readonly Image[], size: number): Promise<Uint8Array> {
  if (size * images.length > WEBP_LIMIT)
    throw new Error(`internal: a strip of ${images.length} images of ${size} px is too wide for WebP`);
  const settings = size <= PIXEL_BY_PIXEL ? { lossless: true } : { quality: 90, smartSubsample: true };
  return sideBySide(images, size).webp(settings).toBuffer();
}

function sideBySide(images: readonly Image[], size: number): Sharp {
  const width = size * images.length;
  const plane = size * size;
  const pixels = new Uint8Array(width * size * 3);
  images.forEach((image, i) => {
    for (let p = 0; p < plane; p++) {
      const at = (Math.floor(p / size) * width + i * size + (p % size)) * 3;
      for (let c = 0; c < 3; c++)
        pixels[at + c] = Math.round(Math.min(1, Math.max(0, image[c * plane + p]!)) * 255);
    }
  });
  return sharp(pixels, { raw: { width, height: size, channels: 3 } });
}

export interface Sheet {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly columns: number;
}

/** Tiles in reading order on one sheet that is as square as it can be; WebP, since thumbnails may be lossy. */
export async function encodeSheet(
  count: number,
  tile: number,
  read: (index: number) => Promise<Uint8Array>,
): Promise<Sheet> {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const [width, height] = [columns * tile, rows * tile];
  if (width > WEBP_LIMIT)
    throw new Error(`internal: a sheet of ${count} tiles of ${tile} px is too wide for WebP`);
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < count; i++) {
    const source = await sharp(await read(i))
      .resize(tile, tile, { fit: "cover" })
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer();
    const [left, top] = [(i % columns) * tile, Math.floor(i / columns) * tile];
    for (let y = 0; y < tile; y++) {
      pixels.set(source.subarray(y * tile * 3, (y + 1) * tile * 3), ((top + y) * width + left) * 3);
    }
  }
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .webp({ quality: 82 })
    .toBuffer();
  return { bytes, width, height, columns };
}
