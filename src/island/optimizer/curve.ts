/** Objective and total variation along a run, put together from frames. */
import type { Frame } from "../protocol.ts";

export interface Curve {
  /** Step of each entry. */
  readonly recorded: readonly number[];
  readonly objective: readonly number[];
  readonly variation: readonly number[];
}

export const EMPTY: Curve = { recorded: [], objective: [], variation: [] };

/** The curve after a frame, which brings what came since the one before, or all there is. */
export function extended(curve: Curve, frame: Pick<Frame, "whole" | keyof Curve>): Curve {
  const before = frame.whole ? EMPTY : curve;
  return {
    recorded: [...before.recorded, ...frame.recorded],
    objective: [...before.objective, ...frame.objective],
    variation: [...before.variation, ...frame.variation],
  };
}
