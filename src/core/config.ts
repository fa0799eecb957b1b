/**
 * Reading an architecture's configuration, which comes from a model card and may be anything.
 *
 * By hand and not by a schema library: the core imports nothing but tfjs-core, and the island ships it.
 */

/** A configuration that cannot be used. The message says which key, what was expected and what was there. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Values by key; where `otherwise` is given, a key may be absent. */
export interface Reader {
  /** A positive integer. */
  count(key: string): number;
  /** An integer, 0 or above. */
  natural(key: string, otherwise?: number): number;
  positive(key: string, otherwise?: number): number;
  flag(key: string, otherwise: boolean): boolean;
  choice<const T extends string>(key: string, options: readonly T[], otherwise?: NoInfer<T>): T;
  counts(key: string): readonly number[];
}

/**
 * Opens a configuration for reading.
 *
 * @param where the architecture, for messages
 * @param keys all keys it may have; any other is an error, so that a misspelt one is not silently a default
 * @throws ConfigError
 */
export function readConfig(where: string, config: unknown, keys: readonly string[]): Reader {
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new ConfigError(`${where}: expected a config object, got ${print(config)}`);
  const record = config as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record))
    if (!keys.includes(key))
      throw new ConfigError(`${where}: expected the keys ${keys.join(", ")}, got "${key}"; is it misspelt?`);

  const fail = (key: string, expected: string): never => {
    throw new ConfigError(`${where}: expected "${key}" to be ${expected}, got ${print(record[key])}`);
  };
  const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
  return {
    count(key) {
      const value = record[key];
      return isCount(value) ? value : fail(key, "a positive integer");
    },
    natural(key, otherwise) {
      const value = record[key] ?? otherwise;
      return value === 0 || isCount(value) ? value : fail(key, "an integer of 0 or more");
    },
    positive(key, otherwise) {
      const value = record[key] ?? otherwise;
      return typeof value === "number" && Number.isFinite(value) && value > 0
        ? value
        : fail(key, "a positive number");
    },
    flag(key, otherwise) {
      const value = record[key] ?? otherwise;
      return typeof value === "boolean" ? value : fail(key, "true or false");
    },
    choice(key, options, otherwise) {
      const value = record[key] ?? otherwise;
      const found = options.find((option) => option === value);
      return found ?? fail(key, options.map((option) => `"${option}"`).join(" or "));
    },
    counts(key) {
      const value = record[key];
      return Array.isArray(value) && value.length > 0 && value.every(isCount)
        ? value
        : fail(key, "a list of positive integers");
    },
  };
}

function print(value: unknown): string {
  return value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value));
}
