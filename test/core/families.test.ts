/** Families one by one, as a page loads them; this file must not import `models/index.ts`, which loads all. */
import { expect, test } from "vitest";
import { familyNames, loadFamily } from "#core/models/load.ts";
import { openModel } from "#core/models/open.ts";
import { architectures } from "#core/models/registry.ts";

const config = {
  architecture: "vit",
  config: { patchSize: 2, width: 4, depth: 1, heads: 1, mlpRatio: 1 },
  imageSize: 4,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  numClasses: 2,
} as const;

// In this order: what is known stays known.
test("before one is loaded, none is known", () => {
  expect(() => openModel(config)).toThrow(/^internal: no model family is known; import models\/index.ts/);
});

test("a name that is in no list is refused, with the list", async () => {
  const all = familyNames.join(" or ");
  for (const name of ["vti", "toString"])
    await expect(loadFamily(name)).rejects.toThrow(
      `model: expected "architecture" to be ${all}, got "${name}"`,
    );
});

test("a family that is loaded is known, and no other", async () => {
  await loadFamily("vit");
  await loadFamily("vit");
  expect(Object.keys(architectures)).toEqual(["vit"]);
  expect(openModel(config).taps.map(({ name }) => name)).toEqual(["blocks.0.mlp.act"]);
  expect(() => openModel({ ...config, architecture: "resnet" })).toThrow(
    'model: expected "architecture" to be vit, got "resnet"',
  );
});

test("the pipeline knows all of them, in the order of the list", async () => {
  const all = (await import("#core/models/index.ts")).architectures;
  expect(Object.keys(all)).toEqual(familyNames);
});
