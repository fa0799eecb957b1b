/** What pages load a model from: chunks in the order of its layers, and their publication. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import { objectPath } from "#format/atlas-data.ts";
import { float16ToFloat32 } from "#format/float16.ts";
import { modelWeightsSchema } from "#format/model-weights.ts";
import { encodeSafetensors } from "#format/safetensors.ts";
import { chunksFor, weightBytes } from "#format/weight-chunks.ts";
import type { Event } from "#pipeline/progress.ts";
import { encodeChunk, planChunks, weightChunks } from "#pipeline/publish/weight-chunks.ts";
import { digestOf } from "#pipeline/store/objects.ts";
import { readSafetensors } from "#test/support/read-safetensors.ts";
import { buildTiny, type TinyAtlas, writeTinyAtlas } from "#test/support/tiny-atlas.ts";
import { TINY_MODELS, weightsOf } from "#test/support/tiny-models.ts";

/** ViT-L/16, whose feed-forward matrices are 8 MB each. */
const LARGE: ModelConfig = {
  architecture: "vit",
  config: { patchSize: 16, width: 1024, depth: 24, heads: 16, mlpRatio: 4 },
  imageSize: 224,
  numClasses: 1000,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};

describe.each(TINY_MODELS)("the chunks of a $name", (config) => {
  const model = openModel(config);
  const { chunks, taps } = planChunks(model);
  const namesOf = (count: number) =>
    chunks.slice(0, count).flatMap(({ tensors }) => tensors.map(({ name }) => name));

  test("up to a tap's are what it is computed from, and no more", () => {
    for (const { name } of model.taps) {
      const needed = model.featureParameters(name).map((spec) => spec.name);
      expect(namesOf(taps[name]!).sort()).toEqual(needed.sort());
    }
  });

  test("hold every parameter once, those of the classes last", () => {
    expect(namesOf(chunks.length).sort()).toEqual(model.parameters.map(({ name }) => name).sort());
    expect(chunks.at(-1)!.tap).toBeNull();
  });

  test("give the weights back, rounded to halves by as much as they say", () => {
    const weights = weightsOf(config);
    const { rounding, bytes, ...manifest } = weightChunks(config, weights);
    let worst = 0;
    manifest.chunks.forEach(({ tensors, object }, i) => {
      expect(object).toEqual({ digest: digestOf(bytes[i]!), ext: "bin", bytes: bytes[i]!.length });
      for (const { name, shape, offset } of tensors) {
        const { data } = weights[name]!;
        const halves = new Uint16Array(bytes[i]!.slice(offset, offset + 2 * data.length).buffer);
        expect(shape).toEqual(weights[name]!.shape);
        const largest = Math.max(...data.map(Math.abs));
        float16ToFloat32(halves).forEach((value, j) => {
          worst = Math.max(worst, Math.abs(value - data[j]!) / largest);
        });
      }
    });
    expect(rounding).toBeCloseTo(worst, 12);
    // Half of the last of 11 bits.
    expect(rounding).toBeGreaterThan(0);
    expect(rounding).toBeLessThanOrEqual(2 ** -11);
  });
});

test("chunks of a large model are of 4 MB at most, but for tensors that are larger alone", () => {
  const { chunks, taps } = planChunks(openModel(LARGE));
  for (const { tensors } of chunks) {
    const bytes = tensors.reduce((sum, { shape }) => sum + 2 * shape.reduce((a, b) => a * b, 1), 0);
    expect(bytes <= 4_000_000 || tensors.length === 1).toBe(true);
  }
  expect(chunks.filter(({ tap }) => tap === "blocks.1.mlp.act").length).toBeGreaterThan(4);
  expect(taps["blocks.0.mlp.act"]).toBeLessThan(taps["blocks.1.mlp.act"]!);
});

test.each([70_000, Number.NaN])("a weight of %d is refused by name", (value) => {
  const plan = { tap: "t", tensors: [{ name: "head.bias", shape: [2], offset: 0 }] };
  const weights = { "head.bias": { shape: [2], data: Float32Array.of(1, value) } };
  expect(() => encodeChunk(plan, weights)).toThrow(
    `"head.bias": expected numbers within ±65504, which halves hold, got ${value}; pages of this model load no weights`,
  );
});

describe("publishing", () => {
  const manifestOf = ({ data }: TinyAtlas, model: string) =>
    modelWeightsSchema.parse(JSON.parse(readFileSync(join(data, `models/${model}/weights.json`), "utf8")));

  let atlas: TinyAtlas;
  beforeAll(async () => {
    atlas = await writeTinyAtlas({}, mkdtempSync(join(tmpdir(), "atlas-weights-")));
    return () => rmSync(atlas.folder, { recursive: true, force: true });
  });

  test("puts a manifest beside each model, its chunks among the objects, and schemas beside the data", async () => {
    const { models } = await buildTiny(atlas);
    for (const { card, digest, labels, model } of models!) {
      const manifest = manifestOf(atlas, card.id);
      expect(manifest.weights).toBe(digest);
      expect(manifest.classes).toEqual(labels.map(({ name }) => name));
      expect(openModel(manifest.config).parameters).toEqual(model.parameters);
      for (const { object } of manifest.chunks) {
        expect(digestOf(readFileSync(join(atlas.objects, "..", objectPath(object))))).toBe(object.digest);
      }
      const first = model.taps[0]!.name;
      expect(weightBytes(manifest, first)).toBeLessThan(weightBytes(manifest));
      expect(() => chunksFor(manifest, "blocks.9")).toThrow(`${card.id}: weights: expected one of ${first}`);
    }
    const schema = JSON.parse(readFileSync(join(atlas.data, "schemas/weights.json"), "utf8"));
    expect(schema.properties.chunks.type).toBe("array");
  }, 120_000);

  test("leaves a model without where a weight is too large for halves, and says so", async () => {
    const file = join(atlas.folder, "tiny_vit.safetensors");
    const tensors = Object.entries(readSafetensors(readFileSync(file))).map(([name, { shape, values }]) => {
      return [name, { shape, data: name === "head.bias" ? values.fill(70_000) : values }] as const;
    });
    writeFileSync(file, encodeSafetensors(Object.fromEntries(tensors), "F32"));
    const notes: string[] = [];
    const onEvent = (event: Event) => event.type === "note" && notes.push(event.text);
    await buildTiny(atlas, { onEvent });
    expect(notes.join("\n")).toContain('tiny_vit: "head.bias": expected numbers within ±65504');
    expect(readdirSync(join(atlas.data, "models/tiny_vit"))).not.toContain("weights.json");
    expect(readdirSync(join(atlas.data, "models/tiny_resnet"))).toContain("weights.json");
  }, 120_000);

  test("leaves weights out where the configuration says so, and takes them away", async () => {
    await buildTiny(atlas, { overrides: { island: false } });
    expect(readdirSync(join(atlas.data, "models/tiny_resnet"))).not.toContain("weights.json");
  }, 120_000);
});
