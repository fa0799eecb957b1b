/** CLIP's texts against open_clip: tokens, the text tower, zero-shot heads; goldens by test/golden/make_clip.py. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { forwardDefinition } from "#core/ascent.ts";
import { type ClipTextConfig, clipTextParameters, embedTexts } from "#core/models/clip-text.ts";
import { openModel } from "#core/models/index.ts";
import { unescapeHtml } from "#core/tokenizer/entities.ts";
import { utf8 } from "#core/tokenizer/utf8.ts";
import { readImagenetPrompts, readTokenizer } from "#pipeline/clip/vocabulary.ts";
import { zeroShotHead } from "#pipeline/clip/zero-shot.ts";
import type { Weights } from "#pipeline/run/index.ts";
import { clipText } from "#pipeline/zoo/clip-text.ts";
import { expectClose, golden } from "#test/support/golden.ts";
import { formulaTensor } from "#test/support/tiny.ts";
import { tinyClip } from "#test/support/tiny-columnar.ts";
import { runEager, runOnce } from "#test/support/tracing.ts";

interface Goldens {
  readonly tokens: { readonly text: string; readonly tokens: number[] }[];
  readonly tiny: { readonly embeddings: number[]; readonly zeroShot: number[] };
  readonly classes: string[];
  readonly templates: string[];
  readonly towers: Record<string, { tensors: number; parameters: number; sha256: string }>;
  readonly full: number[];
}
const goldens = golden<Goldens>("clip.json");
const tokenizer = await readTokenizer();
const tiny: ClipTextConfig = {
  context: 77,
  vocabulary: 49_408,
  width: 8,
  depth: 2,
  heads: 2,
  embedding: 6,
};

const formulaWeightsOf = (config: ClipTextConfig): Weights =>
  Object.fromEntries(
    clipTextParameters(config).map(({ name, shape }) => [name, { shape, data: formulaTensor(name, shape) }]),
  );

describe("the tokenizer", () => {
  test.each(goldens.tokens)("gives open_clip's tokens of $text", ({ text, tokens }) => {
    const found = tokenizer.tokenize([text], 77);
    expect([...found.tokens.subarray(0, tokens.length)]).toEqual(tokens);
    expect(found.tokens.subarray(tokens.length).every((token) => token === 0)).toBe(true);
    expect(found.last[0]).toBe(tokens.indexOf(49_407));
  });

  test("cuts a text that is too long and ends it all the same", () => {
    const { tokens, last } = tokenizer.tokenize(["a b c d e f g h", "a"], 5);
    expect([tokens[0], tokens[4], last[0]]).toEqual([49_406, 49_407, 4]);
    expect([...tokens.subarray(7), last[1]]).toEqual([49_407, 0, 0, 2]);
  });

  test("writes UTF-8 as TextEncoder does, halves of surrogate pairs too", () => {
    const text = "aé€😀\ud800x\udc00";
    expect(utf8(text)).toEqual([...new TextEncoder().encode(text)]);
  });

  // Python 3.11: [html.unescape(x) for x in …]
  test.each([
    ["&#0;&#x80;&#150;&#xD800;&#1114112;", "\ufffd€–\ufffd\ufffd"],
    ["&#11;&#xFDD0;a&#65534;", "a"],
    ["&amp &ampx &eacute &hellip &hellip; &#65 &#x41 ", "& &x é &hellip … A A "],
    ["&; &#x; &notit; &unknown;", "&; &#x; ¬it; &unknown;"],
  ])("reads %s as HTML does", (text, read) => {
    expect(unescapeHtml(text)).toBe(read);
  });
});

describe("the text tower", () => {
  const texts = goldens.tokens.map(({ text }) => text);
  const { tokens, last } = tokenizer.tokenize(texts, tiny.context);

  test("gives open_clip's embeddings", async () => {
    const program = embedTexts(tiny, texts.length, tiny.context);
    const { embedding } = await runOnce(program, formulaWeightsOf(tiny), { tokens, last });
    expectClose(embedding!, goldens.tiny.embeddings, 2e-5);
  });

  test("gives the same eagerly, and with fewer positions than it has", async () => {
    // The third and fourth text end before their 16th token.
    const cut = [2, 3].flatMap((text) => [...tokens.subarray(text * 77, text * 77 + 16)]);
    const feeds = { tokens: Int32Array.from(cut), last: last.slice(2, 4) };
    const { embedding } = await runEager(embedTexts(tiny, 2, 16), formulaWeightsOf(tiny), feeds);
    expectClose(embedding!, goldens.tiny.embeddings.slice(2 * 6, 4 * 6), 2e-5);
  });

  test.each([
    ["ViT-B-32-quickgelu", { width: 512, embedding: 512 }],
    ["ViT-B-16-quickgelu", { width: 512, embedding: 512 }],
    ["RN50-quickgelu", { width: 512, embedding: 1024 }],
    ["RN101-quickgelu", { width: 512, embedding: 512 }],
    ["RN50x4", { width: 640, embedding: 640 }],
    ["RN50x16", { width: 768, embedding: 768 }],
  ])("of %s has open_clip's parameters", (name, numbers) => {
    const specs = clipTextParameters(clipText("", numbers).config);
    const lines = specs.map((spec) => `${spec.name} ${spec.shape.join("x")}`).sort();
    const total = specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect({
      tensors: specs.length,
      parameters: total,
      sha256: createHash("sha256").update(lines.join("\n")).digest("hex"),
    }).toEqual(goldens.towers[name]);
  });

  test("says how many tokens it takes", () => {
    expect(() => embedTexts(tiny, 1, 78)).toThrow(
      "clip-text: expected at most 77 tokens, got 78; cut the texts",
    );
  });
});

describe("a zero-shot head", () => {
  const { classes, templates } = goldens;
  const texts = { classes, prompts: templates };
  const options = { device: "cpu", threads: 1 } as const;

  test("is open_clip's", async () => {
    const tower = { config: tiny, weights: formulaWeightsOf(tiny) };
    const head = await zeroShotHead(tower, tokenizer, texts, options);
    expectClose(head, goldens.tiny.zeroShot, 2e-5);
  });

  test("of more texts than one run takes has the same rows", async () => {
    const tower = { config: tiny, weights: formulaWeightsOf(tiny) };
    const many = { ...texts, classes: Array.from({ length: 14 }, (_, i) => classes[i % 3]!) };
    const head = await zeroShotHead(tower, tokenizer, many, options);
    const rows = goldens.tiny.zeroShot;
    const repeated = Array.from({ length: 14 * 6 }, (_, i) => rows[i % rows.length]!);
    expectClose(head, repeated, 2e-5);
  });

  test("gives an image tower logits: cosines times exp(logit_scale)", async () => {
    const weights = Object.fromEntries(
      openModel(tinyClip).parameters.map(({ name, shape }) => [
        name,
        { shape, data: formulaTensor(name, shape) },
      ]),
    );
    const tower = { config: tiny, weights: formulaWeightsOf(tiny) };
    const head = await zeroShotHead(tower, tokenizer, texts, options);
    const images = Float32Array.from({ length: 3 * 64 }, (_, i) => (i % 7) / 7);
    const bare = { ...tinyClip, numClasses: 0 };
    const { logits: embedding } = await runOnce(forwardDefinition(bare, [], 1), weights, { images });
    const { logits } = await runOnce(
      forwardDefinition({ ...tinyClip, numClasses: 3 }, [], 1),
      { ...weights, "zero_shot.weight": { shape: [3, 6], data: head } },
      { images },
    );
    const values = Array.from(embedding!);
    const length = Math.hypot(...values);
    const cosines = [0, 1, 2].map((row) =>
      values.reduce((sum, value, i) => sum + (value / length) * head[row * 6 + i]!, 0),
    );
    expectClose(logits!, cosines, 2e-5);
  });

  test.skipIf(process.env.ZOO !== "full")(
    "of ViT-B/32's text tower in full size is open_clip's (with ZOO=full)",
    { timeout: 300_000 },
    async () => {
      const { config } = clipText("", { width: 512, embedding: 512 });
      const head = await zeroShotHead(
        { config, weights: formulaWeightsOf(config) },
        tokenizer,
        texts,
        options,
      );
      expectClose(head, goldens.full, 1e-4);
    },
  );
});

test("the prompts of ImageNet are 80, and its classes 1000", async () => {
  const { prompts, classes } = await readImagenetPrompts();
  expect([prompts.length, classes.length]).toEqual([80, 1000]);
  expect([prompts[0], classes[0], classes[999]]).toEqual(["a bad photo of a {}.", "tench", "toilet paper"]);
});
