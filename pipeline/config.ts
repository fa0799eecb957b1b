/**
 * The configuration of an atlas: which models, which images, how much of it. `content/atlas.config.ts` is the
 * built-in one and shows every key.
 *
 * Here are its shape, its defaults and its messages. What the names in it stand for (cards, taps, recipes) is
 * checked by the stages that open them. Paths in a configuration are relative to its file.
 */
import { access } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { AtlasFailure } from "./failure.ts";
import { didYouMean } from "./suggest.ts";

/** Root of the repository, where results go unless a configuration says otherwise. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

export const DEFAULT_CONFIG = resolve(ROOT, "content/atlas.config.ts");

const count = z.int().positive();
const seed = z.int().nonnegative();

const configSchema = z.strictObject({
  /** For people; heads the site. */
  title: z.string().min(1),
  /** Ids of cards in `content/models`, or paths to cards (`./models/mine.json`). */
  models: z.array(z.string().min(1)).min(1),
  /** The image set that all models look at. */
  images: z.discriminatedUnion("kind", [
    z.strictObject({
      /** The built-in image world: any number of images of a seed. */
      kind: z.literal("picturebook"),
      seed,
      count,
    }),
    z.strictObject({
      /** A folder of photographs. */
      kind: z.literal("folder"),
      path: z.string().min(1),
      name: z.string().min(1).optional(),
      /** For people: what the photographs are. */
      description: z.string().default("Photographs from a folder."),
      /** Only the first so many, in order of their names. */
      count: count.optional(),
    }),
  ]),
  /** Only these taps, by name; all of a model where absent. */
  taps: z.array(z.string().min(1)).min(1).optional(),
  /** The ascent; what is absent is the recipe's own. */
  recipe: z
    .strictObject({
      /** A recipe of `src/core/recipes.ts`; where absent, the one made for the size of the model's images. */
      name: z.string().optional(),
      steps: count.optional(),
      /** Augmented copies of an image a step. */
      copies: count.optional(),
      /** Weights of the total variation, tried in this order until one gives a picture. */
      variationWeights: z.array(z.number().nonnegative()).min(1).optional(),
      /** Neurons of one layer that share a program's batch. */
      batch: count.optional(),
      seed: seed.optional(),
    })
    .prefault({}),
  /** Pictures along an ascent, first and last included; as many as a WebP file has room for at 512 px. */
  snapshots: z.int().min(6).max(30).default(8),
  /** Which neurons of a layer are visualized unless `--all` is given. */
  units: z
    .strictObject({
      /** The most selective of the layer. */
      selective: z.int().nonnegative().default(16),
      /** Drawn at random among the others. */
      random: z.int().nonnegative().default(8),
      seed: seed.default(0),
    })
    .prefault({}),
  /** Images shown for a neuron. */
  examples: z
    .strictObject({
      /** The most exciting ones. */
      top: count.default(12),
      /** Levels at which an example is shown, from the strongest to the weakest. */
      quantiles: z
        .array(z.number().min(0).max(1))
        .default([0.99, 0.95, 0.9, 0.75, 0.5, 0.25])
        .refine((levels) => levels.every((level, i) => i === 0 || level < levels[i - 1]!), "falling levels"),
      /** Width and height of a published image, in pixels. */
      size: count.default(160),
    })
    .prefault({}),
  /** Ids of experiments (`pipeline/experiments`), or false for none; where absent, all that apply. */
  experiments: z
    .union([z.literal(false), z.array(z.string().min(1))], "false, or a list of experiments")
    .optional(),
  /** Images that each experiment looks at, drawn from the set. */
  experimentImages: count.default(384),
  /** Width and height of a neuron's thumbnail, in pixels. */
  thumbnail: count.default(64),
  /** What runs the programs: cpu, webgpu, cuda, tensorflow. */
  device: z.string().min(1).default("cpu"),
  /** Threads a program runs on; 0 takes every core. */
  threads: z.int().nonnegative().default(0),
  /**
   * Whether the weights are published, so that pages can run the models: 2 bytes a parameter. Without, where a licence
   * does not allow it or the host is too small, pages lack what runs a model.
   */
  island: z.boolean().default(true),
  /** Whether a build ends with the pages. */
  site: z.boolean().default(true),
  /** Where things are kept, if not in the repository's own places. */
  output: z
    .strictObject({
      /** Of finished jobs; any number of atlases may share one. */
      store: z.string().optional(),
      /** JSON of the atlas. */
      data: z.string().optional(),
      /** Pictures and maps of the atlas: the folder `objects` of what the site copies as it is. */
      objects: z
        .string()
        .refine((path) => basename(path) === "objects", 'a folder named "objects", which pages link to')
        .optional(),
    })
    .prefault({}),
});

/** What a configuration file exports: keys with defaults may be absent. */
export type AtlasConfigInput = z.input<typeof configSchema>;

/** A configuration with its defaults and absolute paths. */
export interface AtlasConfig extends Omit<z.output<typeof configSchema>, "output"> {
  /** The file it came from, and the folder that its paths start at. */
  readonly file: string;
  readonly folder: string;
  readonly output: { readonly store: string; readonly data: string; readonly objects: string };
}

/** Types a configuration; checking happens when the file is loaded. */
export function defineAtlas(config: AtlasConfigInput): AtlasConfigInput {
  return config;
}

/** `dotted.key` → value, from the command line; laid over the file's values. */
export type Overrides = Readonly<Record<string, unknown>>;

/**
 * Loads a configuration: a TypeScript or JavaScript module with a default export, or JSON.
 *
 * @throws AtlasFailure config-invalid
 */
export async function loadConfig(path: string, overrides: Overrides = {}): Promise<AtlasConfig> {
  const file = resolve(path);
  const parsed = parseConfig(await readModule(file), file, overrides);
  const folder = dirname(file);
  const place = (given: string | undefined, own: string) =>
    given === undefined ? resolve(ROOT, own) : resolve(folder, given);
  const { store, data, objects } = parsed.output;
  return {
    ...parsed,
    file,
    folder,
    output: {
      store: place(store, ".atlas"),
      data: place(data, "content/data"),
      objects: place(objects, "public/objects"),
    },
  };
}

/** @throws AtlasFailure config-invalid with the first key that is wrong */
export function parseConfig(
  value: unknown,
  file: string,
  overrides: Overrides = {},
): z.output<typeof configSchema> {
  const merged = Object.entries(overrides).reduce(withOverride, structuredClone(value));
  const result = configSchema.safeParse(merged);
  if (result.success) return result.data;
  throw invalid(result.error.issues[0]!, merged, file);
}

async function readModule(file: string): Promise<unknown> {
  try {
    await access(file);
  } catch {
    throw new AtlasFailure("config-invalid", file, "a configuration", "no such file", "correct --config");
  }
  try {
    const url = pathToFileURL(file).href;
    const module = await (extname(file) === ".json" ? import(url, { with: { type: "json" } }) : import(url));
    return (module as { default?: unknown }).default;
  } catch (error) {
    const next = "correct it; content/atlas.config.ts shows every key";
    throw new AtlasFailure("config-invalid", file, "a module that loads", (error as Error).message, next);
  }
}

/** Sets `dotted.key` in a copy-on-write tree of plain objects. */
function withOverride(config: unknown, [key, value]: [string, unknown]): unknown {
  const [first, ...rest] = key.split(".");
  const base = (typeof config === "object" && config !== null ? config : {}) as Record<string, unknown>;
  const inner = rest.length === 0 ? value : withOverride(base[first!], [rest.join("."), value]);
  return { ...base, [first!]: inner };
}

function invalid(issue: z.core.$ZodIssue, value: unknown, file: string): AtlasFailure {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const where = [...path, key].join(".");
    const known = keysAt(path);
    const next = didYouMean(key, known);
    return new AtlasFailure(
      "config-invalid",
      `${file}: "${where}"`,
      "a key of the configuration",
      "an unknown one",
      next,
    );
  }
  const where = path.length > 0 ? `${file}: "${path.join(".")}"` : file;
  const at = path.reduce<unknown>(
    (inner, key) => (inner as Record<string, unknown> | undefined)?.[key],
    value,
  );
  const got = at === undefined ? "nothing" : (JSON.stringify(at) ?? String(at));
  const next = "content/atlas.config.ts shows every key and pipeline/config.ts says what it means";
  return new AtlasFailure("config-invalid", where, expectation(issue), got, next);
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "invalid_union":
      return issue.discriminator === "kind" ? '"picturebook" or "folder"' : issue.message;
    case "too_small":
      return `at least ${issue.minimum}${issue.origin === "array" ? " of them" : ""}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
}

/** The keys that the schema knows below a path, for suggestions. */
function keysAt(path: readonly string[]): string[] {
  const root = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  let nodes: readonly SchemaNode[] = [root];
  for (const key of path) nodes = nodes.flatMap(alternatives).flatMap((node) => node.properties?.[key] ?? []);
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {})))];
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.oneOf ?? node.anyOf ?? [node];
}
