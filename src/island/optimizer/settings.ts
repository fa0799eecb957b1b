/**
 * The numbers of a run that a reader can change: names, limits, defaults.
 *
 * One list serves the form, its messages, permalinks and the provenance of what is saved. What the numbers do is in
 * src/core.
 */
import { type Recipe, recipes } from "#core/recipes.ts";
import { FormatError } from "#format/format-error.ts";
import type { Settings } from "../protocol.ts";

export type Quantity = Exclude<keyof Settings, "recipe">;

export interface Field {
  readonly key: Quantity;
  /** Its name in permalinks. */
  readonly link: string;
  readonly label: string;
  /** For readers, in a few words. */
  readonly note: string;
  readonly low: number;
  readonly high: number;
  /** Of the arrows of the form; whole numbers have 1. */
  readonly step: number;
  readonly whole: boolean;
}

/** Limits keep a run within minutes and memory; the method itself has none. */
export const FIELDS: readonly Field[] = [
  {
    key: "steps",
    link: "steps",
    label: "Steps",
    note: "the step size falls to 0 along them",
    low: 1,
    high: 5000,
    step: 1,
    whole: true,
  },
  {
    key: "learningRate",
    link: "rate",
    label: "Step size",
    note: "Adam’s rate at the first step",
    low: 0.0001,
    high: 1,
    step: 0.01,
    whole: false,
  },
  {
    key: "variationWeight",
    link: "tv",
    label: "Total variation",
    note: "weight; more is smoother",
    low: 0,
    high: 1000,
    step: 0.5,
    whole: false,
  },
  {
    key: "copies",
    link: "copies",
    label: "Copies",
    note: "recoloured, a step",
    low: 1,
    high: 32,
    step: 1,
    whole: true,
  },
  {
    key: "jitterAt224",
    link: "jitter",
    label: "Jitter",
    note: "± px of a 224 px image",
    low: 0,
    high: 112,
    step: 1,
    whole: true,
  },
  {
    key: "seed",
    link: "seed",
    label: "Seed",
    note: "of noise, colours and jitter",
    low: 0,
    high: 2 ** 32 - 1,
    step: 1,
    whole: true,
  },
];

const GROUPED = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 4 });

/**
 * A number that a reader typed or that a link holds.
 *
 * @throws FormatError that names the field, its limits and what came
 */
export function readQuantity(
  { label, low, high, whole }: Pick<Field, "label" | "low" | "high" | "whole">,
  text: string,
): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  throw new FormatError(
    label,
    `a ${whole ? "whole number" : "number"} from ${GROUPED.format(low)} to ${GROUPED.format(high)}`,
    text.trim() === "" ? "nothing" : `“${text.trim()}”`,
    "enter one within",
  );
}

/** Names of the recipes that src/core has. */
export const RECIPES = Object.keys(recipes) as (keyof typeof recipes)[];

/** @throws FormatError where src/core has no such recipe */
export function readRecipe(name: string): Recipe {
  if (Object.hasOwn(recipes, name)) return recipes[name as keyof typeof recipes];
  throw new FormatError("Recipe", RECIPES.join(", "), `“${name}”`, "choose one of them");
}

/**
 * A recipe's own numbers, and those that the page was published with where they differ.
 *
 * @throws FormatError as `readRecipe`
 */
export function settingsOf(recipe: string, published: Partial<Settings> = {}): Settings {
  const { name, steps, copies, learningRate, variationWeight, jitterAt224 } = readRecipe(recipe);
  return {
    recipe: name,
    seed: 0,
    steps,
    copies,
    learningRate,
    variationWeight,
    jitterAt224,
    ...published,
  };
}
