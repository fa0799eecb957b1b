/**
 * A published experiment: what was asked, how, of which models, and what came out, as a table that says its own units.
 *
 * `content/data/experiments/<id>.json`, and their order in `content/data/experiments/index.json`. Pages render any of
 * them from this alone, so a new experiment needs no code of the site.
 */

import { z } from "zod";
import { provenanceSchema } from "./atlas-data.ts";
import { citationSchema } from "./literature.ts";

/** A measured number with its 95 % interval; null where it is not defined, or too little was seen to say. */
const intervalSchema = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Observations: images, decided trials, neurons. */
  n: z.int().nonnegative(),
});
export type Interval = z.infer<typeof intervalSchema>;

const cellSchema = z.union([z.string(), z.number(), intervalSchema]);
export type Cell = z.infer<typeof cellSchema>;

const columnSchema = z.object({
  key: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  name: z.string(),
  /** A share is a number from 0 to 1 that pages show in percent. */
  form: z.enum(["text", "count", "number", "share"]),
  /** Of the values: "images", "cycles per image"; empty where there is none. */
  unit: z.string(),
  description: z.string(),
});
export type Column = z.infer<typeof columnSchema>;

const key = z.string();

/** How the rows are drawn; strings are keys of columns. */
const chartSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("bars"),
    /** Columns that name a row. */
    labels: z.array(key).min(1),
    /** Columns drawn as a bar each. */
    values: z.array(key).min(1),
    axis: z.string(),
  }),
  z.object({
    kind: z.literal("lines"),
    x: key,
    y: key,
    /** Column whose values are lines. */
    series: key,
    /** Column whose values are drawings of their own. */
    panel: key.nullable(),
    scale: z.enum(["linear", "log2"]),
    axis: z.string(),
  }),
]);
export type ChartSpec = z.infer<typeof chartSchema>;

/** What others measured, as they print it. */
const publishedValuesSchema = z.object({
  title: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number()]))),
  source: z.string(),
  /** What differs from what is measured here. */
  note: z.string(),
});
export type PublishedValues = z.infer<typeof publishedValuesSchema>;

const measuredModelSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** Images that were looked at, all of a class that the model knows. */
  images: z.int().nonnegative(),
  /** Images that were drawn and left out, being of a class that it does not know. */
  leftOut: z.int().nonnegative(),
  provenance: provenanceSchema,
});

const experimentShape = z.object({
  format: z.literal(1),
  id: z.string(),
  title: z.string(),
  question: z.string(),
  /** Paragraphs. */
  method: z.array(z.string()),
  references: z.array(citationSchema),
  /** What would show the claim to be wrong. */
  falsified: z.string(),
  /** In words: "images whose class is known". */
  needs: z.array(z.string()),
  measured: z.array(measuredModelSchema),
  /** Models that it was not measured on, and why. */
  notHere: z.array(z.object({ id: z.string(), title: z.string(), because: z.string() })),
  columns: z.array(columnSchema),
  rows: z.array(z.record(z.string(), cellSchema)),
  chart: chartSchema,
  /** What came out, in a sentence; empty where nothing was measured. */
  finding: z.string(),
  published: z.array(publishedValuesSchema),
});

/** Rows must have the columns that are described, no more and no fewer. */
export const experimentDataSchema = experimentShape.superRefine(({ columns, rows }, context) => {
  const expected = columns.map((column) => column.key).sort();
  rows.forEach((row, i) => {
    const got = Object.keys(row).sort();
    if (got.join() !== expected.join()) {
      context.addIssue({
        code: "custom",
        path: ["rows", i],
        message: `expected the columns ${expected.join(", ")}, got ${got.join(", ")}`,
      });
    }
  });
});
export type ExperimentData = z.infer<typeof experimentShape>;

export const experimentIndexSchema = z.object({
  format: z.literal(1),
  /** Ids in the order of the atlas. */
  experiments: z.array(z.string()),
});
