/** From the words after `npm run atlas --` to a command with its options. Not for what commands do. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { AddOptions } from "./commands/add.ts";
import { DEFAULT_CONFIG, type Overrides } from "./config.ts";
import { AtlasFailure } from "./failure.ts";
import { CARDS } from "./models.ts";
import { parseTarget, type Selection } from "./selection.ts";
import { didYouMean } from "./suggest.ts";

export const COMMANDS = [
  "build",
  "models",
  "add",
  "plan",
  "visualize",
  "status",
  "verify",
  "serve",
  "help",
] as const;
type Command = (typeof COMMANDS)[number];

export interface CommandLine {
  readonly command: Command;
  readonly config: string;
  readonly overrides: Overrides;
  readonly selection: Selection;
  /** One JSON object a line instead of text for people. */
  readonly json: boolean;
  readonly serve: { readonly port: number; readonly base: string };
  /** What to add, and how; of the command `add` alone. */
  readonly add: AddOptions | undefined;
}

const OPTIONS = {
  config: { type: "string" },
  model: { type: "string", multiple: true },
  tap: { type: "string", multiple: true },
  all: { type: "boolean" },
  set: { type: "string", multiple: true },
  images: { type: "string" },
  "per-layer": { type: "string" },
  steps: { type: "string" },
  device: { type: "string" },
  threads: { type: "string" },
  "no-site": { type: "boolean" },
  as: { type: "string" },
  id: { type: "string" },
  labels: { type: "string" },
  into: { type: "string" },
  json: { type: "boolean" },
  port: { type: "string" },
  base: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws AtlasFailure usage */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  const [first = "build", ...rest] = positionals;
  const named = COMMANDS.find((command) => command === first);
  // Neurons alone mean: build, but only these.
  const isTarget = !named && first.includes("/");
  if (!named && !isTarget) throw unknownCommand(first);
  const command = values.help ? "help" : (named ?? "build");
  const targets = command === "add" ? [] : (isTarget ? positionals : rest).map(parseTarget);
  if (command === "visualize" && !targets.some(({ units }) => units) && !values.all) {
    const next =
      "`npm run atlas -- models` lists models and taps; --all takes every neuron of what is selected";
    throw new AtlasFailure(
      "usage",
      "visualize",
      "neurons, such as picturebook_vit/blocks.3.mlp.act/0-7",
      "none",
      next,
    );
  }
  return {
    command,
    config: values.config ?? DEFAULT_CONFIG,
    overrides: overridesOf(values),
    selection: { models: values.model ?? [], taps: values.tap ?? [], targets, all: values.all ?? false },
    json: values.json ?? false,
    add: command === "add" ? addOptionsOf(rest, values) : undefined,
    serve: { port: natural("--port", values.port ?? "4321"), base: values.base ?? "/" },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("ERR_PARSE_ARGS")) throw error;
    const option = /'(-[^' ]*)/.exec(message)?.[1] ?? "an option";
    const known = Object.keys(OPTIONS).map((name) => `--${name}`);
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      throw new AtlasFailure(
        "usage",
        option,
        "an option of atlas",
        "an unknown one",
        didYouMean(option, known),
      );
    }
    const [first = message] = message.split(". ");
    throw new AtlasFailure("usage", option, "an option as `help` shows it", first, "`npm run atlas -- help`");
  }
}

function unknownCommand(word: string): AtlasFailure {
  return new AtlasFailure("usage", `"${word}"`, "a command", "an unknown one", didYouMean(word, COMMANDS));
}

type Values = ReturnType<typeof parse>["values"];

function addOptionsOf(sources: readonly string[], { as, id, labels, into }: Values): AddOptions {
  const [source, ...others] = sources;
  if (source === undefined || others.length > 0) {
    throw new AtlasFailure(
      "usage",
      "add",
      "one model: a tag such as timm/deit_tiny_patch16_224.fb_in1k, a path or an address",
      source === undefined ? "none" : `${sources.length}`,
      "`npm run atlas -- models` lists the zoo",
    );
  }
  return {
    ...{ source, folder: into === undefined ? CARDS : resolve(into) },
    ...(as !== undefined && { as }),
    ...(id !== undefined && { id }),
    ...(labels !== undefined && { labels }),
  };
}

/** Options that are short for a key of the configuration. */
function overridesOf(values: Values): Overrides {
  const overrides: Record<string, unknown> = {};
  for (const assignment of values.set ?? []) {
    const at = assignment.indexOf("=");
    if (at < 1) {
      const next = "for example --set recipe.copies=2";
      throw new AtlasFailure("usage", "--set", "<key>=<value>", `"${assignment}"`, next);
    }
    overrides[assignment.slice(0, at)] = jsonOrText(assignment.slice(at + 1));
  }
  if (values.images !== undefined) overrides["images.count"] = natural("--images", values.images);
  if (values.steps !== undefined) overrides["recipe.steps"] = natural("--steps", values.steps);
  if (values.threads !== undefined) overrides.threads = natural("--threads", values.threads);
  if (values.device !== undefined) overrides.device = values.device;
  if (values["no-site"]) overrides.site = false;
  if (values["per-layer"] !== undefined) {
    // In the proportion of the default: two selective ones to one at random, and at least one selective.
    const count = natural("--per-layer", values["per-layer"]);
    const random = Math.floor(count / 3);
    overrides["units.random"] = random;
    overrides["units.selective"] = count - random;
  }
  return overrides;
}

function natural(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new AtlasFailure("usage", option, "a natural number", `"${text}"`, "give a number");
}

/** JSON where it is JSON, else the text itself. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
