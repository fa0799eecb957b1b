/**
 * What an image does to a model's neurons, against what the image set does to them. Pure numbers.
 *
 * A whole image is compared by its mean activation over patches, in standard deviations of that mean over the set:
 * both are the same quantity, and neurons of different scales become comparable. A single patch is not comparable with
 * means over patches, which vary far less; it is compared with single patches, as a share of the highest that one
 * reaches in the images that excite the neuron most.
 */
import type { ReferenceData } from "#format/reference-data.ts";

export type ReferenceLayer = ReferenceData["layers"][number];

export interface Ranked {
  readonly unit: number;
  /** Of the image or of the patch. */
  readonly activation: number;
  /** Standard deviations above the set's mean, or share of the highest patch. */
  readonly score: number;
}

/** logits [classes] → probabilities [classes]; exact for logits of any size. */
export function softmax(logits: Float32Array): Float64Array {
  const top = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Indices of the `count` largest values, falling; of equals the smaller index first. */
export function largest(values: ArrayLike<number>, count: number): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i);
  return order.sort((a, b) => values[b]! - values[a]! || a - b).slice(0, count);
}

/** activations [P, units] → means over patches [units] */
export function meansOf(activations: Float32Array, units: number): Float64Array {
  const patches = activations.length / units;
  const means = new Float64Array(units);
  activations.forEach((value, i) => {
    means[i % units]! += value / patches;
  });
  return means;
}

/** activations [P, units] → the map of one unit, [P] */
export function mapOf(activations: Float32Array, units: number, unit: number): Float32Array {
  return Float32Array.from({ length: activations.length / units }, (_, p) => activations[p * units + unit]!);
}

/** The neurons whose mean activation lies furthest above the set's; those that never vary are left out. */
export function rankByImage(layer: ReferenceLayer, activations: Float32Array, count: number): Ranked[] {
  const means = meansOf(activations, layer.units);
  return ranked(layer.units, count, (unit) => {
    const std = layer.std[unit]!;
    return [means[unit]!, std > 0 ? (means[unit]! - layer.mean[unit]!) / std : Number.NEGATIVE_INFINITY];
  });
}

/** The neurons that fire at patch `patch` at the highest share of their peak; those without a peak are left out. */
export function rankByPatch(
  layer: ReferenceLayer,
  activations: Float32Array,
  patch: number,
  count: number,
): Ranked[] {
  return ranked(layer.units, count, (unit) => {
    const activation = activations[patch * layer.units + unit]!;
    const peak = layer.peak[unit]!;
    return [activation, peak > 0 ? activation / peak : Number.NEGATIVE_INFINITY];
  });
}

function ranked(
  units: number,
  count: number,
  judge: (unit: number) => [activation: number, score: number],
): Ranked[] {
  const judged = Array.from({ length: units }, (_, unit) => judge(unit));
  return largest(
    judged.map(([, score]) => score),
    count,
  )
    .map((unit) => ({ unit, activation: judged[unit]![0], score: judged[unit]![1] }))
    .filter(({ score }) => Number.isFinite(score));
}

export interface Histogram {
  readonly low: number;
  readonly high: number;
  /** Images a bin; bins are equal from `low` to `high`. */
  readonly counts: readonly number[];
}

/** Share of the set's images below an activation, 0–1; within a bin images are taken to lie evenly. */
export function shareBelow({ low, high, counts }: Histogram, activation: number): number {
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0 || activation <= low) return 0;
  if (activation >= high) return 1;
  const place = ((activation - low) / (high - low)) * counts.length;
  const bin = Math.floor(place);
  const whole = counts.slice(0, bin).reduce((a, b) => a + b, 0);
  return (whole + (place - bin) * counts[bin]!) / total;
}

/** The patch of a grid that holds a point of the image; x and y from 0 to 1. */
export function patchAt([rows, columns]: readonly [number, number], x: number, y: number): number {
  const cell = (share: number, cells: number) => Math.min(cells - 1, Math.max(0, Math.floor(share * cells)));
  return cell(y, rows) * columns + cell(x, columns);
}
