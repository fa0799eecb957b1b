/** Where the columns of a network's blocks stand when all of them share one line. Draws nothing. */

import { sum } from "d3";
import type { Block, Group } from "./network-blocks.ts";

export interface Column {
  readonly block: Block;
  /** Number in its group, from 1 as in the names of layers. */
  readonly number: number;
  /** Middle of the column. */
  readonly x: number;
  /** Width of the column, which neighbours touch. */
  readonly pitch: number;
  /** Width of the box in it. */
  readonly box: number;
}

export interface GroupOfColumns {
  readonly group: Group;
  readonly middle: number;
  readonly columns: readonly Column[];
  /** Whether its label has room without touching the one before. */
  readonly labelled: boolean;
}

/** Between groups; less where there are so many that the gaps would take more than their share of the line. */
const GAP = 16;
const GAPS_SHARE = 0.25;
/** Width of a letter of a label, and what keeps labels apart, px. */
const LETTER = 6.6;
const APART = 8;
const WIDEST_BOX = 40;

/** Shares [left, right] out among the columns, evenly but for groups whose labels need more than their columns. */
export function placeColumns(groups: readonly Group[], left: number, right: number): GroupOfColumns[] {
  const gaps = Math.max(1, groups.length - 1);
  const gap = Math.min(GAP, ((right - left) * GAPS_SHARE) / gaps);
  const widths = groupWidths(groups, right - left - gap * (groups.length - 1));
  let from = left;
  let free = Number.NEGATIVE_INFINITY;
  return groups.map((group, g) => {
    const width = widths[g]!;
    const pitch = width / group.blocks.length;
    const start = from;
    const middle = start + width / 2;
    const labelled = middle - labelWidth(group) / 2 >= free;
    if (labelled) free = middle + labelWidth(group) / 2 + APART;
    from += width + gap;
    const columns = group.blocks.map((block, k) => ({
      block,
      number: k + 1,
      x: start + (k + 0.5) * pitch,
      pitch,
      box: Math.min(WIDEST_BOX, pitch * (pitch < 12 ? 0.8 : 0.7)),
    }));
    return { group, middle, columns, labelled };
  });
}

const labelWidth = ({ grid, units }: Group): number => Math.max(grid.length, units.length) * LETTER;

/** As many pixels a block for all groups, but no group narrower than its label where there is room for all labels. */
function groupWidths(groups: readonly Group[], room: number): number[] {
  const needed = groups.map(labelWidth);
  const columns = (some: readonly number[]) => sum(some, (g) => groups[g]!.blocks.length);
  const all = groups.map((_, g) => g);
  let even = all;
  let pitch = room / Math.max(1, columns(all));
  for (;;) {
    const narrow = even.filter((g) => needed[g]! > groups[g]!.blocks.length * pitch);
    if (narrow.length === 0) break;
    even = even.filter((g) => !narrow.includes(g));
    const rest =
      room -
      sum(
        all.filter((g) => !even.includes(g)),
        (g) => needed[g]!,
      );
    // Nothing is left to share out: the labels alone fill the line, so that some have to go.
    if (even.length === 0 || rest / columns(even) < room / columns(all) / 2)
      return all.map((g) => (room * groups[g]!.blocks.length) / columns(all));
    pitch = rest / columns(even);
  }
  return all.map((g) => (even.includes(g) ? groups[g]!.blocks.length * pitch : needed[g]!));
}
