/**
 * The published data: what `publish` writes below `content/data` and pages read.
 *
 * Sized for many units on a cheap static host: per layer one index of parallel arrays, one sprite of
 * thumbnails and one pack of activation maps; every picture is stored once, by the SHA-256 of its bytes,
 * below `public/objects`. An array "per unit" has one entry a unit; "per unit × k" is row-major, unit first.
 *
 *   content/data/atlas.json                      AtlasData
 *   content/data/models/<model>/model.json       ModelData
 *   content/data/models/<model>/<tap>.json       LayerData
 *   content/data/images/<image set>.json         ImageSetData
 *   content/data/picturebook.json                PicturebookData
 *   public/objects/<first two hex>/<digest>.<ext>
 */

import { z } from "zod";
import { citationSchema, publishedAccuracySchema } from "./literature.ts";

export { objectPath } from "./object.ts";

/** SHA-256 in hex of the bytes that an object holds. */
export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 in lower-case hex");

/** Points to bytes in `public/objects`. */
export const objectSchema = z.object({
  digest: digestSchema,
  ext: z.enum(["png", "webp", "svg", "bin", "json"]),
  bytes: z.int().nonnegative(),
});
export type ObjectRef = z.infer<typeof objectSchema>;

/** A picture among the objects, with its size in pixels, so that a page reserves its place. */
const pictureSchema = objectSchema.extend({
  width: z.int().positive(),
  height: z.int().positive(),
});
export type PictureRef = z.infer<typeof pictureSchema>;

const numbers = z.array(z.number());
const integers = z.array(z.int());

/** How a result came to be; printed under every figure. */
export const provenanceSchema = z.object({
  /** SHA-256 of the weight file. */
  weights: digestSchema,
  /** Digest of the traced program(s) that computed it. */
  program: z.string(),
  /** Digest of the image set, where images were used. */
  images: z.string().optional(),
  seed: z.int().optional(),
  device: z.string(),
  /** Versions of the atlas and of the runtime. */
  versions: z.record(z.string(), z.string()),
});
export type Provenance = z.infer<typeof provenanceSchema>;

/** What a set of labels (classes, scenes, textures, concepts) explains of a layer's neurons. */
const selectivitySchema = z.object({
  /** Names of the groups; absent groups keep their place. */
  names: z.array(z.string()),
  /** Per unit: η², share of the variance over images (mean over patches) that the groups explain, 0–1. */
  explained: numbers,
  /** Per unit × `shown`: groups in falling order of their mean activation. */
  group: integers,
  /** Per unit × `shown`: (mean in the group − mean outside) / pooled standard deviation, d′. */
  effect: numbers,
  /** Per unit × `shown`: mean activation in the group. */
  mean: numbers,
  shown: z.int().positive(),
});
export type Selectivity = z.infer<typeof selectivitySchema>;

/** Chosen dataset images of a layer's units, with their activation maps in `maps`. */
const examplesSchema = z.object({
  /** Images a unit. */
  count: z.int().nonnegative(),
  /** Per unit × count: index of the image in its set. */
  image: integers,
  /** Per unit × count: the unit's activation there, mean over patches. */
  activation: numbers,
  /** Per unit × count: the highest activation of a patch; the map's byte 255. */
  peak: numbers,
  /** uint8 [units, count, gh, gw] row-major; value = byte / 255 · peak, negatives are 0. */
  maps: objectSchema,
});
export type Examples = z.infer<typeof examplesSchema>;

/** The feature visualization of one unit. */
export const visualizationSchema = z.object({
  /** Why this unit was visualized: among the most selective of its layer, drawn at random, or asked for. */
  chosen: z.enum(["selective", "random", "asked", "all"]),
  /** Final image, lossless PNG at the model's input size. */
  image: pictureSchema,
  /** Snapshots side by side in one strip, first to last, each of the final image's size. */
  strip: pictureSchema,
  /** Step after which each snapshot was taken; 0 is the initial noise. */
  steps: integers,
  /** Objective (mean activation over the augmented copies) at each recorded step. */
  objective: numbers,
  /** Total variation at each recorded step. */
  variation: numbers,
  /** Step of each entry of `objective` and `variation`. */
  recorded: integers,
  /** Mean activation of the final image itself, not augmented. */
  activation: z.number(),
  /** Weight of the total variation that this unit was given. */
  variationWeight: z.number(),
  recipe: z.string(),
  seed: z.int(),
  provenance: provenanceSchema,
});
export type Visualization = z.infer<typeof visualizationSchema>;

export const layerDataSchema = z.object({
  format: z.literal(1),
  model: z.string(),
  tap: z.string(),
  /** For people: "Block 4 · feed-forward". */
  label: z.string(),
  kind: z.string(),
  /** Order from the input, from 0. */
  depth: z.int().nonnegative(),
  units: z.int().positive(),
  /** Rows and columns of the grid of positions. */
  grid: z.tuple([z.int(), z.int()]),
  imageSet: z.string(),
  /** Images seen. */
  seen: z.int().nonnegative(),
  statistics: z.object({
    /** Per unit, over images, of the mean activation over patches. */
    mean: numbers,
    std: numbers,
    min: numbers,
    max: numbers,
    /** Per unit: share of all patches of all images with an activation above 0. */
    density: numbers,
  }),
  /** Per unit × bins: images by mean activation, in equal bins from `low` to `high` of the unit. */
  histogram: z.object({ bins: z.int().positive(), low: numbers, high: numbers, counts: integers }),
  top: examplesSchema,
  /** Examples at fixed quantiles of the activation over images; `levels` has `count` entries, falling. */
  quantiles: examplesSchema.extend({ levels: numbers }),
  /** What labels explain; empty where the image set has no such label. */
  selectivity: z.object({
    class: selectivitySchema.optional(),
    scene: selectivitySchema.optional(),
    texture: selectivitySchema.optional(),
    concept: selectivitySchema.optional(),
  }),
  /** Per unit × count: units of this layer whose activations over images correlate most (Pearson r). */
  nearest: z.object({ count: z.int().nonnegative(), unit: integers, similarity: numbers }),
  /** Thumbnails of all units in one sheet, row-major: the visualization, else the best image. */
  sprite: z.object({ picture: pictureSchema, tile: z.int().positive(), columns: z.int().positive() }),
  /** Per unit; null where a unit has not been visualized. */
  visualizations: z.array(visualizationSchema.nullable()),
  provenance: provenanceSchema,
});
export type LayerData = z.infer<typeof layerDataSchema>;

/** What a stretch of a network adds to what comes before it. */
const costShape = {
  /** Trainable parameters that are read here first. */
  parameters: z.int().nonnegative(),
  /** Floating-point operations for one image: multiply-adds of products and convolutions, times two. */
  flops: z.int().nonnegative(),
};

/** The network from images to logits. Every cost belongs to one block or the head, so they sum to the whole's. */
const networkSchema = z.object({
  /**
   * All taps in the order of computation, also those without a layer in the atlas. A block reaches from the tap before
   * it to its own; the first one has the stem.
   */
  blocks: z.array(
    z.object({
      tap: z.string(),
      label: z.string(),
      units: z.int().positive(),
      grid: z.tuple([z.int(), z.int()]),
      ...costShape,
    }),
  ),
  /** What is behind the last tap. */
  head: z.object({
    /** 0: no classes; the outputs are pooled features. */
    classes: z.int().nonnegative(),
    outputs: z.int().positive(),
    ...costShape,
  }),
});
export type NetworkData = z.infer<typeof networkSchema>;

export const modelDataSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  title: z.string(),
  description: z.string(),
  architecture: z.string(),
  config: z.unknown(),
  parameters: z.int().positive(),
  network: networkSchema,
  imageSize: z.int().positive(),
  license: z.string(),
  source: z.string(),
  /** Where on the Hugging Face hub the weights are, and of which commit; absent where they are elsewhere. */
  hub: z.object({ repository: z.string(), revision: z.string() }).optional(),
  /** The paper or software to cite, as the card has it. */
  citation: citationSchema.optional(),
  weights: digestSchema,
  imageSet: z.string(),
  /** Accuracies that others published, as the card has them. */
  published: z.array(publishedAccuracySchema).optional(),
  /** Accuracy on the labelled images of the set, 0–1; with how many images. */
  accuracy: z.object({ top1: z.number(), top5: z.number(), images: z.int() }).optional(),
  /** How it was trained, where the atlas did it. */
  training: z
    .object({
      recipe: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      heldOut: z.object({ top1: z.number(), images: z.int(), seed: z.int() }),
      /** Parallel arrays along the training. */
      curve: z.object({ step: integers, loss: numbers, accuracy: numbers }),
    })
    .optional(),
  layers: z.array(
    z.object({
      tap: z.string(),
      label: z.string(),
      kind: z.string(),
      depth: z.int(),
      units: z.int(),
      grid: z.tuple([z.int(), z.int()]),
      visualized: z.int(),
      /** Mean over units of the η² of classes, scenes, textures, concepts, where known. */
      explained: z.record(z.string(), z.number()),
      density: z.number(),
    }),
  ),
  recipe: z.object({
    name: z.string(),
    description: z.string(),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
});
export type ModelData = z.infer<typeof modelDataSchema>;

/** The images that pages of a set cite; parallel arrays over them. */
export const imageSetDataSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  title: z.string(),
  description: z.string(),
  length: z.int(),
  skipped: z.array(z.object({ file: z.string(), why: z.string() })),
  classes: z.array(z.string()),
  index: integers,
  picture: z.array(pictureSchema),
  class: z.array(z.int().nullable()),
  caption: z.array(z.string().nullable()),
  scene: z.array(z.string().nullable()),
  texture: z.array(z.string().nullable()),
  concepts: z.array(z.array(z.string())),
});
export type ImageSetData = z.infer<typeof imageSetDataSchema>;

/** The page on the built-in image world. */
export const picturebookDataSchema = z.object({
  format: z.literal(1),
  version: z.string(),
  seed: z.int(),
  classes: z.array(
    z.object({ name: z.string(), plural: z.string(), scene: z.string(), texture: z.string() }),
  ),
  scenes: z.array(z.object({ name: z.string(), phrase: z.string() })),
  textures: z.array(z.object({ name: z.string(), adjective: z.string() })),
  concepts: z.array(z.object({ name: z.string(), description: z.string() })),
  /** One large sheet of samples for the head of the page. */
  sheet: pictureSchema,
  samples: z.array(
    z.object({
      index: z.int(),
      class: z.string(),
      scene: z.string(),
      texture: z.string(),
      count: z.int(),
      caption: z.string(),
      concepts: z.array(z.string()),
      box: z.object({ x0: z.number(), y0: z.number(), x1: z.number(), y1: z.number() }),
      full: pictureSchema,
      object: pictureSchema,
      background: pictureSchema,
      mask: pictureSchema,
      /** The same picture with the texture of another class, and whose. */
      conflict: z.object({ picture: pictureSchema, textureOf: z.string() }),
    }),
  ),
  /** For every class, a few pictures of it: parallel to `classes`. */
  gallery: z.array(z.array(z.object({ index: z.int(), caption: z.string(), picture: pictureSchema }))),
});
export type PicturebookData = z.infer<typeof picturebookDataSchema>;

export const atlasDataSchema = z.object({
  format: z.literal(1),
  title: z.string(),
  /** Names this state of the data: the first 12 hex of the digest of all that was published. */
  release: z.string(),
  built: z.iso.datetime(),
  version: z.string(),
  models: z.array(z.string()),
  imageSets: z.array(z.string()),
  picturebook: z.boolean(),
  totals: z.object({ units: z.int(), visualized: z.int(), images: z.int(), bytes: z.int() }),
});
export type AtlasData = z.infer<typeof atlasDataSchema>;
