/**
 * Every entry of the zoo against what its reference says of it: parameters, preprocessing, names.
 *
 * The references' side is goldens/zoo-*.json, written by the make_*.py of each group of families. What was compared is
 * kept in pipeline/zoo/checked.json and content/docs/zoo.md; any value of ZOO writes them, with the errors that the runs
 * of full size left in goldens/zoo-errors-*.json. The hierarchical families' lists are by tag, and compared beside
 * their runs (test/pipeline/zoo-hierarchical.test.ts).
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Preprocessing } from "#format/model-card.ts";
import type { ZooEntry } from "#pipeline/zoo/entry.ts";
import { parametersOf } from "#pipeline/zoo/fit.ts";
import { findEntry, zoo } from "#pipeline/zoo/index.ts";
import { golden } from "#test/support/golden.ts";
import { type Checked, zooPage } from "#test/support/zoo-page.ts";

interface Variant {
  /** The reference's own name for it. */
  readonly tag: string;
  /** Parameters and running statistics, without counts of batches. */
  readonly tensors: number;
  /** Trainable numbers. */
  readonly parameters: number;
  /** Of the sorted lines "<name> <extent>x<extent>…". */
  readonly sha256: string;
  readonly preprocessing: Preprocessing;
}
interface ZooGoldens {
  readonly header: { readonly versions: Readonly<Record<string, string>> };
  readonly variants: Readonly<Record<string, Variant>>;
}
/** Largest relative errors by id. */
type Errors = Readonly<
  Record<string, { readonly logits: number; readonly taps: number; readonly gradient: number }>
>;

const filesLike = (pattern: RegExp): string[] =>
  readdirSync(new URL("../golden/goldens", import.meta.url)).filter((file) => pattern.test(file));
const groups = filesLike(/^zoo-(?!errors)\w+\.json$/).map((file) => golden<ZooGoldens>(file));
const tagOf = ({ hub }: ZooEntry): string => hub.slice(hub.indexOf("/") + 1);
const listed = (entry: ZooEntry): ZooGoldens | undefined =>
  groups.find(({ variants }) => entry.id in variants || tagOf(entry) in variants);
const variantOf = (entry: ZooEntry): Variant | undefined => listed(entry)?.variants[entry.id];
const errors: Errors = Object.assign(
  {},
  ...filesLike(/^zoo-errors-\w+\.json$/).map((file) => golden<{ errors: Errors }>(file).errors),
);

test("every entry of the zoo has a reference, and every reference an entry", () => {
  expect(zoo.filter((entry) => !listed(entry)).map(({ id }) => id)).toEqual([]);
  const names = new Set(zoo.flatMap((entry) => [entry.id, tagOf(entry)]));
  const unknown = groups.flatMap(({ variants }) => Object.keys(variants)).filter((name) => !names.has(name));
  expect(unknown).toEqual([]);
});

test("no two entries share an id or an alias", () => {
  const names = zoo.flatMap(({ id, aliases = [] }) => [id, ...aliases].map((name) => name.toLowerCase()));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

describe.each(zoo.filter(variantOf))("$id", (entry) => {
  const reference = variantOf(entry)!;
  const specs = parametersOf(entry);

  test("has the reference's parameters, by name, shape and number", () => {
    const lines = specs.map(({ name, shape }) => `${name} ${shape.join("x")}`).sort();
    const trainable = specs.filter((spec) => spec.trainable);
    const numbers = trainable.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect({
      tensors: specs.length,
      parameters: numbers,
      sha256: createHash("sha256").update(lines.join("\n")).digest("hex"),
    }).toEqual({
      tensors: reference.tensors,
      parameters: reference.parameters,
      sha256: reference.sha256,
    });
    expect(entry.parameters).toBe(reference.parameters);
  });

  test("prepares images as the reference does", () => {
    expect(entry.preprocessing).toEqual(reference.preprocessing);
  });

  test("is found by its id, its repository and its aliases", () => {
    for (const name of [entry.id, ...(entry.aliases ?? [])]) expect(findEntry(name)).toBe(entry);
    expect(findEntry(entry.hub)?.hub).toBe(entry.hub);
  });
});

/** What checked.json has to say, in the order of the zoo. */
function checked(): Record<string, Checked> {
  const records = zoo.map((entry) => {
    const versions = Object.entries(listed(entry)!.header.versions);
    const [library, version] = versions.find(([name]) => !/^(python|torch)$/.test(name))!;
    const found = errors[entry.id];
    const largest = found && { forward: Math.max(found.logits, found.taps), gradient: found.gradient };
    return [entry.id, { parameterList: true, ...largest, reference: `${library} ${version}` }] as const;
  });
  return Object.fromEntries(records);
}

test.each([
  ["../../pipeline/zoo/checked.json", () => `${JSON.stringify(checked(), null, 2)}\n`],
  ["../../content/docs/zoo.md", () => zooPage(zoo, checked())],
])("what was checked is on record in %s (written where ZOO is set)", (path, text) => {
  const file = new URL(path, import.meta.url);
  if (process.env.ZOO) writeFileSync(file, text());
  const normal = (written: string) => (path.endsWith(".json") ? JSON.parse(written) : written);
  expect(normal(readFileSync(file, "utf8"))).toEqual(normal(text()));
});
