/** Weights as a session takes them. Not for whether they fit: `check.ts`. */
import type { Program } from "../trace/trace.ts";
import type { Place } from "../weights/read.ts";
import type { Weights } from "./index.ts";

/** Values, or where they are in a file. Either can be sent to another thread; a place costs it no copy. */
export type BoundWeight =
  | { readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly shape: readonly number[]; readonly place: Place };

export type BoundWeights = Readonly<Record<string, BoundWeight>>;

/** The weights that a program uses; values are read only of those without a place. */
export function bind({ params }: Program, weights: Weights): BoundWeights {
  return Object.fromEntries(
    Object.keys(params).map((name) => {
      const weight = weights[name]!;
      const { shape, place } = weight;
      return [name, place ? { shape, place } : { shape, data: weight.data }];
    }),
  );
}
