/** How often a neuron reaches which activation, with marks where its examples stand. */

import { max, scaleLinear } from "d3";
import { axisBottom, axisLeft, element, figure, label, round } from "./svg.ts";

interface HistogramMark {
  readonly value: number;
  readonly text: string;
}

export interface HistogramChartOptions {
  readonly width: number;
  /** Images a bin; bins are equal from `low` to `high`. */
  readonly counts: readonly number[];
  readonly low: number;
  readonly high: number;
  /** Quantiles, in any order. */
  readonly marks: readonly HistogramMark[];
}

const TOP = 44;
const PLOT = 150;
const LEFT = 40;
const RIGHT = 16;
/** Marks whose labels would touch are drawn without label: the width of "99 %" with a gap. */
const LABEL_WIDTH = 34;
/** Where the name of the upright axis ends, "Images" with a gap; labels stand to the right of it. */
const NAME_END = 48;

export function histogramChart({ width, counts, low, high, marks }: HistogramChartOptions): string {
  const right = width - RIGHT;
  const bottom = TOP + PLOT;
  const x = scaleLinear([low, high > low ? high : low + 1], [LEFT, right]);
  const y = scaleLinear([0, Math.max(1, max(counts) ?? 1)], [bottom, TOP]).nice(3);
  const step = (right - LEFT) / Math.max(1, counts.length);
  const bars = counts.map((images, bin) =>
    images === 0
      ? ""
      : element("rect", {
          x: LEFT + bin * step + 0.5,
          y: y(images),
          width: Math.max(1, step - 1),
          height: bottom - y(images),
        }),
  );
  let free = Number.POSITIVE_INFINITY;
  const quantiles = [...marks]
    .sort((a, b) => b.value - a.value)
    .map(({ value, text }) => {
      const at = x(value);
      const shown = at <= free - LABEL_WIDTH;
      if (shown) free = at;
      const isBeside = at - LABEL_WIDTH / 2 < NAME_END;
      const [place, anchor] = isBeside ? [Math.max(at, NAME_END), "start"] : [at, "middle"];
      return element(
        "g",
        { class: "mark" },
        element("path", { d: `M${round(at)} ${TOP - 8}V${bottom}` }),
        shown ? label(place, TOP - 13, text, { "text-anchor": anchor }) : "",
      );
    });
  const images = counts.reduce((sum, value) => sum + value, 0);
  return figure(
    {
      width,
      height: bottom + 40,
      title: "Distribution of the neuron’s activation over images",
      description: `${images} images in ${counts.length} bins from ${round(low)} to ${round(high)}; ${marks
        .map(({ text, value }) => `${text} at ${round(value)}`)
        .join(", ")}.`,
    },
    axisLeft(y, [LEFT, right], {
      ticks: y.ticks(3).filter(Number.isInteger),
      format: String,
      name: "Images",
    }),
    element("g", { class: "bars" }, ...bars),
    ...quantiles,
    axisBottom(x, bottom, {
      ticks: x.ticks(5),
      format: x.tickFormat(5),
      name: "Activation, mean over patches",
    }),
  );
}
