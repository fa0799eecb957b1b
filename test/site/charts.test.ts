/** Every chart against its picture in `__file_snapshots__`; open those in a browser when they change. */

import { scaleLinear } from "d3";
import { describe, expect, test } from "vitest";
import { architectureChart } from "#charts/architecture-chart.ts";
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
import type { NetworkData } from "#format/atlas-data.ts";

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

/** A network of blocks on these grids, as many on each as are said, whose costs rise from block to block. */
const network = (...groups: readonly (readonly [blocks: number, side: number])[]): NetworkData => {
  const blocks = groups.flatMap(([length, side], group) =>
    Array.from({ length }, (_, k) => ({
      tap: `layers.${group}.blocks.${k}.mlp.act`,
      label: `Stage ${group + 1} · block ${k + 1}`,
      units: 96 * 2 ** group,
      grid: [side, side] as [number, number],
      parameters: 12_345 * (group + k + 1),
      flops: 2_345_678 * (k + 1),
    })),
  );
  return { blocks, head: { classes: 1000, outputs: 1000, parameters: 98_765, flops: 1_234_567 } };
};

const architecture = {
  width: 800,
  modelTitle: "Model",
  imageSize: 224,
  network: network([2, 56], [2, 28], [6, 14], [2, 7]),
  href: (tap: string) => `/model/${tap}/`,
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
  architecture: architectureChart(architecture),
  "narrow-architecture": architectureChart({ ...architecture, width: 340 }),
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
    expect(svg).toMatch(/role="(img|group)"><title>[^<]+<\/title><desc>[^<]+<\/desc>/);
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

describe("a network's diagram", () => {
  const drawn = (network: NetworkData, width = 800) => architectureChart({ ...architecture, network, width });
  const labels = (svg: string) =>
    [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle"[^>]*>([^<]+)</g)].map(
      ([, x, y, text]) => ({
        y,
        text: text!,
        from: Number(x) - text!.length * 3.3,
        to: Number(x) + text!.length * 3.3,
      }),
    );
  const MANY = {
    "24 blocks of Swin-L": network([2, 96], [2, 48], [18, 24], [2, 12]),
    "59 taps of DenseNet-121": network([6, 56], [12, 28], [24, 14], [17, 7]),
    "72 blocks of one resolution": network([72, 14]),
    "36 groups of two blocks": network(
      ...Array.from({ length: 36 }, (_, k) => [2, 7 * (1 + (k % 2))] as const),
    ),
    "one block": network([1, 7]),
  };

  test.each(Object.entries(MANY))(
    "of %s has no label on another, and none beyond its edges",
    (_, network) => {
      const all = labels(drawn(network));
      for (const one of all) {
        expect(one.from).toBeGreaterThan(0);
        expect(one.to).toBeLessThan(800);
        for (const other of all)
          if (other !== one && other.y === one.y)
            expect(one.to < other.from || other.to < one.from, `${one.text}, ${other.text}`).toBe(true);
      }
      expect(all.length).toBeGreaterThan(4);
    },
  );

  test.each(Object.entries(MANY))("of %s has a link for every block, wide and narrow", (_, network) => {
    for (const width of [800, 340]) {
      const links = [
        ...drawn(network, width).matchAll(/<a class="block" href="([^"]+)" aria-label="([^"]+)"/g),
      ];
      expect(links.map(([, href]) => href)).toEqual(network.blocks.map(({ tap }) => `/model/${tap}/`));
      expect(links[0]![2]).toBe(
        `Stage 1 · block 1: ${network.blocks[0]!.grid.join(" × ")} × 96, 12.3 k parameters, 2.35 MFLOPs`,
      );
    }
  });

  test.each(Object.entries(MANY))("of %s has its blocks beside each other", (_, network) => {
    const hits = [...drawn(network).matchAll(/class="hit" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)];
    hits.slice(1).forEach(([, x], k) => {
      expect(Number(x)).toBeGreaterThan(Number(hits[k]![1]) + Number(hits[k]![2]) - 0.05);
    });
    expect(hits.every(([, , width]) => Number(width) >= 2)).toBe(true);
  });

  test("leads only to layers that the atlas has, and says how many they are", () => {
    const svg = architectureChart({
      ...architecture,
      href: (tap) => (tap.startsWith("layers.2") ? tap : undefined),
    });
    expect(svg.match(/<a /g)).toHaveLength(6);
    expect(svg).toContain("12 blocks, of which 6 lead to their layers");
    expect(svg).toContain("Stage 1 · block 1: 56 × 56 × 96");
  });

  test("of a model without classes ends in features", () => {
    const { blocks, head } = architecture.network;
    const svg = drawn({ blocks, head: { ...head, classes: 0, outputs: 768, parameters: 0, flops: 0 } });
    expect(svg).toContain(">features<");
    expect(svg).not.toContain("classes");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("says the size of a head that is larger than every block, whose bar would dwarf theirs", () => {
    const { blocks, head } = architecture.network;
    const svg = drawn({ blocks, head: { ...head, parameters: 123_642_856 } });
    expect(svg).toContain(">124 M<");
    expect(drawn(architecture.network)).not.toContain('class="slit"');
    const heights = [...svg.matchAll(/class="cost"[^>]* height="([\d.]+)"/g)].map(([, height]) =>
      Number(height),
    );
    expect(Math.max(...heights)).toBeLessThanOrEqual(44);
  });

  test("without any parameters or operations stays finite", () => {
    const free = network([2, 14]);
    const none = { parameters: 0, flops: 0 };
    const svg = drawn({
      blocks: free.blocks.map((block) => ({ ...block, ...none })),
      head: { ...free.head, ...none },
    });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
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

test("a mark at the left edge has its label beside the axis' name", () => {
  const mark = { value: 0, text: "yours" };
  const [, at] = histogramChart({ width: 300, counts: [5, 1], low: 0, high: 1, marks: [mark] }).match(
    /<text x="(\d+)"[^>]*text-anchor="start">yours/,
  )!;
  expect(Number(at)).toBeGreaterThanOrEqual(48);
});
