/**
 * A network as diagrams tell it: its blocks in groups of one resolution, and its numbers in words. Draws nothing, see
 * `architecture-parts.ts`.
 */

import { format, max, sum } from "d3";
import type { NetworkData } from "#format/atlas-data.ts";

export interface ArchitectureChartOptions {
  readonly width: number;
  readonly modelTitle: string;
  /** Side of the input, in pixels. */
  readonly imageSize: number;
  readonly network: NetworkData;
  /** Address of a tap's layer; none where the atlas does not have the layer. */
  readonly href: (tap: string) => string | undefined;
}

export type Block = NetworkData["blocks"][number];

/** Blocks that follow each other on grids of one size. */
export interface Group {
  readonly blocks: readonly Block[];
  /** "14 × 14" */
  readonly grid: string;
  /** "× 768", or "× 96–144" where blocks differ. */
  readonly units: string;
}

export function groupsOf(blocks: readonly Block[]): Group[] {
  const groups: Block[][] = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (last && gridOf(last[0]!) === gridOf(block)) last.push(block);
    else groups.push([block]);
  }
  return groups.map((group) => {
    const units = group.map((block) => block.units);
    const [least, most] = [Math.min(...units), Math.max(...units)];
    return {
      blocks: group,
      grid: gridOf(group[0]!),
      units: `× ${least === most ? least : `${least}–${most}`}`,
    };
  });
}

const gridOf = ({ grid }: Block): string => grid.join(" × ");

export const COSTS = ["parameters", "flops"] as const;
export type Cost = (typeof COSTS)[number];
export const COST_NAMES: Readonly<Record<Cost, string>> = { parameters: "Parameters", flops: "FLOPs" };

export function total({ blocks, head }: NetworkData, cost: Cost): number {
  return sum(blocks, (block) => block[cost]) + head[cost];
}

/**
 * The upper end of a cost's axis, which is the highest of the blocks'.
 *
 * The head does not count, because some are a hundred times as large as a block: VGG-16's has nine tenths of all
 * parameters.
 */
export const highest = ({ blocks, head }: NetworkData, cost: Cost): number =>
  max(blocks, (block) => block[cost]) || head[cost] || 1;

const three = format(".3~s");
const short = format("~s");
const spaced = (text: string) => text.replace(/([a-zA-Z])$/, " $1");

/** Three digits and a decimal prefix, small ones whole: 5_717_416 → "5.72 M". */
export const amount = (value: number): string =>
  value < 10_000 ? value.toLocaleString("en-GB") : spaced(three(value));
/** A round number of an axis. */
export const tickAmount = (value: number): string => spaced(short(value));

/** "444 k parameters, 189 MFLOPs" */
const costs = ({ parameters, flops }: Readonly<Record<Cost, number>>): string =>
  `${amount(parameters)} parameters, ${three(flops).replace(/[a-zA-Z]?$/, " $&")}FLOPs`;

/** What is said of a block where it is pointed at: its name, and its numbers. */
export const told = (block: Block): readonly [name: string, numbers: string] => [
  block.label,
  `${gridOf(block)} × ${block.units}, ${costs(block)}`,
];

/** What comes out: "1,000 classes", or of a model without classes "768 features". */
export const outcome = ({ head }: NetworkData): readonly [count: string, name: string] => [
  head.outputs.toLocaleString("en-GB"),
  head.classes > 0 ? "classes" : "features",
];

/** What stands in the place of what is said of a block, while none is pointed at. */
export function hint({ network: { blocks }, href }: ArchitectureChartOptions): string {
  const linked = blocks.filter(({ tap }) => href(tap) !== undefined).length;
  const count = `${blocks.length} ${blocks.length === 1 ? "block" : "blocks"}`;
  if (linked === blocks.length) return `${count}, each of which leads to its layer`;
  return `${count}, of which ${linked} ${linked === 1 ? "leads to its layer" : "lead to their layers"}`;
}

export function describeNetwork({ network, imageSize }: ArchitectureChartOptions): string {
  const groups = groupsOf(network.blocks).map(({ blocks, grid }) => `${blocks.length} on ${grid}`);
  const cost = costs({ parameters: total(network, "parameters"), flops: total(network, "flops") });
  return `From an image of ${imageSize} × ${imageSize} pixels through ${network.blocks.length} blocks (${groups.join(", ")}) to ${outcome(network).join(" ")}: ${cost}.`;
}
