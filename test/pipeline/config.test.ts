import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_CONFIG, loadConfig, parseConfig } from "#pipeline/config.ts";
import { editDistance, nearest } from "#pipeline/suggest.ts";
import { tempFolder } from "#test/support/temp.ts";

const least = { title: "T", models: ["m"], images: { kind: "picturebook", seed: 1, count: 10 } };

function message(value: unknown): string {
  try {
    parseConfig(value, "atlas.config.ts");
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

test("the built-in configuration is valid, and visualizes at least 24 neurons of a layer", async () => {
  const { units, snapshots, models } = await loadConfig(DEFAULT_CONFIG);
  expect(units.selective + units.random).toBeGreaterThanOrEqual(24);
  expect(snapshots).toBeGreaterThanOrEqual(6);
  expect(models).toEqual(["picturebook_vit", "picturebook_resnet"]);
});

test("keys that are absent have defaults", () => {
  const { units, examples, snapshots, device } = parseConfig(least, "f");
  expect({ units, snapshots, device }).toEqual({
    units: { selective: 16, random: 8, seed: 0 },
    snapshots: 8,
    device: "cpu",
  });
  expect(examples.top).toBe(12);
});

const refused: readonly [string, unknown, string][] = [
  [
    "a misspelt key",
    { ...least, modles: [] },
    'atlas.config.ts: "modles": expected a key of the configuration, got an unknown one; did you mean "models"?',
  ],
  [
    "a misspelt key further in",
    { ...least, examples: { quantile: [1] } },
    'atlas.config.ts: "examples.quantile": expected a key of the configuration, got an unknown one; did you mean "quantiles"?',
  ],
  [
    "a key that resembles none",
    { ...least, units: { zzzzzzzz: 1 } },
    'atlas.config.ts: "units.zzzzzzzz": expected a key of the configuration, got an unknown one; known are selective, random, seed',
  ],
  [
    "a missing key",
    { ...least, title: undefined },
    'atlas.config.ts: "title": expected string, got nothing; content/atlas.config.ts shows every key and pipeline/config.ts says what it means',
  ],
  [
    "a value of the wrong type",
    { ...least, snapshots: "eight" },
    'atlas.config.ts: "snapshots": expected number, got "eight"; content/atlas.config.ts shows every key and pipeline/config.ts says what it means',
  ],
  [
    "too few snapshots",
    { ...least, snapshots: 3 },
    'atlas.config.ts: "snapshots": expected at least 6, got 3; content/atlas.config.ts shows every key and pipeline/config.ts says what it means',
  ],
  [
    "no models",
    { ...least, models: [] },
    'atlas.config.ts: "models": expected at least 1 of them, got []; content/atlas.config.ts shows every key and pipeline/config.ts says what it means',
  ],
  [
    "an unknown kind of images",
    { ...least, images: { kind: "video" } },
    'atlas.config.ts: "images.kind": expected "picturebook" or "folder", got "video"; content/atlas.config.ts shows every key and pipeline/config.ts says what it means',
  ],
  [
    "quantiles that do not fall",
    { ...least, examples: { quantiles: [0.5, 0.9] } },
    'atlas.config.ts: "examples.quantiles": expected falling levels, got [0.5,0.9]; content/atlas.config.ts shows every key and pipeline/config.ts says what it means',
  ],
  [
    "no object",
    7,
    "atlas.config.ts: expected object, got 7; content/atlas.config.ts shows every key and pipeline/config.ts says what it means",
  ],
];

test.each(refused)("%s is refused with a next step", (_, value, expected) => {
  expect(message(value)).toBe(expected);
});

test("an override reaches into the tree and leaves the rest alone", () => {
  const value = { ...least, recipe: { copies: 3 } };
  const { recipe, images } = parseConfig(value, "f", { "recipe.steps": 5, "images.count": 7 });
  expect(recipe).toEqual({ copies: 3, steps: 5 });
  expect(images).toEqual({ kind: "picturebook", seed: 1, count: 7 });
  expect(value.recipe).toEqual({ copies: 3 });
});

test("paths are relative to the file", async () => {
  const folder = tempFolder();
  const file = join(folder, "atlas.json");
  writeFileSync(file, JSON.stringify({ ...least, output: { data: "../d" } }));
  const { output } = await loadConfig(file);
  expect(output.data).toBe(join(folder, "../d"));
});

test("pictures go to a folder of the name that pages link to", () => {
  expect(() => parseConfig({ ...least, output: { objects: "public/pictures" } }, "f")).toThrow(
    'f: "output.objects": expected a folder named "objects", which pages link to, got "public/pictures"',
  );
});

test("a configuration that is not there is refused", async () => {
  await expect(loadConfig("/nowhere/atlas.ts")).rejects.toThrow(
    "/nowhere/atlas.ts: expected a configuration, got no such file; correct --config",
  );
});

test("a configuration that does not load is refused with what its language says", async () => {
  const file = join(tempFolder(), "atlas.json");
  writeFileSync(file, "{ title: ");
  await expect(loadConfig(file)).rejects.toThrow(`${file}: expected a module that loads, got `);
});

test("the distance of two words counts insertions, deletions, substitutions and swaps", () => {
  expect(editDistance("cdua", "cuda")).toBe(1);
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(editDistance("", "abc")).toBe(3);
  expect(nearest("blocks.3.mlp.ac", ["blocks.3.mlp.act", "blocks.4.mlp.act"])).toBe("blocks.3.mlp.act");
  expect(nearest("banana", ["blocks.3.mlp.act"])).toBeUndefined();
});
