/**
 * Convolutions on tfjs' WASM backend, which has them channels-last only and lacks the gradients of depthwise ones.
 *
 * The other backends (WebGPU, WebGL, plain CPU) and the tracer have both; `convolution.ts` chooses. On WASM the
 * filters of depthwise convolutions are frozen: it is a browser's last resort for looking at a model, not for
 * training one.
 */

import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

export const onWasm = (): boolean => tf.getBackend() === "wasm";

/** [B, C, H, W] → [B, H, W, C] */
export const channelsLast = (x: Tensor4D): Tensor4D => tf.transpose(x, [0, 2, 3, 1]);

/** [B, H, W, C] → [B, C, H, W] */
export const channelsFirst = (x: Tensor4D): Tensor4D => tf.transpose(x, [0, 3, 1, 2]);

/** x [B, I, H, W], kernel [k, k, I, O] → [B, O, H', W'] */
export function convolveOnWasm(x: Tensor4D, kernel: Tensor4D, stride: number, padding: number): Tensor4D {
  return channelsFirst(tf.conv2d(channelsLast(x), kernel, stride, padding));
}

/** x [B, C, H, W], kernel [k, k, C, m] → [B, C·m, H', W'] */
export function depthwiseOnWasm(x: Tensor4D, kernel: Tensor4D, stride: number, padding: number): Tensor4D {
  const operation = tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const [image, save] = args as [Tensor4D, tf.GradSaveFunc];
    save([kernel]);
    return {
      value: channelsFirst(tf.depthwiseConv2d(channelsLast(image), kernel, stride, padding)),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) =>
        imageGradient(dy as Tensor4D, x.shape, saved as Tensor4D, stride, padding),
    };
  });
  return operation(x) as Tensor4D;
}

/**
 * The gradient of a depthwise convolution for its image, made of forward ones: the output's gradient, spread by the
 * stride with zeros between, under the flipped filter; then the sum over each channel's m outputs.
 *
 *   dy [B, C·m, H', W'] → [B, C, H, W]
 */
function imageGradient(
  dy: Tensor4D,
  [batch, channels, height, width]: readonly [number, number, number, number],
  kernel: Tensor4D,
  stride: number,
  padding: number,
): Tensor4D {
  const [rows, columns, , multiplier] = kernel.shape;
  const outputs = channels * multiplier;
  const flipped = tf.reshape(tf.reverse(kernel, [0, 1]), [rows, columns, outputs, 1]) as Tensor4D;
  const spread = insertZeros(dy, stride);
  const [top, left] = [rows - 1 - padding, columns - 1 - padding];
  const [bottom, right] = [height + padding - spread.shape[2], width + padding - spread.shape[3]];
  const parts = channelsFirst(
    tf.depthwiseConv2d(channelsLast(spread), flipped, 1, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
  );
  const perChannel = tf.reshape(parts, [batch, channels, multiplier, height * width]);
  return tf.reshape(tf.sum(perChannel, 2), [batch, channels, height, width]);
}

/** [B, C, H, W] → [B, C, (H − 1)·s + 1, (W − 1)·s + 1] with s − 1 zeros between neighbours. */
function insertZeros(x: Tensor4D, stride: number): Tensor4D {
  if (stride === 1) return x;
  const [batch, channels, height, width] = x.shape;
  const across = tf.pad(tf.reshape(x, [-1, 1]), [
    [0, 0],
    [0, stride - 1],
  ]);
  const down = tf.pad(tf.reshape(across, [-1, 1, width * stride]), [
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  const whole = tf.reshape(down, [batch, channels, height * stride, width * stride]);
  return tf.slice(
    whole,
    [0, 0, 0, 0],
    [-1, -1, (height - 1) * stride + 1, (width - 1) * stride + 1],
  ) as Tensor4D;
}
