/**
 * From a file's tensors to the architecture's, by a card's key map: which tensors of the file each one is made of.
 *
 * Not for reading them (`read.ts`), nor for whether they are those of the architecture (`checkParams` of the core).
 */
import type { KeyRule } from "#format/model-card.ts";
import { AtlasFailure } from "../failure.ts";

/** A name under the architecture, and which part of how many the tensor is; 0 of 1 for a whole one. */
interface Target {
  readonly name: string;
  readonly part: number;
  readonly of: number;
}

/**
 * For each of the architecture's names the tensors of the file whose rows it has, in order; one unless a rule
 * concatenates.
 *
 * @param where named in messages
 * @throws AtlasFailure weights-mismatch where two tensors get one name, or where a part is missing
 */
export function sourcesOf(
  where: string,
  names: readonly string[],
  rules: readonly KeyRule[],
): ReadonlyMap<string, readonly string[]> {
  const fail = (expected: string, got: string): never => {
    throw new AtlasFailure(
      "weights-mismatch",
      `${where}: keyMap`,
      expected,
      got,
      "correct the rules in the card",
    );
  };
  const sources = new Map<string, (string | undefined)[]>();
  for (const source of names) {
    const target = targetOf(source, rules);
    if (target === null) continue;
    const { name, part, of } = target;
    const parts = sources.get(name) ?? new Array<string | undefined>(of).fill(undefined);
    const other = parts.length === of ? parts[part] : parts.find((taken) => taken !== undefined);
    if (other !== undefined) fail(`one tensor for "${name}"`, `"${other}" and "${source}"`);
    parts[part] = source;
    sources.set(name, parts);
  }
  return new Map(
    [...sources].map(([name, parts]) => {
      const found = parts.filter((part) => part !== undefined);
      if (found.length < parts.length)
        fail(`all ${parts.length} parts of "${name}"`, found.map((part) => `"${part}"`).join(" and "));
      return [name, found];
    }),
  );
}

/** Where a tensor of the file goes, or null where a rule leaves it out. */
function targetOf(source: string, rules: readonly KeyRule[]): Target | null {
  let target: Target = { name: source, part: 0, of: 1 };
  for (const rule of rules) {
    const patterns = ("concat" in rule ? rule.concat : [rule.from]).map((pattern) => new RegExp(pattern));
    const part = patterns.findIndex((pattern) => pattern.test(target.name));
    if (part < 0) continue;
    if (rule.to === null) return null;
    const name = target.name.replace(patterns[part]!, rule.to);
    target = "concat" in rule ? { name, part, of: patterns.length } : { ...target, name };
  }
  return target;
}
