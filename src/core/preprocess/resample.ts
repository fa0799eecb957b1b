/**
 * Pillow's `Image.resize` for 8-bit RGB, bit for bit: separable, antialiased, in fixed point.
 *
 * Checkpoints were trained and measured behind Pillow. Other resizers (sharp's too) differ from it in the
 * kernel (a = −0.5), in the support when shrinking, and in rounding to bytes between the two passes; together
 * that is several grey levels. Only the rows and columns that are kept are computed, which changes none.
 * Rows come before columns always, as in Pillow up to 12, behind which the checkpoints were trained; Pillow 13
 * does some pictures more than twice as tall as wide the other way round, which rounds differently.
 * Not for what to resize to, see `preprocess.ts`, nor for linear light, which Pillow does not use.
 *
 * @see https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c
 */

/** data [height, width, 3] uint8, row-major. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A range of pixels of one axis of the resized picture. */
export interface Window {
  /** Pixels of the whole axis after resizing. */
  readonly size: number;
  /** First pixel kept. */
  readonly first: number;
  /** Pixels kept. */
  readonly count: number;
}

export type Interpolation = "bicubic" | "bilinear";

/** Fraction bits of a weight: 32 less 8 for a byte and 2 for weights that sum beyond 1 (Pillow). */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** Pillow's a; OpenCV and PyTorch take −0.75. */
const BICUBIC_A = -0.5;

const FILTERS = {
  bilinear: { support: 1, weight: triangle },
  bicubic: { support: 2, weight: cubic },
} as const;

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

/** @see Keys 1981, Cubic convolution interpolation for digital image processing, eq. 4 */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return ((BICUBIC_A + 2) * t - (BICUBIC_A + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * BICUBIC_A;
  return 0;
}

/**
 * Resizes a picture and keeps a window of the result.
 *
 *   pixels    [h, w, 3] uint8
 *   → pixels  [vertical.count, horizontal.count, 3] uint8
 */
export function resample(
  pixels: Pixels,
  horizontal: Window,
  vertical: Window,
  interpolation: Interpolation,
): Pixels {
  const columns = kernelsOf(pixels.width, horizontal, interpolation);
  const rows = kernelsOf(pixels.height, vertical, interpolation);
  const firstRow = rows.starts[0]!;
  const rowsNeeded = rows.starts.at(-1)! + rows.lengths.at(-1)! - firstRow;
  const narrowed = resampleRows(pixels, columns, firstRow, rowsNeeded);
  return resampleColumns(narrowed, rows, firstRow);
}

/** For every kept pixel the weights of the source pixels that make it. */
interface Kernels {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  /** Weights · 2²², `stride` a pixel. */
  readonly weights: Int32Array;
  readonly stride: number;
}

function kernelsOf(sourceSize: number, window: Window, interpolation: Interpolation): Kernels {
  const filter = FILTERS[interpolation];
  const scale = sourceSize / window.size;
  // Shrinking widens the kernel over all the source pixels that fall into one: that is the antialiasing.
  const stretch = Math.max(1, scale);
  const support = filter.support * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(window.count);
  const lengths = new Int32Array(window.count);
  const weights = new Int32Array(window.count * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < window.count; i++) {
    const center = (window.first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const length = Math.min(sourceSize, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < length; k++) {
      exact[k] = filter.weight((start + k - center + 0.5) * (1 / stretch));
      sum += exact[k]!;
    }
    for (let k = 0; k < length; k++) {
      const weight = (exact[k]! / sum) * 2 ** PRECISION;
      weights[i * stride + k] = Math.trunc(weight + (weight < 0 ? -0.5 : 0.5));
    }
    starts[i] = start;
    lengths[i] = length;
  }
  return { starts, lengths, weights, stride };
}

/** The first pass: along x, over the rows that the second needs. */
function resampleRows(source: Pixels, kernels: Kernels, firstRow: number, rowCount: number): Pixels {
  const { starts, lengths, weights, stride } = kernels;
  const width = starts.length;
  const { data } = source;
  const out = new Uint8Array(rowCount * width * 3);
  let at = 0;
  for (let y = 0; y < rowCount; y++) {
    const row = (firstRow + y) * source.width;
    for (let x = 0; x < width; x++) {
      const last = x * stride + lengths[x]!;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = (row + starts[x]!) * 3;
      for (let k = x * stride; k < last; k++) {
        const weight = weights[k]!;
        red += Math.imul(data[from]!, weight);
        green += Math.imul(data[from + 1]!, weight);
        blue += Math.imul(data[from + 2]!, weight);
        from += 3;
      }
      out[at] = toByte(red);
      out[at + 1] = toByte(green);
      out[at + 2] = toByte(blue);
      at += 3;
    }
  }
  return { width, height: rowCount, data: out };
}

/** The second pass: along y. Row `firstRow` of the picture is row 0 of `source`. */
function resampleColumns(source: Pixels, kernels: Kernels, firstRow: number): Pixels {
  const { starts, lengths, weights, stride } = kernels;
  const { data, width } = source;
  const rowLength = width * 3;
  const out = new Uint8Array(starts.length * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < starts.length; y++) {
    sums.fill(HALF);
    // Row by row, so that memory is read in order.
    for (let k = 0; k < lengths[y]!; k++) {
      const weight = weights[y * stride + k]!;
      const row = (starts[y]! - firstRow + k) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] = sums[i]! + Math.imul(data[row + i]!, weight);
    }
    for (let i = 0; i < rowLength; i++) out[y * rowLength + i] = toByte(sums[i]!);
  }
  return { width, height: starts.length, data: out };
}

function toByte(sum: number): number {
  return Math.max(0, Math.min(255, sum >> PRECISION));
}
