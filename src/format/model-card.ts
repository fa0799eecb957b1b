/**
 * The card of a model, `content/models/<id>.json`: all that the atlas has to be told about it.
 *
 * Read by the pipeline (to fetch, trace and evaluate) and by the site (to cite). Not for what the atlas
 * computes about a model, see `atlas-data.ts`, nor for the hyperparameters of an architecture, which the
 * architecture itself checks.
 */

import { z } from "zod";
import { digestSchema } from "./atlas-data.ts";
import { FormatError } from "./format-error.ts";
import { citationSchema, publishedAccuracySchema } from "./literature.ts";

const rgb = z.tuple([z.number(), z.number(), z.number()]);
const fraction = z.number().min(0).max(1);

/** From a picture of any size to the model's input, as torchvision's `Resize`, `CenterCrop`, `Normalize`. */
const preprocessingSchema = z
  .strictObject({
    /** Side of the square that the model sees, in pixels. */
    size: z.int().positive(),
    /** The shorter side is resized to this many pixels before the crop; at least `size`. */
    resize: z.int().positive(),
    /** Pillow's filter of that name, antialiased; bicubic with a = −0.5. */
    interpolation: z.enum(["bicubic", "bilinear"]),
    /** Which square of the resized picture is kept. */
    crop: z.literal("center"),
    /** Subtracted from the red, green and blue of a picture in 0–1. */
    mean: rgb,
    /** Divides what is left. */
    std: rgb.refine((std) => std.every((value) => value > 0), "three numbers > 0"),
  })
  .refine(({ size, resize }) => resize >= size, { path: ["resize"], error: "at least `size`" });
export type Preprocessing = z.infer<typeof preprocessingSchema>;

const pattern = z.string().refine(isRegularExpression, "a regular expression");

/** A rule that turns tensor names of the file into the architecture's. */
const keyRuleSchema = z.union([
  z.strictObject({
    /** Regular expression, sought anywhere in the name; only the first match of a name is replaced. */
    from: pattern,
    /** Replacement, with $1 … for groups; null leaves the tensor out. */
    to: z.string().nullable(),
  }),
  z.strictObject({
    /** Likewise; tensors that get one name are set below each other, along the first axis, in this order. */
    concat: z.array(pattern).min(2),
    to: z.string(),
  }),
]);
export type KeyRule = z.infer<typeof keyRuleSchema>;

/** A path below a place: no way out of it, whoever wrote the card. */
const isInside = (path: string): boolean =>
  !/^[/\\]|^[a-z]:/i.test(path) && path.split(/[/\\]/).every((part) => part !== "" && !/^\.\.?$/.test(part));

/**
 * Where the weights are, and what they are called there: beside the card, in a repository of the Hugging Face hub, or
 * below an address. A card says no absolute path, so that it means the same on every machine.
 */
const weightsSchema = z
  .strictObject({
    /** Repository on the hub: "timm/deit_tiny_patch16_224.fb_in1k". */
    hub: z
      .string()
      .regex(/^[\w.-]+\/[\w.-]+$/, "<organisation>/<name>")
      .optional(),
    /** Its commit. */
    revision: z
      .string()
      .regex(/^[0-9a-f]{40}$/, "a commit of 40 hex digits")
      .optional(),
    /** Address of the folder that holds the file, with a slash at its end. */
    url: z
      .string()
      .regex(/^https?:\/\/.+\/$/, "an http address that ends with /")
      .optional(),
    /** A safetensors file, or the index.json of a sharded one: relative to this card, the repository or the address. */
    file: z.string().min(1),
    /**
     * Digest of its bytes; where given, other bytes are refused. Of a sharded checkpoint, of what
     * `sha256sum <shards in the order of their names>` prints.
     */
    sha256: digestSchema.optional(),
    /** Applied in order to every tensor name, where the file's names are not timm's. */
    keyMap: z.array(keyRuleSchema).optional(),
  })
  .refine(({ hub, revision }) => !hub === !revision, {
    path: ["revision"],
    error: "a commit where there is a hub, and only there",
  })
  .refine(({ hub, url }) => !hub || !url, { path: ["url"], error: "a hub or a url, not both" })
  .refine(({ url, sha256 }) => !url || sha256 !== undefined, {
    path: ["sha256"],
    error: "the digest of what is at the url",
  })
  .refine(({ hub, url, file }) => !(hub || url) || isInside(file), {
    path: ["file"],
    error: "a path below the repository or address",
  });

export const modelCardSchema = z.strictObject({
  /** First part of every unit id of the model, and of its addresses. */
  id: z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/, "lower-case letters, digits, _ . -"),
  /** For people: "DeiT-Tiny". */
  title: z.string().min(1),
  /** A sentence or two on what it is. */
  description: z.string().min(1),
  /** Name of a registered architecture. */
  architecture: z.string().min(1),
  /** Its hyperparameters, as the architecture defines them. */
  config: z.unknown(),
  weights: weightsSchema,
  preprocessing: preprocessingSchema,
  /**
   * Names of the classes in index order: here, or in a file with one label a line, relative to this card. None is a
   * model that gives features and no classes.
   */
  labels: z.union([z.array(z.string().min(1)), z.strictObject({ file: z.string().min(1) })]),
  /** SPDX identifier of the weights' license. */
  license: z.string().min(1),
  /** Where the weights come from: a URL, or the command that trained them. */
  source: z.string().min(1),
  /** The paper or software to cite, as BibTeX. */
  citation: citationSchema.optional(),
  /** How it was trained, where the atlas did it. */
  training: z
    .strictObject({
      command: z.string(),
      /** Of the weights' initial values and the order of the images. */
      seed: z.int(),
      /** Of the images seen. */
      dataSeed: z.int(),
      recipe: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      /** Accuracy on images of a seed that training never used. */
      heldOut: z.strictObject({
        top1: fraction,
        top5: fraction.optional(),
        images: z.int().positive(),
        seed: z.int(),
      }),
      /** Parallel arrays along the training; accuracy is that of the batches since the last entry. */
      curve: z
        .strictObject({
          step: z.array(z.int().nonnegative()),
          loss: z.array(z.number()),
          accuracy: z.array(fraction),
        })
        .refine(
          ({ step, loss, accuracy }) => step.length === loss.length && step.length === accuracy.length,
          "arrays of one length",
        ),
      /** Wall time, and what it ran on. */
      minutes: z.number().positive(),
      machine: z.string(),
    })
    .optional(),
  /** Accuracies that others published, to compare with. */
  published: z.array(publishedAccuracySchema).optional(),
});
export type ModelCard = z.infer<typeof modelCardSchema>;

/**
 * Reads the text of a card.
 *
 * @param file named in messages
 * @throws FormatError with the first field that is wrong
 */
export function parseModelCard(text: string, file: string): ModelCard {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new FormatError(file, "JSON", (error as SyntaxError).message, "correct the model card");
  }
  const result = modelCardSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.length > 0 ? `"${issue.path.join(".")}"` : "the card";
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    json,
  );
  const got = value === undefined ? "nothing" : JSON.stringify(value);
  throw new FormatError(
    `${file}: ${path}`,
    expectation(issue),
    got.length > 80 ? `${got.slice(0, 80)}…` : got,
    "correct the model card (src/format/model-card.ts says what each field means)",
  );
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected;
    case "unrecognized_keys":
      return `no key ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    default:
      return issue.message.replace(/^.*expected /, "").replace(/^Invalid string: must match pattern /, "");
  }
}

function isRegularExpression(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
