/**
 * Attention with a bias on its scores: relative positions and masks of windows. Plain attention is in `layers.ts`.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * softmax(scores)·value, with attention's short gradient.
 *
 *   scores [..., N, M]
 *   value  [..., M, D]  the same leading axes
 *   → [..., N, D]
 *
 * Apart from the product of queries and keys, so that what is added to the scores in between may be a parameter, whose
 * gradient is computed in training and nowhere else. Gradient: as `attention` of layers.ts.
 */
function softmaxProduct<T extends Tensor>(scores: Tensor, value: T): T {
  const operation = tf.customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
    const [logits, v, save] = args as [Tensor, Tensor, tf.GradSaveFunc];
    const weights = tf.softmax(logits);
    const output = tf.matMul(weights, v);
    save([v, weights, output]);
    return {
      value: output,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [sv, s, o] = saved as [Tensor, Tensor, Tensor];
        const along = tf.sum(tf.mul(dy, o), -1, true);
        return [tf.mul(s, tf.sub(tf.matMul(dy, sv, false, true), along)), tf.matMul(s, dy, true, false)];
      },
    };
  });
  return operation(scores, value) as T;
}

/**
 * Attention of heads whose queries are already divided by √D, with a bias on the scores.
 *
 *   query [..., N, D], key [..., M, D], value [..., M, E]
 *   bias  broadcast to [..., N, M]
 *   → [..., N, E]
 */
export function biasedAttention<T extends Tensor>(query: T, key: T, value: T, bias: Tensor): T {
  return softmaxProduct(tf.add(tf.matMul(query, key, false, true), bias), value);
}

/**
 * A bias by the place of key and query: rows of a table, by an index that is known beforehand.
 *
 *   table [entries, K]
 *   index N·M entries, row-major
 *   → [K, N, M]
 */
export function positionBias(table: Tensor, index: Int32Array, shape: readonly [number, number]): Tensor {
  const heads = table.shape[1]!;
  const rows = tf.gather(table, tf.tensor1d(index, "int32"));
  return tf.reshape(tf.transpose(rows, [1, 0]), [heads, ...shape]);
}
