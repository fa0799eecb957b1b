/**
 * A small site that is real in every part: the built-in ViT, the pipeline's own ascent and weights, pages built by Astro.
 *
 * For tests of what a page computes by itself. Not for tests of what pages show, which the fixture serves in a tenth of
 * the time.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AtlasConfigInput, loadConfig } from "#pipeline/config.ts";
import { runStages } from "#pipeline/plan.ts";
import { everything } from "#pipeline/selection.ts";
import { realDisk } from "#pipeline/store/disk.ts";
import { openStore } from "#pipeline/store/store.ts";
import { type BuiltSite, buildPages } from "./built-site.ts";

/** What the site is of. `visualized` is the one neuron with a published picture; the others have none. */
export const REAL = {
  model: "picturebook_vit",
  /** An early layer, so that a page has little to load. */
  tap: "blocks.1.mlp.act",
  /** Pictures of the picturebook that the model has seen. */
  images: { seed: 2022, count: 64 },
  recipe: { steps: 8, copies: 2, seed: 0, variationWeights: [10] },
} as const;

/**
 * Builds it into `folder`: half a minute on two cores.
 *
 * @returns as `buildSite`, and the index of the visualized neuron
 */
export async function buildRealSite(folder: string): Promise<BuiltSite & { readonly visualized: number }> {
  mkdirSync(folder, { recursive: true });
  const config: AtlasConfigInput = {
    title: "Real",
    models: [REAL.model],
    taps: [REAL.tap],
    images: { kind: "picturebook", ...REAL.images },
    recipe: { ...REAL.recipe, variationWeights: [...REAL.recipe.variationWeights] },
    snapshots: 6,
    units: { selective: 1, random: 0 },
    examples: { top: 4, quantiles: [0.9, 0.5], size: 64 },
    thumbnail: 16,
    site: false,
    output: { store: "store", data: "data", objects: "public/objects" },
  };
  const file = join(folder, "atlas.json");
  writeFileSync(file, JSON.stringify(config));
  const loaded = await loadConfig(file);
  const found = await runStages({
    config: loaded,
    selection: everything,
    store: openStore(loaded.output.store, realDisk),
    report: () => {},
    signal: new AbortController().signal,
  });
  const wanted = [...(found.choices?.values() ?? [])].flatMap((choice) => [...choice.wanted]);
  const site = await buildPages(folder);
  return { ...site, visualized: wanted[0]! };
}
