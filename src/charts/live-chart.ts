/** Objective and total variation of a run that is going on, one above the other over the same steps. */

import { line, max, min } from "d3";
import { linearScale } from "./linear-scale.ts";
import { movingMean } from "./moving-mean.ts";
import { axisBottom, axisLeft, element, escapeText, figure, round, rounded } from "./svg.ts";

export interface LiveChartOptions {
  readonly width: number;
  /** Steps at which both were recorded, and their values. */
  readonly recorded: readonly number[];
  readonly objective: readonly number[];
  readonly variation: readonly number[];
  /** Steps of the whole schedule: the axis does not move while the curve grows. */
  readonly steps: number;
  /** Name of the objective. */
  readonly name: string;
  /** Levels of the objective to compare with, by their names. */
  readonly levels: Readonly<Record<string, number>>;
}

const LEFT = 44;
const RIGHT = 14;
const TOP = 28;
const PLOT = 132;
const GAP = 40;
const LOWER = 44;
/** As in the chart of the published ascent. */
const REACH = 4;

/** The curves so far; both axes begin at 0 or below, so that heights can be compared. */
export function liveChart(options: LiveChartOptions): string {
  const { width, recorded, objective, variation, steps, name, levels } = options;
  const right = width - RIGHT;
  const bottom = TOP + PLOT;
  const top = bottom + GAP;
  const x = linearScale([0, Math.max(1, steps)], [LEFT, right]);
  const all = [...objective, ...Object.values(levels)];
  const upper = linearScale([Math.min(0, min(all) ?? 0), max(all) ?? 1], [bottom, TOP], 4);
  const lower = linearScale([0, max(variation) || 1], [top + LOWER, top], 2);
  const curve = (values: readonly number[], y: typeof upper) =>
    rounded(
      line<number>(
        (_, k) => x(recorded[k]!),
        (value) => y(value),
      )(values),
    );
  const smooth = movingMean(objective, REACH);
  const now = recorded.length - 1;
  const dot = (value: number | undefined, y: typeof upper) =>
    value === undefined
      ? ""
      : element("circle", { cx: x(recorded[now]!), cy: y(value), r: 4, class: "snapshot now" });
  return figure(
    {
      width,
      height: top + LOWER + 40,
      title: `${name} and total variation, live`,
      description:
        now < 0
          ? "No step taken."
          : `After ${recorded[now]! + 1} of ${steps} steps: ${round(objective[now]!)}, variation ${round(variation[now]!)}.`,
    },
    axisLeft(upper, [LEFT, right], { ticks: upper.ticks(4), format: upper.tickFormat(4), name }),
    ...levelMarks(levels, upper, right),
    element("path", { class: "line faint", d: curve(objective, upper) }),
    element("path", { class: "line accent", d: curve(smooth, upper) }),
    dot(smooth[now], upper),
    axisLeft(lower, [LEFT, right], {
      ticks: lower.ticks(2),
      format: lower.tickFormat(2),
      name: "Total variation, unweighted",
    }),
    element("path", { class: "line ink", d: curve(variation, lower) }),
    axisBottom(x, top + LOWER, { ticks: x.ticks(5).filter(Number.isInteger), format: String, name: "Step" }),
  );
}

/** Dashed lines with their names on the left, away from where the curve grows: one above its line, the other below. */
function levelMarks(
  levels: LiveChartOptions["levels"],
  y: (value: number) => number,
  right: number,
): string[] {
  const falling = Object.entries(levels).sort(([, a], [, b]) => b - a);
  return falling.map(([name, value], k) =>
    element(
      "g",
      { class: "reference" },
      element("path", { d: `M${LEFT} ${round(y(value))}H${right}` }),
      element("text", { x: LEFT + 6, y: y(value) + (k === 0 ? -5 : 14) }, escapeText(name)),
    ),
  );
}
