/** From an image to a token a patch, as timm's `PatchEmbed`. Not for class tokens or positions, which are the models'. */

import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { linear } from "../layers.ts";

/**
 * Cuts an image into patches and projects each one to a token.
 *
 *   images [B, 3, H, W]
 *   weight [C, 3, P, P], bias [C] or none
 *   → [B, (H/P)(W/P), C], row-major over the patch grid
 *
 * timm uses a convolution of stride P; the product of unfolded patches is the same sum, and its gradient needs no
 * transposed convolution.
 */
export function patchTokens(images: Tensor4D, weight: Tensor, bias?: Tensor): Tensor3D {
  const [width, , size] = weight.shape as [number, number, number, number];
  const [batch, , height] = images.shape;
  const grid = height / size;
  const patches = tf.reshape(
    tf.transpose(tf.reshape(images, [batch, 3, grid, size, grid, size]), [0, 2, 4, 1, 3, 5]),
    [batch, grid * grid, 3 * size * size],
  ) as Tensor3D;
  return linear(patches, tf.reshape(weight, [width, 3 * size * size]), bias);
}
