/** The network from left to right: boxes on a line, and below each block bars of what it costs. */

import { scaleLinear } from "d3";
import { blockLink, pictogram, sideScale } from "./architecture-parts.ts";
import { type Column, type GroupOfColumns, placeColumns } from "./block-columns.ts";
import {
  type ArchitectureChartOptions,
  amount,
  COST_NAMES,
  COSTS,
  type Cost,
  describeNetwork,
  groupsOf,
  highest,
  hint,
  outcome,
  tickAmount,
  told,
  total,
} from "./network-blocks.ts";
import { axisLeft, element, figure, label, round } from "./svg.ts";

/** Room left of the blocks for the image and for the axes' numbers, and right of them for the head. */
const LEFT = 84;
const RIGHT = 76;
const IMAGE = 46;
/** Base lines of what is said at the top, and of the two lines above a group. */
const TOLD = 13;
const LABELS = [43, 59] as const;
/** Line through the middle of all boxes, and the height of the largest. */
const MIDDLE = 136;
const LARGEST = 120;
const NUMBERS = MIDDLE + LARGEST / 2 + 18;
const BARS = { first: NUMBERS + 44, height: 44, widest: 24, pitch: 88 };
const BOTTOM = BARS.first + BARS.pitch + BARS.height;
const HEAD = { width: 10, height: 76, shift: 6 };

type Costs = Readonly<Record<Cost, number>>;

export function wideArchitecture(options: ArchitectureChartOptions): string {
  const { width, modelTitle, network, href } = options;
  const groups = placeColumns(groupsOf(network.blocks), LEFT, width - RIGHT);
  const columns = groups.flatMap((group) => group.columns);
  const side = sideScale(network.blocks, LARGEST);
  const scales = COSTS.map((cost, row) => {
    const bottom = BARS.first + row * BARS.pitch + BARS.height;
    const y = scaleLinear([0, highest(network, cost)], [bottom, bottom - BARS.height]).nice(2);
    return { cost, y, bottom };
  });
  const bars = (x: number, box: number, costs: Costs): string[] =>
    scales.map(({ cost, y, bottom }) => {
      const top = Math.max(y(costs[cost]), bottom - BARS.height);
      return element("rect", {
        class: "cost",
        x: x - Math.min(box, BARS.widest) / 2,
        y: top,
        width: Math.min(box, BARS.widest),
        height: bottom - top,
      });
    });
  const top = MIDDLE - LARGEST / 2 - 6;

  return figure(
    {
      width,
      height: BOTTOM + 4,
      title: `Architecture of ${modelTitle}`,
      description: describeNetwork(options),
      role: "group",
    },
    label(0, TOLD, hint(options), { class: "hint" }),
    ...flow(options, groups, side),
    ...scales.map(({ cost, y }) =>
      axisLeft(y, [LEFT - 8, width], {
        ticks: y.domain(),
        format: tickAmount,
        name: `${COST_NAMES[cost]}, ${amount(total(network, cost))} in all`,
      }),
    ),
    ...headOf(options, scales, bars),
    ...columns.map(({ block, x, pitch, box }) =>
      blockLink(
        block,
        href(block.tap),
        [
          element("rect", { class: "hit", x: x - pitch / 2, y: top, width: pitch, height: BOTTOM + 4 - top }),
          element("rect", {
            class: "box",
            x: x - box / 2,
            y: MIDDLE - side(block) / 2,
            width: box,
            height: side(block),
          }),
          ...bars(x, box, block),
        ],
        label(0, TOLD, told(block).join(": ")),
      ),
    ),
  );
}

/** What lies around the boxes: the image, the line from it to the head, and the names of groups and blocks. */
function flow(
  { width, imageSize }: ArchitectureChartOptions,
  groups: readonly GroupOfColumns[],
  side: ReturnType<typeof sideScale>,
): string[] {
  const edges = groups.map(({ columns }) => {
    const [first, last] = [columns[0]!, columns.at(-1)!];
    return { from: first.x - first.box / 2, to: last.x + last.box / 2, half: side(first.block) / 2 };
  });
  return [
    pictogram(0, MIDDLE - IMAGE / 2, IMAGE),
    label(0, MIDDLE + IMAGE / 2 + 16, "image"),
    label(0, MIDDLE - IMAGE / 2 - 8, `${imageSize} × ${imageSize}`, { class: "name" }),
    // From one resolution to the next the line narrows or widens as the boxes do.
    ...edges.slice(1).map(({ from, half }, g) => {
      const before = edges[g]!;
      return element("path", {
        class: "funnel",
        d: `M${round(before.to)} ${round(MIDDLE - before.half)}L${round(from)} ${round(MIDDLE - half)}V${round(MIDDLE + half)}L${round(before.to)} ${round(MIDDLE + before.half)}Z`,
      });
    }),
    arrow(IMAGE + 4, width - RIGHT / 2 + HEAD.shift - HEAD.width / 2 - 4),
    ...groups
      .filter(({ labelled }) => labelled)
      .flatMap(({ group, middle }) => [
        label(middle, LABELS[0], group.grid, { "text-anchor": "middle", class: "name" }),
        label(middle, LABELS[1], group.units, { "text-anchor": "middle" }),
      ]),
    ...groups.flatMap(({ columns }) =>
      columns
        .filter(isNumbered)
        .map(({ x, number }) => label(x, NUMBERS, String(number), { "text-anchor": "middle" })),
    ),
  ];
}

/** Every number where there is room, else every fifth. */
const isNumbered = ({ number, pitch }: Column): boolean =>
  pitch >= 18 || (number % 5 === 0 && pitch * 5 >= 18) || number === 1;

function arrow(from: number, to: number): string {
  return element("path", {
    class: "arrow",
    d: `M${round(from)} ${MIDDLE}H${round(to)}M${round(to - 5)} ${MIDDLE - 4}L${round(to)} ${MIDDLE}L${round(to - 5)} ${MIDDLE + 4}`,
  });
}

function headOf(
  options: ArchitectureChartOptions,
  scales: readonly { readonly cost: Cost; readonly y: (value: number) => number; readonly bottom: number }[],
  bars: (x: number, box: number, costs: Costs) => string[],
): string[] {
  const { width, network } = options;
  const x = width - RIGHT / 2 + HEAD.shift;
  const [count, name] = outcome(network);
  const beyond = scales
    .filter(({ cost, y, bottom }) => y(network.head[cost]) < bottom - BARS.height)
    .flatMap(({ cost, bottom }) => {
      const top = bottom - BARS.height;
      return [
        element("path", { class: "slit", d: `M${x - HEAD.width} ${top + 14}l${2 * HEAD.width} -6` }),
        label(x, top - 6, amount(network.head[cost]), { "text-anchor": "middle" }),
      ];
    });
  return [
    element(
      "g",
      { class: "block head" },
      element("rect", {
        class: "box",
        x: x - HEAD.width / 2,
        y: MIDDLE - HEAD.height / 2,
        width: HEAD.width,
        height: HEAD.height,
      }),
      ...bars(x, HEAD.width, network.head),
      ...beyond,
    ),
    label(x, LABELS[0], count, { "text-anchor": "middle", class: "name" }),
    label(x, LABELS[1], name, { "text-anchor": "middle" }),
    label(x, NUMBERS, "head", { "text-anchor": "middle" }),
  ];
}
