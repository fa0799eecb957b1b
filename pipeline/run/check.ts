/** Checks that arrays fit the tensors they are for, before a library says it less clearly. */
import type { TensorSpec } from "#core/definition.ts";
import { AtlasFailure } from "../failure.ts";
import type { Arrays, Weight, Weights } from "./index.ts";

type Specs = Readonly<Record<string, TensorSpec>>;

/** @throws AtlasFailure weights-mismatch that names the first tensor that is absent or has another shape */
export function checkWeights(where: string, specs: Specs, weights: Weights): void {
  for (const [name, { shape }] of Object.entries(specs)) {
    const weight = weights[name];
    const expected = `"${name}" [${shape.join(", ")}]`;
    const values = weight && countOf(weight);
    const got =
      weight === undefined
        ? "none"
        : values === sizeOf(weight.shape)
          ? `[${weight.shape.join(", ")}]`
          : `${values} values for [${weight.shape.join(", ")}]`;
    if (weight === undefined || got !== `[${shape.join(", ")}]`)
      throw new AtlasFailure(
        "weights-mismatch",
        where,
        expected,
        got,
        "is the key map of the model card right?",
      );
  }
}

const FLOAT_BYTES = 4;

/** Without reading the values of a weight that has a place. */
const countOf = (weight: Weight): number =>
  weight.place ? weight.place.bytes / FLOAT_BYTES : weight.data.length;

/** @throws Error `internal: …`: feeding a program wrongly is a bug of the caller */
export function checkFeeds(where: string, specs: Specs, feeds: Readonly<Arrays>): void {
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    const feed = feeds[name];
    const type = feed instanceof Float32Array ? "float32" : feed instanceof Int32Array ? "int32" : "none";
    if (feed === undefined || type !== dtype || feed.length !== sizeOf(shape)) {
      const got = feed === undefined ? "none" : `${type} of ${feed.length}`;
      throw new Error(
        `internal: ${where}: expected input "${name}" to be ${dtype} [${shape.join(", ")}] = ${sizeOf(shape)} values, got ${got}`,
      );
    }
  }
  for (const name of Object.keys(feeds))
    if (specs[name] === undefined)
      throw new Error(`internal: ${where}: expected no input "${name}", got one`);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
