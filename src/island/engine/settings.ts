/** From what a reader chose to the core's recipe: checked, because permalinks carry settings and anyone writes links. */
import { type Recipe, recipes } from "#core/recipes.ts";
import type { Settings } from "../protocol.ts";
import { ReaderError } from "./reader-error.ts";

/** The recipe with the reader's numbers in it. @throws ReaderError */
export function recipeOf(settings: Settings): Recipe {
  const { recipe: name, steps, copies, learningRate, variationWeight, jitterAt224, seed } = settings;
  if (!Object.hasOwn(recipes, name))
    throw new ReaderError(expected("recipe", Object.keys(recipes).join(", "), name));
  const whole = (key: string, value: number, low: number, high: number): void => {
    if (!Number.isInteger(value) || value < low || value > high)
      throw new ReaderError(expected(key, `a whole number from ${low} to ${high}`, value));
  };
  const finite = (key: string, value: number, high: number): void => {
    if (!(value >= 0 && value <= high))
      throw new ReaderError(expected(key, `a number from 0 to ${high}`, value));
  };
  whole("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  whole("steps", steps, 1, 100_000);
  whole("copies", copies, 1, 256);
  finite("learningRate", learningRate, 10);
  finite("variationWeight", variationWeight, 1e6);
  finite("jitterAt224", jitterAt224, 112);
  return {
    ...recipes[name as keyof typeof recipes],
    steps,
    copies,
    learningRate,
    variationWeight,
    jitterAt224,
  };
}

const expected = (key: string, what: string, got: unknown): string =>
  `settings: expected ${key} to be ${what}, got ${got}; correct the link or the field`;
