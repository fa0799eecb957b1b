/**
 * The page "Your own model", followed word by word: its files are written, its commands run, on random weights.
 *
 * A block of the page that has a path behind its language is a file; one that has "run" is commands.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Architecture, architectures, openModel } from "#core/models/index.ts";
import { initialValues } from "#core/params.ts";
import { atlasDataSchema, layerDataSchema } from "#format/atlas-data.ts";
import { encodeSafetensors } from "#format/safetensors.ts";
import { ROOT } from "#pipeline/config.ts";
import { describeModel } from "#pipeline/models.ts";
import { buildTiny, runAtlas } from "#test/support/tiny-atlas.ts";

const TIMEOUT = 120_000;
const page = readFileSync(join(ROOT, "content/docs/your-own-model.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w+) (\S+)\n(.*?)^```/gms)].map(([, , label, text]) => ({
  label: label!,
  text: text!,
}));
const fileOf = (path: string): string => blocks.find(({ label }) => label === path)!.text;
const commands = blocks
  .filter(({ label }) => label === "run")
  .flatMap(({ text }) => text.trim().split("\n"))
  .map((line) => line.split(" "));

/** Stands for `my-atlas`. In the repository, so that a file of the core in it finds the core. */
let folder: string;

beforeAll(async () => {
  mkdirSync(join(ROOT, ".atlas"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".atlas/own-model-"));
  for (const { label, text } of blocks) {
    if (label.startsWith("my-atlas/")) writeFileSync(label.replace("my-atlas", folder), text);
  }
  for (const [i, pet] of ["cat", "dog", "parrot"].entries()) {
    mkdirSync(join(folder, "photographs", pet), { recursive: true });
    for (const shade of [40, 90, 140, 190]) {
      const background = { r: shade, g: 255 - shade, b: 80 * i };
      await sharp({ create: { width: 48, height: 40, channels: 3, background } })
        .png()
        .toFile(join(folder, "photographs", pet, `${shade}.png`));
    }
  }
}, TIMEOUT);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Random weights for a card of the page, under the names that a training script may give. */
async function writeWeights(id: string, prefix: string): Promise<void> {
  const { model } = await describeModel(join(folder, `${id}.json`));
  const tensors = model.parameters.map((spec) => [
    prefix + spec.name,
    { shape: spec.shape, data: initialValues(spec, 1).map((value) => value * 5) },
  ]);
  writeFileSync(join(folder, `${id}.safetensors`), encodeSafetensors(Object.fromEntries(tensors), "F16"));
}

/** What the page leaves to its reader: other folders than the atlas' own, and as little work as there can be. */
const settings = () => ({
  ...{ "output.store": "store", "output.data": "data", "output.objects": "objects" },
  ...{ "recipe.steps": 6, "recipe.copies": 1, "units.selective": 1, "units.random": 0, snapshots: 6 },
  ...{ threads: 1, site: false },
});

/** Builds the page's atlas in this process, of another model. */
async function build(id: string): Promise<void> {
  const config = { ...JSON.parse(fileOf("my-atlas/atlas.config.json")), models: [`./${id}.json`] };
  const path = join(folder, `${id}.config.json`);
  writeFileSync(path, JSON.stringify(config));
  const atlas = { folder, config: path, store: "", data: "", objects: "" };
  await buildTiny(atlas, { overrides: settings() });
}

async function readLayer(model: string, tap: string) {
  const data = join(folder, "data");
  expect(atlasDataSchema.parse(JSON.parse(readFileSync(join(data, "atlas.json"), "utf8"))).models).toEqual([
    model,
  ]);
  return layerDataSchema.parse(JSON.parse(readFileSync(join(data, `models/${model}/${tap}.json`), "utf8")));
}

test(
  "a checkpoint of a known family becomes an atlas by a card alone",
  async () => {
    await writeWeights("pets_vit", "module.");
    expect(commands.map(([npm]) => npm)).toEqual(["npm", "npm", "npm"]);
    const extra = Object.entries(settings()).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const said: string[] = [];
    for (const [, , , , ...words] of commands) {
      const args = words.map((word) => word.replace("my-atlas", folder));
      const { code, out, err } = await runAtlas([...args, ...extra]);
      expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
      said.push(out);
    }
    expect(said[0]).toMatch(
      /pets_vit: Pets ViT, vit, 32 px\n {2}pets_vit\/blocks\.0\.mlp\.act +64 +neurons on 4×4/,
    );
    expect(said[1]).toMatch(/visualize +pets_vit\/blocks\.1\.mlp\.act +1 of 1 neurons to do/);
    expect(said[2]).toMatch(/^release \w{12}: 128 neurons, 2 visualized/);
    expect((await readLayer("pets_vit", "blocks.1.mlp.act")).units).toBe(64);
  },
  TIMEOUT,
);

test(
  "a new family is one file and one line",
  async () => {
    // As if the file lay in src/core/models.
    const code = fileOf("src/core/models/plainnet.ts");
    const path = join(folder, "plainnet.ts");
    writeFileSync(path, code.replaceAll('"./', '"#core/models/').replaceAll('"../', '"#core/'));
    const { plainnet } = (await import(pathToFileURL(path).href)) as { plainnet: Architecture<unknown> };
    const registry = architectures as Record<string, Architecture<unknown>>;
    registry.plainnet = plainnet;
    try {
      await writeWeights("pets_net", "");
      await build("pets_net");
      const { units, grid } = await readLayer("pets_net", "conv2.out");
      expect([units, grid]).toEqual([16, [4, 4]]);
    } finally {
      delete registry.plainnet;
    }
  },
  TIMEOUT,
);

test(
  "an empty list of labels is a model without classes",
  async () => {
    const card = { ...JSON.parse(fileOf("my-atlas/pets_vit.json")), id: "features", labels: [] };
    const weights = { file: "features.safetensors" };
    writeFileSync(join(folder, "features.json"), JSON.stringify({ ...card, weights }));
    await writeWeights("features", "");
    await build("features");
    expect((await readLayer("features", "blocks.0.mlp.act")).visualizations.some(Boolean)).toBe(true);
  },
  TIMEOUT,
);

test("the message that the page quotes is the one that is printed", async () => {
  const card = JSON.parse(fileOf("my-atlas/pets_vit.json"));
  const { preprocessing, config, labels, architecture } = card;
  const { size: imageSize, mean, std } = preprocessing;
  const { parameters } = openModel({ architecture, config, imageSize, mean, std, numClasses: labels.length });
  const qkv = parameters.find(({ name }) => name === "blocks.0.attn.qkv.weight")!;
  expect(page).toContain(`"${qkv.name}" must be ${qkv.symbols} = [${qkv.shape.join(", ")}], got [576, 192]`);
});
