/**
 * Draws the rows of an experiment as its specification says: bars with intervals, or lines with bands.
 *
 * It knows no experiment. Rows whose value is not known are left out.
 */

import { area, line, max, scaleLinear, scaleLog } from "d3";
import type { Cell, ChartSpec, ExperimentData } from "#format/experiment.ts";
import { axisBottom, axisLeft, element, figure, label, round, rounded } from "./svg.ts";

export interface ExperimentChartOptions {
  readonly width: number;
  readonly experiment: ExperimentData;
}

type Row = ExperimentData["rows"][number];
type Bars = Extract<ChartSpec, { kind: "bars" }>;
type Lines = Extract<ChartSpec, { kind: "lines" }>;

interface Measured {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Colours of the series: the kinds of labels keep theirs, others take them in their order. */
const KINDS = ["class", "scene", "texture", "concept"] as const;
const colourOf = (name: string, place: number): string =>
  KINDS.find((kind) => kind === name) ?? KINDS[place % KINDS.length]!;

export function experimentChart(options: ExperimentChartOptions): string {
  const { chart } = options.experiment;
  return chart.kind === "bars" ? barChart(options, chart) : lineChart(options, chart);
}

/** Text of a cell; a model's title for its id. */
function textOf({ measured }: ExperimentData, row: Row, key: string): string {
  const text = String(row[key]);
  return key === "model" ? (measured.find(({ id }) => id === text)?.title ?? text) : text;
}

function measuredOf(cell: Cell | undefined): Measured | undefined {
  if (typeof cell === "number") return { value: cell, low: null, high: null };
  if (typeof cell !== "object" || cell.value === null) return undefined;
  return { value: cell.value, low: cell.low, high: cell.high };
}

const BAR = 14;
const BAR_STEP = 20;
const GROUP_HEAD = 24;
const GROUP_GAP = 14;
/** Width of a letter of 12 px, on average. */
const LETTER = 6.5;

function barChart({ width, experiment }: ExperimentChartOptions, chart: Bars): string {
  const { rows, columns } = experiment;
  const names = chart.values.map((key) => columns.find((column) => column.key === key)?.name ?? key);
  const left = Math.min(width * 0.42, Math.max(...names.map((name) => name.length)) * LETTER + 12);
  const right = width - 48;
  const highest = max(rows, (row) => max(chart.values, (key) => measuredOf(row[key])?.value ?? 0)) ?? 0;
  const x = scaleLinear([0, Math.max(1, highest)], [left, right]);
  const group = GROUP_HEAD + chart.values.length * BAR_STEP + GROUP_GAP;
  const bottom = rows.length * group + 4;

  const groups = rows.map((row, r) => {
    const top = r * group;
    const title = chart.labels.map((key) => textOf(experiment, row, key)).join(", ");
    const bars = chart.values.map((key, v) => {
      const y = top + GROUP_HEAD + v * BAR_STEP;
      const name = label(left - 8, y + 11, names[v]!, { "text-anchor": "end" });
      const measured = measuredOf(row[key]);
      if (!measured) return element("g", {}, name, label(left + 4, y + 11, "not measured"));
      const { value, low, high } = measured;
      const middle = y + BAR / 2;
      return element(
        "g",
        { class: colourOf(key, v) },
        name,
        element("rect", { class: "fill", x: left, y, width: Math.max(0.5, x(value) - left), height: BAR }),
        low === null || high === null
          ? ""
          : element("path", {
              class: "whisker",
              d: `M${round(x(low))} ${middle}H${round(x(high))}M${round(x(low))} ${middle - 3}v6M${round(x(high))} ${middle - 3}v6`,
            }),
        label(x(Math.max(value, high ?? 0)) + 6, y + 11, percent(value)),
      );
    });
    return element("g", {}, label(0, top + 15, title, { class: "head" }), ...bars);
  });
  return figure(
    {
      width,
      height: bottom + 40,
      title: experiment.title,
      description: `${chart.axis} of ${rows.length} rows, with 95 % intervals. ${experiment.finding}`,
    },
    ...groups,
    axisBottom(x, bottom, { ticks: x.ticks(4), format: percent, name: chart.axis }),
  );
}

const PANEL = 210;
const LEFT = 46;
const LEGEND_LINE = 20;

interface Point extends Measured {
  readonly x: number;
}

function lineChart({ width, experiment }: ExperimentChartOptions, chart: Lines): string {
  const { rows, columns } = experiment;
  const { series: seriesKey, panel: panelKey } = chart;
  const distinct = (key: string) => [...new Set(rows.map((row) => textOf(experiment, row, key)))];
  const series = distinct(seriesKey);
  const panels = panelKey === null ? [null] : distinct(panelKey);
  const right = width - 16;
  const xs = [...new Set(rows.map((row) => Number(row[chart.x])))].sort((a, b) => a - b);
  const [first = 0, last = 1] = [xs[0], xs.at(-1)];
  const range = [LEFT + 10, right - 6] as const;
  const x =
    chart.scale === "log2" ? scaleLog([first, last], range).base(2) : scaleLinear([first, last], range);
  const top = max(rows, (row) => measuredOf(row[chart.y])?.high ?? measuredOf(row[chart.y])?.value ?? 0) ?? 0;
  const highest = top > 0.5 ? 1 : Math.max(0.05, top);
  const xColumn = columns.find((column) => column.key === chart.x);
  const formatX = (value: number) => (xColumn?.form === "share" ? percent(value) : String(round(value)));

  const legend = legendOf(series, width);
  const head = legend.height + 8;
  const each = 34 + PANEL + 52;
  const drawn = panels.map((panel, p) => {
    const ceiling = head + p * each + 34;
    const y = scaleLinear([0, highest], [ceiling + PANEL, ceiling]).nice(4);
    const own = panelKey === null ? rows : rows.filter((row) => textOf(experiment, row, panelKey) === panel);
    const path = line<Point>(
      (point) => x(point.x),
      (point) => y(point.value),
    );
    const band = area<Point>(
      (point) => x(point.x),
      (point) => y(point.low ?? point.value),
      (point) => y(point.high ?? point.value),
    );
    const lines = series.map((name, s) => {
      const points = own
        .filter((row) => textOf(experiment, row, seriesKey) === name)
        .flatMap((row): Point[] => {
          const measured = measuredOf(row[chart.y]);
          return measured ? [{ x: Number(row[chart.x]), ...measured }] : [];
        })
        .sort((a, b) => a.x - b.x);
      return element(
        "g",
        { class: `series ${colourOf(name, s)}` },
        element("path", { class: "band", d: rounded(band(points)) }),
        element("path", { class: "line", d: rounded(path(points)) }),
        ...points.map((point) => element("circle", { cx: x(point.x), cy: y(point.value), r: 3 })),
      );
    });
    const name = panel === null ? chart.axis : `${chart.axis} · ${panel}`;
    const fits = (right - LEFT) / xs.length > 34;
    return element(
      "g",
      {},
      axisLeft(y, [LEFT, right], { ticks: y.ticks(4), format: percent, name }),
      axisBottom(x, ceiling + PANEL, {
        // Of octaves every one or every other; on a straight scale places are uneven, and round numbers serve better.
        ticks:
          chart.scale === "linear"
            ? x.ticks(Math.min(5, xs.length))
            : xs.filter((_, i) => fits || i % 2 === 0),
        format: formatX,
        name: xColumn ? `${xColumn.name}${xColumn.unit ? `, ${xColumn.unit}` : ""}` : chart.x,
      }),
      ...lines,
    );
  });
  return figure(
    {
      width,
      height: head + panels.length * each,
      title: experiment.title,
      description: `${chart.axis} of ${series.join(", ")}, with 95 % intervals. ${experiment.finding}`,
    },
    legend.svg,
    ...drawn,
  );
}

/** Names of the series in their colours, in as many lines as they need. */
function legendOf(series: readonly string[], width: number): { svg: string; height: number } {
  let [x, y] = [0, 14];
  const items = series.map((name, s) => {
    const room = name.length * LETTER + 36;
    if (x > 0 && x + room > width) [x, y] = [0, y + LEGEND_LINE];
    const item = element(
      "g",
      { class: `series ${colourOf(name, s)}` },
      element("path", { class: "line", d: `M${round(x)} ${y - 4}h14` }),
      label(x + 20, y, name),
    );
    x += room;
    return item;
  });
  return { svg: element("g", { class: "legend" }, ...items), height: y + 4 };
}
