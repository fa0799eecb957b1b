/** Decoding, resizing and cropping against Pillow's own results; goldens by test/golden/preprocess.py. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { resizeAndCrop, writePlanes } from "#core/preprocess/preprocess.ts";
import { type Interpolation, resample } from "#core/preprocess/resample.ts";
import { decode } from "#pipeline/images/decode.ts";
import { preprocessingOf } from "#test/support/preprocessing.ts";
import { hasReal, REAL } from "#test/support/real.ts";

interface Golden {
  files: Record<string, { width: number; height: number; rgb: string }>;
  resized: {
    from: [number, number];
    to: [number, number];
    interpolation: Interpolation;
    source: string;
    result: string;
  }[];
  cropped: { from: [number, number]; resize: number; size: number; source: string; result: string }[];
}

interface Reference {
  samples: { index: number; blockMeans: number[] }[];
}

const here = fileURLToPath(new URL("../", import.meta.url));
const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(here, path), "utf8")) as T;
const golden = readJson<Golden>("golden/preprocess.json");
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const pixelsOf = ([width, height]: [number, number], base64: string) => ({
  width,
  height,
  data: bytesOf(base64),
});

describe("decoding gives Pillow's pixels, byte for byte:", () => {
  it.each(Object.entries(golden.files))("%s", async (file, { width, height, rgb }) => {
    const pixels = await decode(readFileSync(join(here, "golden/images", file)));
    expect([pixels.width, pixels.height]).toEqual([width, height]);
    expect(Buffer.from(pixels.data).equals(bytesOf(rgb))).toBe(true);
  });
});

it("16-bit pictures keep their upper byte", async () => {
  const samples = Uint16Array.from({ length: 64 * 3 }, (_, i) => i * 300);
  const png = await sharp(samples, { raw: { width: 8, height: 8, channels: 3 } })
    .toColourspace("rgb16")
    .png()
    .toBuffer();
  expect((await sharp(png).metadata()).depth).toBe("ushort");
  const { data } = await decode(png);
  expect([...data]).toEqual([...samples].map((sample) => sample >> 8));
});

describe("resizing is Pillow's, byte for byte:", () => {
  it.each(golden.resized)("$interpolation $from → $to", ({ from, to, interpolation, source, result }) => {
    const [width, height] = to;
    const all = (size: number) => ({ size, first: 0, count: size });
    const { data } = resample(pixelsOf(from, source), all(width), all(height), interpolation);
    expect(Buffer.from(data).equals(bytesOf(result))).toBe(true);
  });

  it("a constant picture stays constant", () => {
    const pixels = { width: 13, height: 7, data: new Uint8Array(13 * 7 * 3).fill(201) };
    const whole = { size: 5, first: 0, count: 5 };
    expect(new Set(resample(pixels, whole, whole, "bicubic").data)).toEqual(new Set([201]));
  });
});

describe("resize and centre crop are torchvision's on Pillow, byte for byte:", () => {
  it.each(golden.cropped)("$from → $resize, crop $size", ({ from, resize, size, source, result }) => {
    const { data } = resizeAndCrop(pixelsOf(from, source), preprocessingOf(size, resize));
    expect(Buffer.from(data).equals(bytesOf(result))).toBe(true);
  });
});

it("planes are red, green, blue in 0–1", () => {
  const into = new Float32Array(13).fill(-1);
  const data = Uint8Array.of(0, 51, 255, 102, 0, 0, 0, 0, 0, 0, 0, 204);
  writePlanes({ width: 2, height: 2, data }, into, 1);
  expect([...into]).toEqual([-1, 0, 0.4, 0, 0, 0.2, 0, 0, 0, 1, 0, 0, 0.8].map(Math.fround));
});

describe.skipIf(!hasReal)("photographs (../shared/real)", () => {
  it("are within 1/255 of Pillow's on average, in every block", async () => {
    const folder = join(REAL, "images/imagenet-500");
    const files = readdirSync(folder).sort();
    for (const { index, blockMeans } of readJson<Reference>("real/reference.json").samples) {
      const pixels = await decode(readFileSync(join(folder, files[index]!)));
      const means = blockMeansOf(resizeAndCrop(pixels, preprocessingOf(224, 256)).data);
      const worst = Math.max(...means.map((mean, i) => Math.abs(mean - blockMeans[i]!)));
      expect(worst, files[index]).toBeLessThan(1);
    }
  });
});

/** [224, 224, 3] → mean of each 28 × 28 block, [8, 8, 3]. */
function blockMeansOf(data: Uint8Array): number[] {
  const sums = new Array<number>(192).fill(0);
  data.forEach((value, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % 224, Math.floor(i / 672)];
    const block = (Math.floor(y / 28) * 8 + Math.floor(x / 28)) * 3 + c;
    sums[block] = sums[block]! + value / 784;
  });
  return sums;
}
