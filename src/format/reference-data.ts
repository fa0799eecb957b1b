/**
 * What a model's neurons do on its image set, all layers in one file: what a reader's own image is compared with.
 *
 * A digest of the layers' files, small enough to be loaded at once; numbers have four significant digits. Cut out of
 * them by the site, so it has no place in `content/data`.
 *
 *   api/<model>/reference.json
 */
import { z } from "zod";
import { layerDataSchema } from "./atlas-data.ts";

const { tap, label, depth, units, grid, sprite } = layerDataSchema.shape;
const numbers = z.array(z.number());

export const referenceDataSchema = z.object({
  format: z.literal(1),
  model: z.string(),
  imageSet: z.string(),
  /** Images seen. */
  seen: z.int().nonnegative(),
  /** From input to output. */
  layers: z.array(
    z.object({
      tap,
      label,
      depth,
      units,
      grid,
      /** Per unit, over images, of the mean activation over patches. */
      mean: numbers,
      std: numbers,
      /** Per unit: the highest activation of a single patch among the images that excite the unit most. */
      peak: numbers,
      sprite,
    }),
  ),
});
export type ReferenceData = z.infer<typeof referenceDataSchema>;
