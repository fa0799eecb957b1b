/** Weights as a session takes them. Not for whether they fit: `check.ts`. */
import type { Program } from "../trace/trace.ts";
import type { Place } from "../weights/read.ts";
import type { Weights } from "./index.ts";

/** Values, or where they are in a file. Either can be sent to another thread; a place costs it no copy. */
type BoundWeight =
  | { readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly shape: readonly number[]; readonly place: Place };

export type BoundWeights = Readonly<Record<string, BoundWeight>>;

/**
 * The weights that a program uses: all by their places, or all by their values where one has no place (it is
 * converted, or joined of several). onnxruntime takes either, and not both for one program.
 */
export function bind({ params }: Program, weights: Weights): BoundWeights {
  const names = Object.keys(params);
  const mapped = names.every((name) => weights[name]!.place);
  return Object.fromEntries(
    names.map((name) => {
      const weight = weights[name]!;
      const { shape, place } = weight;
      return [name, mapped && place ? { shape, place } : { shape, data: weight.data }];
    }),
  );
}
