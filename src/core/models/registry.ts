/**
 * The model families that are known here, by the names that cards give them.
 *
 * Which there are stands in `load.ts`. Not all are known everywhere: a page loads the one that it shows.
 */
import { ConfigError } from "../config.ts";
import type { Architecture } from "./architecture.ts";

/** Whatever the family: configurations differ, and `parse` gives each its own. */
// biome-ignore lint/suspicious/noExplicitAny: a list of families has no common configuration.
export type Family = Architecture<any>;

const known: Record<string, Family> = {};

/** All that are known, in the order in which they became so. */
export const architectures: Readonly<Record<string, Family>> = known;

/** Makes a family known; more than once does nothing more. */
export function register(name: string, family: Family): void {
  known[name] = family;
}

/** @throws ConfigError for a name that is not known */
export function familyNamed(name: string): Family {
  if (Object.hasOwn(known, name)) return known[name]!;
  if (Object.keys(known).length === 0)
    throw new Error(`internal: no model family is known; import models/index.ts, or load "${name}"`);
  throw unknownFamily(name, Object.keys(known));
}

export const unknownFamily = (name: string, names: readonly string[]): ConfigError =>
  new ConfigError(`model: expected "architecture" to be ${names.join(" or ")}, got "${name}"`);
