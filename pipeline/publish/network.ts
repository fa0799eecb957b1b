/**
 * What each block of a network costs: its share of the parameters, and of the operations of one forward pass.
 *
 * Counted in the traced graph, so that no family has to say it twice. Not for what a layer's neurons do.
 */
import { forwardDefinition } from "#core/ascent.ts";
import type { Model } from "#core/models/index.ts";
import type { ParamSpec } from "#core/params.ts";
import type { NetworkData } from "#format/atlas-data.ts";
import { type Share, shareOut } from "../trace/measure.ts";
import { trace } from "../trace/trace.ts";

/** Traces one image to the logits by way of all taps. */
export function networkData({ config, parameters, taps }: Model): NetworkData {
  const names = taps.map(({ name }) => name);
  const { graph, outputs } = trace(forwardDefinition(config, names, 1));
  const sizes = trainableSizes(parameters);
  const costs = shareOut(graph, [...names, "logits"]).map((share) => costOf(share, sizes));
  return {
    blocks: taps.map(({ name, label, units, grid }, k) => ({
      tap: name,
      label,
      units,
      grid: [...grid],
      ...costs[k]!,
    })),
    head: { classes: config.numClasses, outputs: outputs.logits!.shape[1]!, ...costs.at(-1)! },
  };
}

const costOf = ({ flops, params }: Share, sizes: ReadonlyMap<string, number>) => ({
  parameters: params.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0),
  flops,
});

/** Numbers in each trainable parameter, by its name. */
export function trainableSizes(parameters: readonly ParamSpec[]): ReadonlyMap<string, number> {
  return new Map(
    parameters
      .filter(({ trainable }) => trainable)
      .map(({ name, shape }) => [name, shape.reduce((product, extent) => product * extent, 1)]),
  );
}
