/**
 * Decodes a picture and prepares it as the pipeline does, beside the page: a large photograph takes a second.
 *
 * Upright by its EXIF orientation, colour profiles ignored, transparency dropped (`decode.ts` of the pipeline), then
 * resized and cropped by the very code that the pipeline runs. Three things are the browser's own: another JPEG decoder
 * than Chromium's may differ by a grey level, CMYK differs by one, and a canvas knows transparent pixels only
 * multiplied by their opacity: the fainter one is, the coarser its colour, and where nothing shows it is black.
 */
import { type Preprocessing, resizeAndCrop, writePlanes } from "#core/preprocess/preprocess.ts";
import type { Pixels } from "#core/preprocess/resample.ts";

/** What the page posts: a file, or what it took from the camera. */
export interface PrepareRequest {
  readonly id: number;
  readonly picture: Blob | ImageBitmap;
  readonly preprocessing: Preprocessing;
}

/** What the model sees, and the size of what it was made from. */
export interface Prepared {
  /** [size, size, 3] uint8 */
  readonly pixels: Pixels;
  /** [3, size, size] float32 0–1 */
  readonly image: Float32Array;
  readonly width: number;
  readonly height: number;
}

export type PrepareReply = { readonly id: number } & (
  | { readonly prepared: Prepared }
  | { readonly problem: string }
);

/** As in the pipeline: a shorter side than this holds no picture. */
const MIN_SIDE = 8;

/** Four times the pipeline's limit, for one picture at a time: 400 MB as RGBA. */
const MAX_PIXELS = 100_000_000;

/** Rows that are read from the decoded picture at once, so that it is never there twice. */
const STRIP = 256;

self.addEventListener("message", ({ data }: MessageEvent<PrepareRequest>) => {
  prepare(data).then(
    (prepared) => {
      const { image, pixels } = prepared;
      const reply: PrepareReply = { id: data.id, prepared };
      self.postMessage(reply, { transfer: [image.buffer, pixels.data.buffer] });
    },
    (error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      self.postMessage({ id: data.id, problem } satisfies PrepareReply);
    },
  );
});

async function prepare({ picture, preprocessing }: PrepareRequest): Promise<Prepared> {
  const bitmap = picture instanceof Blob ? await decode(picture) : picture;
  const { width, height } = bitmap;
  try {
    checkSize(width, height);
    const pixels = resizeAndCrop({ width, height, data: readRgb(bitmap) }, preprocessing);
    const image = new Float32Array(3 * preprocessing.size ** 2);
    writePlanes(pixels, image, 0);
    return { pixels, image, width, height };
  } finally {
    bitmap.close();
  }
}

async function decode(file: Blob): Promise<ImageBitmap> {
  if (file.size === 0) throw new Error("expected a picture, got 0 bytes; choose another file");
  try {
    return await createImageBitmap(file, {
      imageOrientation: "from-image",
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } catch {
    const isPicture = file.type.startsWith("image/");
    const got = isPicture ? `damaged or unknown ${file.type} data` : file.type || "a file of no known type";
    throw new Error(`expected a picture such as JPEG, PNG or WebP, got ${got}; choose another file`);
  }
}

function checkSize(width: number, height: number): void {
  const size = `${width} × ${height} pixels`;
  if (Math.min(width, height) < MIN_SIDE) {
    throw new Error(`expected at least ${MIN_SIDE} pixels on a side, got ${size}; choose a larger picture`);
  }
  if (width * height > MAX_PIXELS) {
    throw new Error(
      `expected at most ${MAX_PIXELS / 1e6} million pixels, got ${size}; choose a smaller picture`,
    );
  }
}

/** bitmap → [height, width, 3] uint8 */
function readRgb(bitmap: ImageBitmap): Uint8Array {
  const { width, height } = bitmap;
  const rgb = new Uint8Array(width * height * 3);
  const canvas = new OffscreenCanvas(width, Math.min(STRIP, height));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, -top);
    const { data } = context.getImageData(0, 0, width, rows);
    let to = top * width * 3;
    for (let from = 0; from < data.length; from += 4) {
      rgb[to++] = data[from]!;
      rgb[to++] = data[from + 1]!;
      rgb[to++] = data[from + 2]!;
    }
  }
  return rgb;
}
