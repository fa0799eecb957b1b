/** The network from top to bottom: a row for each block, with its box in the middle and its bars at the right. */

import { scaleLinear } from "d3";
import { blockLink, pictogram, sideScale } from "./architecture-parts.ts";
import {
  type ArchitectureChartOptions,
  amount,
  COST_NAMES,
  COSTS,
  type Cost,
  describeNetwork,
  type Group,
  groupsOf,
  highest,
  outcome,
  told,
  total,
} from "./network-blocks.ts";
import { element, figure, label } from "./svg.ts";

/** Line through the middle of all boxes, and the width of the largest. */
const MIDDLE = 118;
const LARGEST = 76;
const BARS = { first: 172, width: 72, pitch: 92 };
const IMAGE = 34;
const TOP = 34;
/** A group of one block is still as high as its label. */
const LEAST_GROUP = 34;
const GAP = 12;
const HEAD = 8;
/** Room for what is said of a block, in two lines. */
const TOLD = { height: 38, width: 336 };

interface Row {
  readonly group: Group;
  readonly top: number;
  readonly height: number;
  readonly pitch: number;
}

export function narrowArchitecture(options: ArchitectureChartOptions): string {
  const { width, modelTitle, imageSize, network, href } = options;
  const side = sideScale(network.blocks, LARGEST);
  const rows = placeRows(groupsOf(network.blocks), TOP + IMAGE + 22);
  const end = (rows.at(-1)?.top ?? TOP + IMAGE) + (rows.at(-1)?.height ?? 0);
  const foot = end + 34;
  const scales = COSTS.map((cost, place) => {
    const left = BARS.first + place * BARS.pitch;
    return { cost, left, x: scaleLinear([0, highest(network, cost)], [left, left + BARS.width]) };
  });
  const bars = (y: number, height: number, costs: Readonly<Record<Cost, number>>): string[] =>
    scales.map(({ cost, left, x }) =>
      element("rect", {
        class: "cost",
        x: left,
        y: y - height / 2,
        width: Math.min(x(costs[cost]), left + BARS.width) - left,
        height,
      }),
    );
  const [count, name] = outcome(network);

  return figure(
    {
      width,
      height: foot + 34,
      title: `Architecture of ${modelTitle}`,
      description: describeNetwork(options),
      role: "group",
    },
    ...scales.flatMap(({ cost, left }) => [
      label(left, 12, COST_NAMES[cost], { class: "name" }),
      label(left, 28, `${amount(total(network, cost))} in all`),
    ]),
    pictogram(MIDDLE - IMAGE / 2, TOP, IMAGE),
    label(0, TOP + 15, "image"),
    label(0, TOP + 30, `${imageSize} × ${imageSize}`, { class: "name" }),
    arrow(TOP + IMAGE + 4, foot - HEAD / 2 - 4),
    ...rows.flatMap(({ group, top, height }) => [
      label(0, top + height / 2 - 3, group.grid, { class: "name" }),
      label(0, top + height / 2 + 13, group.units),
    ]),
    element(
      "g",
      { class: "block head" },
      element("rect", { class: "box", x: MIDDLE - 25, y: foot - HEAD / 2, width: 50, height: HEAD }),
      ...bars(foot, HEAD, network.head),
    ),
    ...scales
      .filter(({ cost, x }) => network.head[cost] > x.domain()[1]!)
      .flatMap(({ cost, left }) => [
        element("path", { class: "slit", d: `M${left + BARS.width - 14} ${foot - 8}l-6 16` }),
        label(left + BARS.width, foot - 10, amount(network.head[cost]), { "text-anchor": "end" }),
      ]),
    label(0, foot - 3, count, { class: "name" }),
    label(0, foot + 13, name),
    ...scales.flatMap(({ left, x }) => [
      element("g", { class: "axis" }, element("path", { d: `M${left} ${foot + 12}h${BARS.width}m0 -4v8` })),
      label(left + BARS.width, foot + 30, amount(x.domain()[1]!), { "text-anchor": "end" }),
    ]),
    ...rows.flatMap(({ group, top, pitch, height }) =>
      group.blocks.map((block, k) => {
        const y = top + (height - group.blocks.length * pitch) / 2 + (k + 0.5) * pitch;
        const thick = pitch * 0.7;
        return blockLink(
          block,
          href(block.tap),
          [
            element("rect", {
              class: "hit",
              x: MIDDLE - LARGEST / 2 - 4,
              y: y - pitch / 2,
              width: width - MIDDLE + LARGEST / 2 + 4,
              height: pitch,
            }),
            element("rect", {
              class: "box",
              x: MIDDLE - side(block) / 2,
              y: y - thick / 2,
              width: side(block),
              height: thick,
            }),
            ...bars(y, thick, block),
          ],
          toldAbove(y - pitch / 2, block),
        );
      }),
    ),
  );
}

/** Rows get lower where there are many, down to what a finger still tells apart from the next but one. */
function placeRows(groups: readonly Group[], from: number): Row[] {
  const blocks = groups.reduce((sum, group) => sum + group.blocks.length, 0);
  const pitch = Math.max(12, Math.min(24, 560 / Math.max(1, blocks)));
  let top = from;
  return groups.map((group) => {
    const height = Math.max(LEAST_GROUP, group.blocks.length * pitch);
    const row = { group, top, height, pitch };
    top += height + GAP;
    return row;
  });
}

function arrow(from: number, to: number): string {
  return element("path", {
    class: "arrow",
    d: `M${MIDDLE} ${from}V${to}M${MIDDLE - 4} ${to - 5}L${MIDDLE} ${to}L${MIDDLE + 4} ${to - 5}`,
  });
}

/** Above its row, since what comes later in the drawing would lie on it. */
function toldAbove(y: number, block: Parameters<typeof told>[0]): string {
  const [name, numbers] = told(block);
  const top = y - TOLD.height - 4;
  return [
    element("rect", { x: 0, y: top, width: TOLD.width, height: TOLD.height }),
    label(8, top + 15, name, { class: "name" }),
    label(8, top + 31, numbers),
  ].join("");
}
