/**
 * A run as the fragment of an address: readable, versioned, complete.
 *
 *   #refine=1&start=noise&recipe=atlas&steps=160&rate=0.1&tv=10&copies=4&jitter=32&seed=7&taken=160&on=wasm
 *   …&start=image-2014&climb=contrast&with=42&a=1&b=0.5
 *   …&climb=direction&along=12:0.5,40:-1
 *
 * Which neuron it is of is said by the address itself. Pictures are no part of it: a run that began with the reader's
 * own picture, or with an earlier result, keeps its settings and not its beginning.
 */
import { FormatError } from "#format/format-error.ts";
import type { BackendName, Settings } from "../protocol.ts";
import { HEAVIEST, type Mixture, MODES, parseDirection } from "./mixture.ts";
import { FIELDS, type Quantity, readQuantity, readRecipe } from "./settings.ts";

/** What a run begins with, as it is chosen. */
export type Beginning =
  | { readonly from: "published" | "noise" | "own" | "result" }
  /** A picture of the image set, by its index. */
  | { readonly from: "image"; readonly image: number };

export interface Description {
  readonly start: Beginning;
  readonly settings: Settings;
  readonly mixture: Mixture;
  /** Steps taken of `settings.steps`. */
  readonly taken: number;
  /** What it was computed with: other backends give the same picture but for rounding. */
  readonly backend: BackendName | "auto";
}

const VERSION = "1";
const BACKENDS = ["auto", "webgpu", "webgl", "wasm", "cpu"] as const;
/** No layer is as wide; whether this one has the neuron is checked where its width is known. */
const MOST_UNITS = 1e6;
const NEXT = "check that the whole link was copied";

/** Whether a beginning can be made again from a link alone. */
export const isReproducible = ({ from }: Beginning): boolean => from !== "own" && from !== "result";

/** Whether an address' fragment claims to be of this kind. */
export const isPermalink = (fragment: string): boolean => /^#?refine=/.test(fragment);

/** The fragment without `#`. */
export function writePermalink({ start, settings, mixture, taken, backend }: Description): string {
  const entries: [string, string | number][] = [
    ["refine", VERSION],
    ["start", start.from === "image" ? `image-${start.image}` : start.from],
    ["recipe", settings.recipe],
    ...FIELDS.map(({ key, link }): [string, number] => [link, settings[key]]),
    ...mixtureEntries(mixture),
    ["taken", taken],
    ["on", backend],
  ];
  return entries.map(([key, value]) => `${key}=${value}`).join("&");
}

function mixtureEntries(mixture: Mixture): [string, string | number][] {
  switch (mixture.mode) {
    case "neuron":
      return [];
    case "negative":
      return [["climb", "negative"]];
    case "direction":
      return [
        ["climb", "direction"],
        ["along", mixture.text.replaceAll("−", "-").replace(/\s+/g, "")],
      ];
    case "between":
      return [
        ["climb", "between"],
        ["with", mixture.other],
        ["t", mixture.t],
      ];
    default:
      return [
        ["climb", mixture.mode],
        ["with", mixture.other],
        ["a", mixture.a],
        ["b", mixture.b],
      ];
  }
}

/**
 * Reads a fragment, with or without `#`.
 *
 * @throws FormatError that names the entry: links are edited by hand, and cut short by mail
 */
export function readPermalink(fragment: string): Description {
  const entries = new Entries(fragment);
  const version = entries.take("refine");
  if (version !== VERSION) {
    const next = "it was made by another version of the atlas, or cut short";
    throw new FormatError("Link", `refine=${VERSION}`, `refine=${version}`, next);
  }
  const start = readBeginning(entries.take("start"));
  const { name: recipe } = readRecipe(entries.take("recipe"));
  const numbers = Object.fromEntries(
    FIELDS.map((field) => [field.key, readQuantity(field, entries.take(field.link))]),
  ) as Record<Quantity, number>;
  const description: Description = {
    start,
    settings: { recipe, ...numbers },
    mixture: readMixture(entries),
    taken: entries.number("taken", 0, numbers.steps, true),
    backend: readChoice("on", entries.take("on"), BACKENDS),
  };
  entries.expectNone();
  return description;
}

function readBeginning(text: string): Beginning {
  const image = /^image-(\d+)$/.exec(text);
  if (image) return { from: "image", image: Number(image[1]) };
  return { from: readChoice("start", text, ["published", "noise", "own", "result"]) };
}

function readMixture(entries: Entries): Mixture {
  const modes = MODES.map(({ mode }) => mode);
  const mode = readChoice("climb", entries.takeIf("climb") ?? "neuron", modes);
  switch (mode) {
    case "neuron":
    case "negative":
      return { mode };
    case "direction": {
      const text = entries.take("along");
      parseDirection(text, MOST_UNITS);
      return { mode, text: text.replaceAll(":", ": ").replaceAll(",", ", ") };
    }
    case "between":
      return {
        mode,
        other: entries.number("with", 0, MOST_UNITS, true),
        t: entries.number("t", 0, 1, false),
      };
    default:
      return {
        mode,
        other: entries.number("with", 0, MOST_UNITS, true),
        a: entries.number("a", -HEAVIEST, HEAVIEST, false),
        b: entries.number("b", -HEAVIEST, HEAVIEST, false),
      };
  }
}

function readChoice<const T extends string>(key: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found) return found;
  throw new FormatError(`Link: ${key}`, choices.join(" or "), `“${text}”`, NEXT);
}

/** The entries of a fragment; each is taken once. */
class Entries {
  readonly #values = new Map<string, string>();

  constructor(fragment: string) {
    for (const entry of fragment.replace(/^#/, "").split("&")) {
      const [key = "", ...rest] = entry.split("=");
      this.#values.set(decoded(key), decoded(rest.join("=")));
    }
  }

  takeIf(key: string): string | undefined {
    const value = this.#values.get(key);
    this.#values.delete(key);
    return value;
  }

  take(key: string): string {
    const value = this.takeIf(key);
    if (value === undefined) throw new FormatError("Link", `an entry “${key}”`, "none", NEXT);
    return value;
  }

  number(key: string, low: number, high: number, whole: boolean): number {
    return readQuantity({ label: `Link: ${key}`, low, high, whole }, this.take(key));
  }

  expectNone(): void {
    const [key] = this.#values.keys();
    if (key !== undefined) throw new FormatError("Link", "no other entries", `“${key}”`, NEXT);
  }
}

/** Mail programs encode colons and commas. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
