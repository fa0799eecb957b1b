/** Every chart against its picture in `__file_snapshots__`; open those in a browser when they change. */

import { scaleLinear } from "d3";
import { describe, expect, test } from "vitest";
import { ascentChart } from "#charts/ascent-chart.ts";
import { depthChart } from "#charts/depth-chart.ts";
import { histogramChart } from "#charts/histogram-chart.ts";
import { linearScale } from "#charts/linear-scale.ts";
import { liveChart } from "#charts/live-chart.ts";
import { movingMean } from "#charts/moving-mean.ts";
import { neuronScatter } from "#charts/neuron-scatter.ts";
import { shareBar } from "#charts/share-bar.ts";
import { spread } from "#charts/svg.ts";
import { trainingChart } from "#charts/training-chart.ts";

const layer = (depth: number, explained: Record<string, number>, density: number) => ({
  tap: `blocks.${depth}.mlp.act`,
  label: `Block ${depth}`,
  kind: "mlp.act",
  depth,
  units: 8,
  grid: [8, 8] as [number, number],
  visualized: 4,
  explained,
  density,
});

const layers = [
  layer(0, { class: 0.08, scene: 0.12, texture: 0.31 }, 0.42),
  layer(1, { class: 0.21, scene: 0.2, texture: 0.24 }, 0.2),
  layer(2, { class: 0.62, scene: 0.18, texture: 0.19 }, 0.07),
];

const ascent = {
  width: 480,
  recorded: [0, 10, 20, 30, 40],
  objective: [-0.1, 0.8, 1.6, 2.1, 2.2],
  steps: [0, 20, 40],
  bestImage: 1.4,
};

const live = {
  width: 472,
  recorded: [0, 1, 2, 3, 4, 5],
  objective: [-0.1, 0.4, 0.3, 0.9, 1.2, 1.1],
  variation: [140, 120, 96, 80, 84, 70],
  steps: 20,
  name: "Activation, mean over patches",
  levels: { "best image": 1.4, published: 2.2 },
};

const charts: Record<string, string> = {
  live: liveChart(live),
  depth: depthChart({ width: 640, layers, modelTitle: "A & B <model>" }),
  training: trainingChart({
    width: 480,
    modelTitle: "Model",
    curve: { step: [100, 200, 300, 400], loss: [3.2, 1.4, 0.6, 0.4], accuracy: [0.1, 0.6, 0.85, 0.91] },
  }),
  histogram: histogramChart({
    width: 480,
    counts: [2, 9, 14, 6, 3, 0, 1],
    low: -0.3,
    high: 1.45,
    marks: [
      { value: 1.2, text: "99%" },
      { value: 0.4, text: "50%" },
      { value: 0.38, text: "45%" },
    ],
  }),
  ascent: ascentChart(ascent),
  scatter: neuronScatter({
    width: 480,
    kind: "class",
    neurons: [
      { index: 0, density: 0.4, explained: 0.1, visualized: false },
      { index: 1, density: 0.1, explained: 0.7, visualized: true },
    ],
    href: (index) => `/model/tap/${index}/`,
  }),
  bar: shareBar(0.37, "class"),
};

test.each(Object.entries(charts))("the %s chart is drawn as it was", async (name, svg) => {
  await expect(`${svg}\n`).toMatchFileSnapshot(`./__file_snapshots__/${name}-chart.svg`);
});

describe("every chart", () => {
  test.each(Object.entries(charts))("%s has no number with more than two decimals", (_, svg) => {
    expect(svg.replaceAll(/<(title|desc)>.*?<\/\1>/g, "")).not.toMatch(/\d\.\d{3}/);
  });

  test.each(Object.entries(charts).filter(([name]) => name !== "bar"))("%s says what it shows", (_, svg) => {
    expect(svg).toMatch(/role="img"><title>[^<]+<\/title><desc>[^<]+<\/desc>/);
  });
});

test("text of a chart cannot become markup", () => {
  expect(charts.depth).toContain("A &amp; B &lt;model&gt;");
});

test("charts of data without any spread stay finite", () => {
  const flat = [
    histogramChart({ width: 300, counts: [5], low: 1, high: 1, marks: [{ value: 1, text: "50%" }] }),
    ascentChart({ ...ascent, recorded: [0], objective: [0], steps: [0], bestImage: 0 }),
    depthChart({ width: 300, layers: [layer(0, {}, 0)], modelTitle: "Model" }),
    neuronScatter({ width: 300, kind: "class", neurons: [], href: String }),
    liveChart({ ...live, recorded: [], objective: [], variation: [], levels: {} }),
    liveChart({ ...live, recorded: [0], objective: [0], variation: [0], steps: 1, levels: {} }),
  ];
  for (const svg of flat) expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test("a layer without a kind of label has no point in its line", () => {
  const some = [
    layer(0, { class: 0.1, scene: 0.3 }, 0.4),
    layer(1, { class: 0.2 }, 0.3),
    layer(2, { class: 0.4, scene: 0.1 }, 0.2),
  ];
  const scene = depthChart({ width: 640, layers: some, modelTitle: "Model" }).match(
    /series scene">.*?<\/g>/,
  )![0];
  expect(scene.match(/<circle/g)).toHaveLength(2);
});

test("labels that would overlap are spread, in their order, and stay above the bottom", () => {
  expect(spread([50, 52, 10, 98], 15, 100)).toEqual([50, 65, 10, 98]);
  expect(spread([95, 96, 97], 15, 100)).toEqual([70, 85, 100]);
});

test("a moving mean takes away what alternates, and keeps both ends and a straight line", () => {
  expect(movingMean([0, 2, 0, 2, 0], 1).slice(1, -1)).toEqual([2 / 3, 4 / 3, 2 / 3]);
  expect(movingMean([1, 2, 3, 4, 5], 4)).toEqual([1, 2, 3, 4, 5]);
  expect(movingMean([], 4)).toEqual([]);
});

test("a linear scale has the ticks and places of d3's, with as many decimals as tell them apart", () => {
  for (const domain of [
    [-0.13, 2.7],
    [0, 1],
    [0, 8200],
    [-3e-4, 5e-4],
    [2, 2],
  ] as const) {
    const own = linearScale(domain, [180, 20], 4);
    const theirs = scaleLinear(domain, [180, 20]).nice(4);
    expect(own.ticks(4)).toEqual(theirs.ticks(4));
    const ticks = own.ticks(4);
    expect(new Set(ticks.map(own.tickFormat(4))).size).toBe(ticks.length);
    if (domain[0] < domain[1])
      expect(ticks.map(own)).toEqual(ticks.map((tick) => expect.closeTo(theirs(tick), 9)));
  }
});
