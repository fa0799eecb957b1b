/** Model cards, label lists and the weights they name. */

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseLabelList } from "#format/labels.ts";
import { type KeyRule, parseModelCard } from "#format/model-card.ts";
import { encodeSafetensors } from "#format/safetensors.ts";
import { loadWeights, readCard, readLabels } from "#pipeline/weights/load.ts";
import { preprocessingOf } from "#test/support/preprocessing.ts";
import { hasReal } from "#test/support/real.ts";
import { tempFolder } from "#test/support/temp.ts";

const deit = fileURLToPath(new URL("../real/deit_tiny_patch16_224.json", import.meta.url));

const card = {
  id: "tiny",
  title: "Tiny",
  description: "For tests.",
  architecture: "vit",
  config: { depth: 1 },
  weights: { file: "weights/tiny.safetensors" },
  preprocessing: preprocessingOf(8),
  labels: ["cat", "dog"],
  license: "MIT",
  source: "https://example.org",
};

/** A folder with the card and a weights file of one number a tensor. */
function folderWith(names: string[], weights: Record<string, unknown> = {}): string {
  const folder = tempFolder();
  const tensors = Object.fromEntries(
    names.map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }]),
  );
  mkdirSync(join(folder, "weights"));
  writeFileSync(join(folder, "weights/tiny.safetensors"), encodeSafetensors(tensors, "F32"));
  writeFileSync(
    join(folder, "tiny.json"),
    JSON.stringify({ ...card, weights: { ...card.weights, ...weights } }),
  );
  return folder;
}

async function load(folder: string) {
  const loaded = await readCard(join(folder, "tiny.json"));
  return loadWeights(loaded.card, loaded.root);
}

describe("a model card", () => {
  const parse = (changes: Record<string, unknown>) =>
    parseModelCard(JSON.stringify({ ...card, ...changes }), "tiny.json");

  it("is read as it is written", () => {
    expect(parse({})).toEqual(card);
  });

  const next = "correct the model card (src/format/model-card.ts says what each field means)";
  it.each([
    [{ licence: "MIT" }, `tiny.json: the card: expected no key "licence", got `],
    [{ title: undefined }, `tiny.json: "title": expected string, got nothing; ${next}`],
    [
      { id: "Tiny Model" },
      `tiny.json: "id": expected lower-case letters, digits, _ . -, got "Tiny Model"; ${next}`,
    ],
    [
      { weights: { file: "a", sha256: "12" } },
      `tiny.json: "weights.sha256": expected a SHA-256 in lower-case hex, got "12"; ${next}`,
    ],
    [
      { weights: { file: "a", keyMap: [{ from: "(", to: "" }] } },
      `tiny.json: "weights.keyMap.0.from": expected a regular expression, got "("; ${next}`,
    ],
    [
      { weights: { file: "a", keyMap: [{ concat: ["a", "("], to: "b" }] } },
      `tiny.json: "weights.keyMap.0.concat.1": expected a regular expression, got "("; ${next}`,
    ],
    [
      { preprocessing: { ...preprocessingOf(8), interpolation: "lanczos" } },
      `tiny.json: "preprocessing.interpolation": expected "bicubic" or "bilinear", got "lanczos"; ${next}`,
    ],
    [
      { preprocessing: preprocessingOf(8, 4) },
      `tiny.json: "preprocessing.resize": expected at least \`size\`, got 4; ${next}`,
    ],
    [
      { preprocessing: { ...preprocessingOf(8), std: [0, 1, 1] } },
      `tiny.json: "preprocessing.std": expected three numbers > 0, got [0,1,1]; ${next}`,
    ],
  ])("with %j is refused", (changes, message) => {
    expect(() => parse(changes)).toThrow(message);
  });

  it("that is not JSON, or not there, is refused", async () => {
    expect(() => parseModelCard("{", "tiny.json")).toThrow(/^tiny\.json: expected JSON, got .*; correct/);
    const path = join(tempFolder(), "none.json");
    await expect(readCard(path)).rejects.toThrow(
      `${path}: expected a model card, got no such file; correct the path`,
    );
    writeFileSync(path, "[]");
    await expect(readCard(path)).rejects.toMatchObject({ failure: { reason: "config-invalid" } });
  });
});

describe("label lists", () => {
  it("have one label a line, with or without a WordNet id", async () => {
    expect(parseLabelList("n01440764 tench\r\ngreat white shark\nn00000001\n", "l")).toEqual([
      { wnid: "n01440764", name: "tench" },
      { wnid: null, name: "great white shark" },
      { wnid: "n00000001", name: "n00000001" },
    ]);
    expect(await readLabels({ ...card, preprocessing: preprocessingOf(8) }, ".")).toHaveLength(2);
  });

  it("with an empty line are refused, for the indices after it would be wrong", () => {
    expect(() => parseLabelList("a\n\nb\n", "l.txt")).toThrow(
      "l.txt: line 2: expected a label on every line, got an empty line; fill or remove it",
    );
    expect(() => parseLabelList("", "l.txt")).toThrow("l.txt: line 1: expected a label");
  });

  it("of ImageNet-1k are those of the DeiT card", async () => {
    const loaded = await readCard(deit);
    const labels = await readLabels(loaded.card, loaded.root);
    expect(labels).toHaveLength(1000);
    expect([labels[0]!.name, labels[281]!.name, labels[999]!.wnid]).toEqual(["tench", "tabby", "n15075141"]);
  });
});

describe("the weights of a card", () => {
  it("are resolved from the card's folder", async () => {
    const { weights, digest } = await load(folderWith(["a", "b"]));
    expect(weights).toMatchObject({
      a: { shape: [1], data: Float32Array.of(0) },
      b: { shape: [1], data: Float32Array.of(1) },
    });
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  const keyMap: KeyRule[] = [
    { from: "^module\\.", to: "" },
    { from: "^layers\\.(\\d+)\\.", to: "blocks.$1." },
    { from: "num_batches_tracked$", to: null },
  ];

  it("are renamed by the card's key map", async () => {
    const names = ["module.layers.3.weight", "head.bias", "module.bn.num_batches_tracked"];
    const { weights } = await load(folderWith(names, { keyMap }));
    expect(Object.keys(weights).sort()).toEqual(["blocks.3.weight", "head.bias"]);
  });

  it("are refused where the key map gives two tensors one name", async () => {
    await expect(load(folderWith(["a", "module.a"], { keyMap }))).rejects.toThrow(
      'tiny: keyMap: expected one tensor for "a", got "a" and "module.a"; correct the rules in the card',
    );
  });

  const joining: KeyRule[] = [
    { from: "^model\\.", to: "" },
    { concat: ["^(\\d)\\.q$", "^(\\d)\\.k$", "^(\\d)\\.v$"], to: "blocks.$1.qkv" },
    { from: "qkv$", to: "attn.qkv" },
  ];

  it("are joined in the order of the rule, whatever their order in the file", async () => {
    const names = ["model.0.v", "model.1.k", "model.0.q", "1.v", "head", "model.0.k", "model.1.q"];
    const { weights } = await load(folderWith(names, { keyMap: joining }));
    expect(Object.keys(weights).sort()).toEqual(["blocks.0.attn.qkv", "blocks.1.attn.qkv", "head"]);
    expect(weights["blocks.0.attn.qkv"]!.shape).toEqual([3]);
    expect([...weights["blocks.0.attn.qkv"]!.data]).toEqual([2, 5, 0]);
    expect([...weights["blocks.1.attn.qkv"]!.data]).toEqual([6, 1, 3]);
  });

  it("are refused where a part is missing, or there twice", async () => {
    await expect(load(folderWith(["0.q", "0.v"], { keyMap: joining }))).rejects.toThrow(
      'tiny: keyMap: expected all 3 parts of "blocks.0.attn.qkv", got "0.q" and "0.v"; correct the rules in the card',
    );
    await expect(load(folderWith(["0.q", "model.0.q", "0.k", "0.v"], { keyMap: joining }))).rejects.toThrow(
      'tiny: keyMap: expected one tensor for "blocks.0.attn.qkv", got "0.q" and "model.0.q"',
    );
    await expect(
      load(folderWith(["0.q", "0.k", "0.v", "blocks.0.qkv"], { keyMap: joining })),
    ).rejects.toThrow('expected one tensor for "blocks.0.attn.qkv", got "0.q" and "blocks.0.qkv"');
  });

  it("are refused where parts do not fit below each other", async () => {
    const folder = folderWith(["0.q"], { keyMap: joining });
    const tensor = (shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
    const tensors = { "0.q": tensor([2, 3]), "0.k": tensor([2, 3]), "0.v": tensor([3, 2]) };
    writeFileSync(join(folder, "weights/tiny.safetensors"), encodeSafetensors(tensors, "F32"));
    await expect(load(folder)).rejects.toThrow(
      'tiny: keyMap: expected rows like those of "0.q" [2, 3] to concatenate, got "0.v" [3, 2]',
    );
  });

  it("are refused where the digest is another", async () => {
    const sha256 = "0".repeat(64);
    await expect(load(folderWith(["a"], { sha256 }))).rejects.toMatchObject({
      failure: { reason: "weights-mismatch", expected: `sha256 ${sha256}` },
    });
  });

  it("are a failure where the file is missing", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "tiny.json"), JSON.stringify(card));
    const path = join(folder, "weights/tiny.safetensors");
    await expect(load(folder)).rejects.toThrow(
      `${path}: expected a readable safetensors file, got no such file; put the file there, or correct weights.file in the model card`,
    );
    await expect(load(folder)).rejects.toMatchObject({ failure: { reason: "weights-missing" } });
  });

  it.skipIf(!hasReal)("of DeiT-Tiny are the file that its card means (../shared/real)", async () => {
    const loaded = await readCard(deit);
    const { weights } = await loadWeights(loaded.card, loaded.root);
    expect(weights["patch_embed.proj.weight"]!.shape).toEqual([192, 3, 16, 16]);
  });

  it("are looked for beside a copied card, not beside the original", async () => {
    const folder = folderWith(["a"]);
    const elsewhere = tempFolder();
    copyFileSync(join(folder, "tiny.json"), join(elsewhere, "tiny.json"));
    await expect(load(elsewhere)).rejects.toMatchObject({ failure: { reason: "weights-missing" } });
  });
});
