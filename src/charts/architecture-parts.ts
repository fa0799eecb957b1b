/** Shapes that both drawings of a network have: its blocks' links and sizes, the sign for its input. */

import { max } from "d3";
import { type Block, told } from "./network-blocks.ts";
import { element, rounded } from "./svg.ts";

/** Of the smallest box, px: VGG's last grid is a sixteenth of its first. */
const SMALLEST_BOX = 7;

/** Length of a block's box: that of its grid, where the largest grid's is `longest`. */
export function sideScale(blocks: readonly Block[], longest: number): (block: Block) => number {
  const rows = max(blocks, ({ grid }) => grid[0]) ?? 1;
  return ({ grid }) => Math.max(SMALLEST_BOX, (grid[0] / rows) * longest);
}

/**
 * A block's shapes, which lead to its layer where there is one, and what is said of it while it is pointed at.
 *
 * The words are no part of the link, whose bounds would reach to wherever they stand; it has them as its name.
 */
export function blockLink(
  block: Block,
  href: string | undefined,
  shapes: readonly string[],
  said: string,
): string {
  const name = told(block).join(": ");
  const drawn =
    href === undefined
      ? element("g", { class: "block" }, ...shapes)
      : element("a", { class: "block", href, "aria-label": name }, ...shapes);
  return drawn + element("g", { class: "told", "aria-hidden": "true" }, said);
}

/** The sign for a picture, `size` px wide, with its left upper corner at x, y. */
export function pictogram(x: number, y: number, size: number): string {
  const at = (across: number, down: number) => `${x + across * size} ${y + down * size}`;
  const hills = `M${at(0.1, 0.86)}L${at(0.38, 0.42)}L${at(0.6, 0.7)}L${at(0.72, 0.56)}L${at(0.9, 0.86)}Z`;
  return element(
    "g",
    { class: "pictogram" },
    element("rect", { x, y, width: size, height: size }),
    element("circle", { cx: x + size * 0.7, cy: y + size * 0.3, r: size * 0.09 }),
    element("path", { d: rounded(hills) }),
  );
}
