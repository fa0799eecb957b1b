/**
 * The built-in atlas: two small models that come with the repository, looking at the picturebook.
 *
 * `npm run atlas` builds it. A second atlas is a second file: `npm run atlas -- --config path/to/other.ts`. Paths are
 * relative to the file; pipeline/config.ts says what every key means. Keys that are absent have the values that are
 * shown here as comments.
 */
import { defineAtlas } from "#pipeline/config.ts";

export default defineAtlas({
  title: "Vision Neuron Atlas",

  // Ids of cards in content/models, or paths to cards elsewhere.
  models: ["picturebook_vit", "picturebook_resnet"],

  // What the models look at: the built-in image world, or { kind: "folder", path: "../photographs" }.
  // The seed is none that a built-in model was trained on.
  images: { kind: "picturebook", seed: 2022, count: 4000 },

  // Only some layers: taps: ["blocks.3.mlp.act"],

  // The ascent. Absent keys are the recipe's own (src/core/recipes.ts): { name, steps, copies, batch, seed }.
  // Weights of the total variation, tried in this order. At 64 px 30 leaves the early and middle blocks of the ViT
  // blank, 10 shows structure in most neurons, 3 in the rest; below 1 is noise.
  recipe: { variationWeights: [10, 3, 1] },

  // Neurons of every layer that are visualized unless --all is given.
  units: { selective: 16, random: 8 },

  // Images shown for a neuron.
  examples: { top: 12, quantiles: [0.99, 0.95, 0.9, 0.75, 0.5, 0.25] },

  // Experiments on the models (pipeline/experiments): a list of ids, or false for none; all that apply where absent.
  // experiments: ["foreground-background"],
  // experimentImages: 384,

  // snapshots: 8,
  // device: "cpu",
  // threads: 0,
  // island: true,
});
