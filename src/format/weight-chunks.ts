/** Which of a model's weights a page loads. Without the schemas of `model-weights.ts`, so that pages stay small. */
import { FormatError } from "./format-error.ts";
import type { ModelWeights } from "./model-weights.ts";

/**
 * The chunks that a tap needs, or all.
 *
 * @throws FormatError where the model has no such tap
 */
export function chunksFor(weights: ModelWeights, tap?: string): ModelWeights["chunks"] {
  if (tap === undefined) return weights.chunks;
  const count = weights.taps[tap];
  if (count === undefined) {
    const known = Object.keys(weights.taps).join(", ");
    throw new FormatError(`${weights.model}: weights`, `one of ${known}`, `"${tap}"`, "correct the tap");
  }
  return weights.chunks.slice(0, count);
}

/** Bytes that a page loads for a tap, or for the whole model. */
export function weightBytes(weights: ModelWeights, tap?: string): number {
  return chunksFor(weights, tap).reduce((sum, { object }) => sum + object.bytes, 0);
}
