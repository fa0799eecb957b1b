/**
 * From a decoded picture to a model's input, as torchvision and timm do it on Pillow.
 *
 * `Resize(resize)` then `CenterCrop(size)`: the shorter side becomes `resize`, the longer is rounded down, the
 * crop's corner is rounded half to even. Mean and std are left to the program, so that what is published and
 * what is optimized are pictures in 0–1. Pure numbers, no tensors: pipeline and browser prepare a picture alike.
 */

import { type Interpolation, type Pixels, resample, type Window } from "./resample.ts";

/** What a model card says of its pictures, as far as it concerns pixels. */
export interface Preprocessing {
  /** Side of the square that the model sees. */
  readonly size: number;
  /** Shorter side of the whole picture, before its centre is cut out. */
  readonly resize: number;
  readonly interpolation: Interpolation;
}

/** 0–255 → 0–1 as float32; a table is twice as fast as dividing. */
const UNIT = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** pixels [h, w, 3] of any size → [size, size, 3] uint8, what the model sees. */
export function resizeAndCrop(pixels: Pixels, preprocessing: Preprocessing): Pixels {
  const { size, resize, interpolation } = preprocessing;
  const { width, height } = pixels;
  const short = Math.min(width, height);
  const resized = (side: number) => (side === short ? resize : Math.trunc((resize * side) / short));
  return resample(pixels, centered(resized(width), size), centered(resized(height), size), interpolation);
}

/** pixels [size, size, 3] uint8 → [3, size, size] float32 0–1, written into `into` from `offset`. */
export function writePlanes(pixels: Pixels, into: Float32Array, offset: number): void {
  const { data } = pixels;
  const area = pixels.width * pixels.height;
  for (let i = 0; i < area; i++) {
    into[offset + i] = UNIT[data[i * 3]!]!;
    into[offset + area + i] = UNIT[data[i * 3 + 1]!]!;
    into[offset + 2 * area + i] = UNIT[data[i * 3 + 2]!]!;
  }
}

function centered(size: number, count: number): Window {
  return { size, count, first: roundHalfEven((size - count) / 2) };
}

/** Python's `round`, which torchvision's CenterCrop uses: 0.5 → 0, 1.5 → 2. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const odd = floor % 2 !== 0;
  return value - floor > 0.5 || (value - floor === 0.5 && odd) ? floor + 1 : floor;
}
