/**
 * A network drawn as its blocks, each of which leads to its layer.
 *
 * From left to right where there is room (`architecture-wide.ts`), else from top to bottom (`architecture-narrow.ts`).
 */

import { narrowArchitecture } from "./architecture-narrow.ts";
import { wideArchitecture } from "./architecture-wide.ts";
import type { ArchitectureChartOptions } from "./network-blocks.ts";

/** Width from which on columns of blocks have room for their labels, px. */
const WIDE = 560;

/** Boxes for blocks, as large as their grid; beside each, bars of its parameters and operations. */
export function architectureChart(options: ArchitectureChartOptions): string {
  return options.width < WIDE ? narrowArchitecture(options) : wideArchitecture(options);
}
