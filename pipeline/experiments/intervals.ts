/** 95 % intervals: Wilson's for rates, the percentile bootstrap for everything else. */
import { stream } from "#core/random.ts";
import type { Interval } from "#format/experiment.ts";

/** The normal quantile at 0.975. */
const Z = 1.959963984540054;

/** Resamples of a bootstrap; the ends of an interval then rest on 25 of them each. */
const DRAWS = 1000;

/**
 * Observations below which the percentile bootstrap says nothing: of three equal ones every resample is the same, and
 * the interval would claim certainty.
 */
const FEWEST = 20;

/**
 * The score interval of a rate, which stays within 0 and 1 and is wide where little was seen.
 *
 * @see Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
 */
export function wilson(successes: number, n: number): Interval {
  if (n === 0) return { value: null, low: 0, high: 1, n };
  const rate = successes / n;
  const squared = Z ** 2 / n;
  const middle = (rate + squared / 2) / (1 + squared);
  const half = (Z / (1 + squared)) * Math.sqrt((rate * (1 - rate)) / n + squared / (4 * n));
  // The ends of rates of 0 and 1 are exact, and sums would miss them by a last bit.
  const low = successes === 0 ? 0 : middle - half;
  return { value: rate, low, high: successes === n ? 1 : middle + half, n };
}

/**
 * The percentile interval of a statistic of n observations.
 *
 * @param statistic of the observations with these indices, repeats included
 * @param name what is resampled; intervals of one seed and name use the same resamples
 * @see Efron 1979, https://doi.org/10.1214/aos/1176344552
 */
export function bootstrap(
  n: number,
  statistic: (indices: Int32Array) => number,
  seed: number,
  name: string,
): Interval {
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const value = n > 0 ? finite(statistic(all)) : null;
  if (value === null || n < FEWEST) return { value, low: null, high: null, n };
  const random = stream(seed, `bootstrap ${name}`);
  const drawn = Array.from({ length: DRAWS }, () => statistic(all.map(() => random.int(0, n - 1))))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (drawn.length === 0) return { value, low: null, high: null, n };
  return { value, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975), n };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Of sorted values, with linear interpolation. */
function quantile(sorted: readonly number[], level: number): number {
  const at = level * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}
