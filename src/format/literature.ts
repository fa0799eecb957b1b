/** What others wrote of a model: how they ask to be cited, and the accuracies they report. In cards and in published data. */

import { z } from "zod";

/** The paper or software to cite, as BibTeX. */
export const citationSchema = z.strictObject({
  /** Entry type: article, inproceedings, misc … */
  type: z.string().regex(/^[a-z]+$/),
  key: z.string().regex(/^[A-Za-z0-9:_-]+$/),
  /** author, title, year, … */
  fields: z.record(z.string(), z.string()),
});
export type Citation = z.infer<typeof citationSchema>;

const fraction = z.number().min(0).max(1);

export const publishedAccuracySchema = z.strictObject({
  /** "ImageNet-1k validation". */
  on: z.string(),
  top1: fraction,
  top5: fraction.optional(),
  source: z.string(),
});
