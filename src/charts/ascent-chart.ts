/** The objective along an ascent, with marks where snapshots were taken. */

import { extent, line, max, min, scaleLinear } from "d3";
import { movingMean } from "./moving-mean.ts";
import { axisBottom, axisLeft, element, figure, round, rounded } from "./svg.ts";

export interface AscentChartOptions {
  readonly width: number;
  /** Steps at which the objective was recorded, and its values. */
  readonly recorded: readonly number[];
  readonly objective: readonly number[];
  /** Steps of the snapshots. */
  readonly steps: readonly number[];
  /** The highest activation that an image of the set reaches, for comparison. */
  readonly bestImage: number;
}

const LEFT = 44;
const RIGHT = 14;
const TOP = 28;
const PLOT = 148;
/** Recorded steps on either side that are averaged: a step's few copies are coloured by chance, and jump. */
const REACH = 4;

/**
 * The values, faint, and their moving mean; a line at the best image's activation; a dot a snapshot, on the mean. The
 * dot of the last one has the class `now`, which the page's slider moves.
 */
export function ascentChart({ width, recorded, objective, steps, bestImage }: AscentChartOptions): string {
  const right = width - RIGHT;
  const bottom = TOP + PLOT;
  const last = Math.max(max(recorded) ?? 0, max(steps) ?? 1);
  const x = scaleLinear([0, last], [LEFT, right]);
  const lowest = Math.min(0, min(objective) ?? 0);
  const y = scaleLinear([lowest, Math.max(bestImage, max(objective) ?? 1)], [bottom, TOP]).nice(4);
  const smooth = movingMean(objective, REACH);
  const curve = line<number>(
    (_, k) => x(recorded[k]!),
    (value) => y(value),
  );
  const [from = 0, to = 0] = extent(objective) as [number | undefined, number | undefined];
  const dots = steps.map((step, k) =>
    element("circle", {
      cx: x(step),
      cy: y(valueAt(step, recorded, smooth)),
      r: 4,
      class: k === steps.length - 1 ? "snapshot now" : "snapshot",
    }),
  );
  return figure(
    {
      width,
      height: bottom + 40,
      title: "Objective along the ascent",
      description: `From ${round(from)} to ${round(to)} in ${last} steps; the best image of the set reaches ${round(bestImage)}.`,
    },
    axisLeft(y, [LEFT, right], {
      ticks: y.ticks(4),
      format: y.tickFormat(4),
      name: "Activation, mean over patches",
    }),
    element(
      "g",
      { class: "reference" },
      element("path", { d: `M${LEFT} ${round(y(bestImage))}H${right}` }),
      element("text", { x: right, y: y(bestImage) + 14, "text-anchor": "end" }, "best image"),
    ),
    element("path", { class: "line faint", d: rounded(curve(objective)) }),
    element("path", { class: "line accent", d: rounded(curve(smooth)) }),
    ...dots,
    axisBottom(x, bottom, { ticks: x.ticks(5), format: String, name: "Step" }),
  );
}

/** The recorded value nearest to a step. */
function valueAt(step: number, recorded: readonly number[], values: readonly number[]): number {
  let best = 0;
  recorded.forEach((at, k) => {
    if (Math.abs(at - step) < Math.abs(recorded[best]! - step)) best = k;
  });
  return values[best] ?? 0;
}
