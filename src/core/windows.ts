/**
 * The shifted, strided views of an image that the places of a window read, one axis at a time.
 *
 * By reshape and slice of rank 3, because tfjs has no gradient for strided slices, and its WebGL backend none for
 * slices of a higher rank than 4 (they are paddings). Used for pooling and for convolutions of one channel.
 */

import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/** How a window moves along an axis. */
export interface Stride {
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
  /** Whether a last window may reach beyond the padded image, as `ceil_mode` in torch. */
  readonly ceil?: boolean;
}

/** Places at which a window stops along `length` pixels, as in torch. */
export function stops(length: number, { window, stride, padding, ceil = false }: Stride): number {
  const travel = length + 2 * padding - window;
  if (!ceil) return Math.floor(travel / stride) + 1;
  const count = Math.ceil(travel / stride) + 1;
  // A window must begin in the image or in the padding before it.
  return (count - 1) * stride >= length + padding ? count - 1 : count;
}

type Axis = 2 | 3;

/** Rows or columns, with zeros around, so that all places of a window can be read. */
export interface Laid {
  readonly x: Tensor4D;
  readonly axis: Axis;
  readonly count: number;
  readonly stride: number;
}

/** [B, C, H, W] as [outer, length of the axis, inner] */
const split = (x: Tensor, axis: Axis): [outer: number, length: number, inner: number] => {
  const inner = axis === 2 ? x.shape[3]! : 1;
  return [x.size / (x.shape[axis]! * inner), x.shape[axis]!, inner];
};

const withExtent = (x: Tensor4D, axis: Axis, extent: number): [number, number, number, number] => {
  const [batch, channels, height, width] = x.shape;
  return axis === 2 ? [batch, channels, extent, width] : [batch, channels, height, extent];
};

/** Pads an axis with zeros (or drops pixels that no window reads) to whole strides. */
export function lay(x: Tensor4D, axis: Axis, travel: Stride): Laid {
  const { window, stride, padding } = travel;
  const [outer, length, inner] = split(x, axis);
  const count = stops(length, travel);
  const extent = stride * (count + Math.floor((window - 1) / stride));
  const after = extent - length - padding;
  const flat = tf.reshape(x, [outer, length, inner]);
  const read = after < 0 ? tf.slice(flat, [0, 0, 0], [-1, length + after, -1]) : flat;
  const padded = tf.pad(read, [
    [0, 0],
    [padding, Math.max(0, after)],
    [0, 0],
  ]);
  return { x: tf.reshape(padded, withExtent(x, axis, extent)), axis, count, stride };
}

/**
 * What one place of the window reads at all its stops.
 *
 *   x [B, C, H, W], laid along H → [B, C, count, W]; along W → [B, C, H, count]
 */
export function seenAt({ x, axis, count, stride }: Laid, place: number): Tensor4D {
  const [outer, extent, inner] = split(x, axis);
  const strides = tf.reshape(x, [outer, extent / stride, stride * inner]);
  const start = [0, Math.floor(place / stride), (place % stride) * inner];
  return tf.reshape(tf.slice(strides, start, [-1, count, inner]), withExtent(x, axis, count));
}
