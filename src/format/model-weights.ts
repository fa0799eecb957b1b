/**
 * A model's weights as a page loads them: chunks in the order in which layers need them.
 *
 * The k-th neuron layer needs the chunks up to its own and none after, so that a page which takes one neuron further
 * loads the least. Numbers are binary16, little-endian, which halves the bytes; a published model of wider numbers is
 * rounded, and `rounding` says by how much at most. Chunks are objects, named by their SHA-256, which readers check.
 *
 *   content/data/models/<model>/weights.json   and, on the site,   api/<model>/weights.json
 *
 * Not for those who load them: `weight-chunks.ts`, which a page can take without the schema library.
 */
import { z } from "zod";
import { digestSchema, objectSchema } from "./atlas-data.ts";

const tensorSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().positive()),
  /** First byte within the chunk. */
  offset: z.int().nonnegative(),
});

export const modelWeightsSchema = z.object({
  format: z.literal(1),
  model: z.string(),
  /** What `openModel` of the core takes. */
  config: z.object({
    architecture: z.string(),
    config: z.unknown(),
    imageSize: z.int().positive(),
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([z.number(), z.number(), z.number()]),
    /** 0 where the model tells no classes apart. */
    numClasses: z.int().nonnegative(),
  }),
  /** How pictures become inputs. */
  preprocessing: z.object({
    size: z.int().positive(),
    resize: z.int().positive(),
    interpolation: z.enum(["bicubic", "bilinear"]),
  }),
  /** Of the weight file that the pipeline ran. */
  weights: digestSchema,
  /** Largest |rounded − original| / largest |original| of a tensor; 0 where the file holds halves. */
  rounding: z.number().nonnegative(),
  /** Names of the classes, in the order of the logits. */
  classes: z.array(z.string()),
  chunks: z.array(
    z.object({
      /** The first tap that needs it; null for what only the classes need. */
      tap: z.string().nullable(),
      object: objectSchema,
      tensors: z.array(tensorSchema),
    }),
  ),
  /** By tap: how many of the chunks it needs, from the first. A tap may need no more than the one before it. */
  taps: z.record(z.string(), z.int().positive()),
});
export type ModelWeights = z.infer<typeof modelWeightsSchema>;
