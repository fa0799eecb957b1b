/**
 * Maps of tokens cut into square windows, and moved around. By reshape, transpose, split and concat, all of which have
 * gradients in tfjs. Not for the attention within windows.
 */

import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The map moved up and left by `shift`, what leaves it coming in at the other side; a negative shift moves it back.
 *
 *   tokens [B, G·G, C] → same shape
 */
export function roll(tokens: Tensor3D, grid: number, shift: number): Tensor3D {
  if (shift === 0) return tokens;
  const [batch, , width] = tokens.shape;
  const cut = (shift + grid) % grid;
  let map: Tensor = tf.reshape(tokens, [batch, grid, grid, width]);
  for (const axis of [1, 2]) {
    const [first, second] = tf.split(map, [cut, grid - cut], axis);
    map = tf.concat([second!, first!], axis);
  }
  return tf.reshape(map, [batch, grid * grid, width]);
}

/** [B, G·G, C] → [B·W, w·w, C], windows in row-major order. */
export function cutWindows(tokens: Tensor3D, grid: number, window: number): Tensor3D {
  const across = grid / window;
  if (across === 1) return tokens;
  const [batch, , width] = tokens.shape;
  const map = tf.reshape(tokens, [batch * across, window, across, window * width]);
  return tf.reshape(tf.transpose(map, [0, 2, 1, 3]), [batch * across * across, window * window, width]);
}

/** [B·W, w·w, C] → [B, G·G, C] */
export function joinWindows(windows: Tensor3D, grid: number, window: number): Tensor3D {
  const across = grid / window;
  if (across === 1) return windows;
  const [count, , width] = windows.shape;
  const rows = count / across;
  const map = tf.reshape(windows, [rows, across, window, window * width]);
  return tf.reshape(tf.transpose(map, [0, 2, 1, 3]), [rows / across, grid * grid, width]);
}
