/**
 * From values to places along an axis, with round ticks.
 *
 * d3's own scale brings the mixing of colours and dates with it: 6 of the 12 KB compressed that a live chart would ship.
 * Where the ticks lie is d3's doing all the same.
 */
import { nice, ticks } from "d3";

export interface LinearScale {
  (value: number): number;
  range(): readonly [from: number, to: number];
  ticks(count: number): number[];
  /** Writes ticks with as many decimals as tell them apart. */
  tickFormat(count: number): (value: number) => string;
}

/**
 * @param domain values at the two ends; they are moved outwards to round ones where `round` says about how many ticks
 *   there are
 * @param range places of the two ends
 */
export function linearScale(
  domain: readonly [from: number, to: number],
  range: readonly [from: number, to: number],
  round?: number,
): LinearScale {
  const [low, high] = round === undefined ? domain : nice(...domain, round);
  const span = high - low || 1;
  const place = (value: number): number => range[0] + ((value - low) / span) * (range[1] - range[0]);
  const at = (count: number): number[] => ticks(low, high, count);
  return Object.assign(place, {
    range: () => range,
    ticks: at,
    tickFormat: (count: number) => {
      const [first = 0, second = first + 1] = at(count);
      const digits = Math.max(0, -Math.floor(Math.log10(second - first) + 1e-9));
      return (value: number) => value.toFixed(digits).replace("-", "−");
    },
  });
}
