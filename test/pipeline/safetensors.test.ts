/** Safetensors: what is written is read again, and nothing a broken or hostile file claims is believed. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toFloat16 } from "#format/float16.ts";
import { decodeTensor, encodeSafetensors, parseHeader } from "#format/safetensors.ts";
import { readWeights } from "#pipeline/weights/read.ts";
import { hasReal, REAL } from "#test/support/real.ts";
import { tempFolder } from "#test/support/temp.ts";

type Claims = Record<string, unknown>;

/** A file of the given header (object or raw text) and as many bytes of data. */
function fileOf(header: Claims | string, dataBytes: number, claimedLength?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimedLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** The message with which a file of these bytes is refused, the temporary folder cut off. */
async function refusal(bytes: Uint8Array): Promise<string> {
  const folder = tempFolder();
  const path = join(folder, "w.safetensors");
  writeFileSync(path, bytes);
  const error = await readWeights(path).then(
    () => new Error("not refused"),
    (e: Error) => e,
  );
  expect(error.name).toBe("AtlasFailure");
  expect(error).toHaveProperty("failure.reason", "weights-invalid");
  return error.message.replaceAll(`${folder}/`, "");
}

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("safetensors files", () => {
  it("give back what was encoded as F32, with metadata and names in any script", async () => {
    const path = join(tempFolder(), "w.safetensors");
    const weights = {
      "blocks.0.attn.qkv.weight": { shape: [2, 3], data: Float32Array.of(1, -2, 0.1, 3e38, -0, 1e-40) },
      "größe 𝕏": { shape: [], data: Float32Array.of(7) },
      empty: { shape: [0, 4], data: new Float32Array(0) },
    };
    writeFileSync(path, encodeSafetensors(weights, "F32", { recipe: "ä" }));
    const file = await readWeights(path);
    expect(file.metadata).toEqual({ recipe: "ä" });
    expect([...file.names].sort()).toEqual(Object.keys(weights).sort());
    for (const [name, { shape, data }] of Object.entries(weights)) {
      expect(file.shapes.get(name)).toEqual(shape);
      expect(file.get(name)).toEqual(data);
    }
  });

  it("have a digest of their bytes", async () => {
    const path = join(tempFolder(), "w.safetensors");
    writeFileSync(path, encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }, "F32"));
    const { digest } = await readWeights(path);
    const { createHash } = await import("node:crypto");
    const { readFileSync } = await import("node:fs");
    expect(digest).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
  });

  it("encode to equal bytes whatever the order of the names", () => {
    const a = { shape: [1], data: Float32Array.of(1) };
    const b = { shape: [1], data: Float32Array.of(2) };
    expect(encodeSafetensors({ a, b }, "F16")).toEqual(encodeSafetensors({ b, a }, "F16"));
  });

  it("round F16 to nearest even, keeping subnormals, infinities and NaN", () => {
    const cases: [number, number][] = [
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65519, 0x7bff],
      [65520, 0x7c00],
      [2 ** -24, 1],
      [2 ** -25, 0],
      [1.5 * 2 ** -24, 2],
      [2 ** -14, 0x0400],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [Number.NEGATIVE_INFINITY, 0xfc00],
      [-0, 0x8000],
    ];
    for (const [value, half] of cases) expect(toFloat16(value), `${value}`).toBe(half);
    expect(toFloat16(Number.NaN) & 0x7fff).toBeGreaterThan(0x7c00);
  });

  it("decode every F16 number to what encodes to it again", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const entry = { name: "all", dtype: "F16", shape: [65536], begin: 0, end: 131072 } as const;
    const values = decodeTensor(new Uint8Array(halves.buffer), entry, "w");
    const wrong = [...halves].filter((half) => {
      const value = values[half]!;
      return Number.isNaN(value) ? (half & 0x7fff) <= 0x7c00 : toFloat16(value) !== half;
    });
    expect(wrong).toEqual([]);
  });

  it("decode BF16, F64 and I64", () => {
    const brains = new Uint8Array(Uint16Array.of(0x3f80, 0xc049).buffer);
    const counts = new Uint8Array(BigInt64Array.of(12345n, -1n).buffer);
    const doubles = new Uint8Array(Float64Array.of(0.1, -2).buffer);
    const entry = (dtype: "BF16" | "F64" | "I64", end: number) => ({
      name: "t",
      dtype,
      shape: [2],
      begin: 0,
      end,
    });
    expect([...decodeTensor(brains, entry("BF16", 4), "w")]).toEqual([1, -3.140625]);
    expect([...decodeTensor(doubles, entry("F64", 16), "w")]).toEqual([Math.fround(0.1), -2]);
    expect([...decodeTensor(counts, entry("I64", 16), "w")]).toEqual([12345, -1]);
  });

  it("decode at an odd offset", () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1.5, -2.5).buffer), 1);
    const entry = { name: "t", dtype: "F32", shape: [2], begin: 0, end: 8 } as const;
    expect([...decodeTensor(bytes.subarray(1), entry, "w")]).toEqual([1.5, -2.5]);
  });

  it("refuse to write a value beyond F16", () => {
    expect(() => encodeSafetensors({ a: { shape: [1], data: Float32Array.of(7e4) } }, "F16")).toThrow(
      '"a": expected values within ±65504 for F16, got 70000; write F32',
    );
  });
});

describe("a broken safetensors file is refused:", () => {
  const again = "download or export the file again";

  it("empty", async () => {
    expect(await refusal(new Uint8Array(0))).toBe(
      `w.safetensors: expected a safetensors file of at least 8 bytes, got 0 bytes; ${again}`,
    );
  });

  it("truncated in the header", async () => {
    expect(await refusal(fileOf({ a: f32([1], 0, 4) }, 4).subarray(0, 30))).toBe(
      `w.safetensors: header: expected a length within the file's 30 bytes, got 54; the file is truncated or not safetensors; ${again}`,
    );
  });

  it("truncated in the data", async () => {
    const whole = fileOf({ a: f32([100], 0, 400) }, 400);
    expect(await refusal(whole.subarray(0, whole.length - 1))).toBe(
      `w.safetensors: "a": expected bytes within the file's 465, got an end at 466; the file is truncated; ${again}`,
    );
  });

  it("with an oversized header", async () => {
    expect(await refusal(fileOf({}, 0, 2n ** 63n))).toBe(
      "w.safetensors: header: expected a length of at most 100000000 bytes, got 9223372036854775808; check that this is a safetensors file",
    );
  });

  it("not JSON", async () => {
    expect(await refusal(fileOf("not JSON", 0))).toMatch(
      /^w\.safetensors: header: expected JSON, got .*not JSON.*; download/,
    );
  });

  it("not UTF-8", async () => {
    const bytes = fileOf('{"a":1}', 0);
    bytes[10] = 0xff;
    expect(await refusal(bytes)).toBe(`w.safetensors: header: expected UTF-8, got other bytes; ${again}`);
  });

  it("not an object", async () => {
    expect(await refusal(fileOf("[1]", 0))).toBe(
      `w.safetensors: header: expected a JSON object, got [1]; ${again}`,
    );
  });

  it("with a name twice", async () => {
    const entry = JSON.stringify(f32([1], 0, 4));
    expect(await refusal(fileOf(`{"a":${entry},"\\u0061" :${entry}}`, 4))).toBe(
      `w.safetensors: "a": expected every name once in the header, got it twice; ${again}`,
    );
  });

  it("with a dtype that the format does not have", async () => {
    expect(await refusal(fileOf({ a: { ...f32([1], 0, 4), dtype: "F33" } }, 4))).toBe(
      `w.safetensors: "a": expected a dtype of BOOL, U8, I8, F8_E5M2, F8_E4M3, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64, got "F33"; ${again}`,
    );
  });

  it("with a wrong dtype for its bytes", async () => {
    expect(await refusal(fileOf({ a: { ...f32([2, 3], 0, 24), dtype: "F16" } }, 24))).toBe(
      `w.safetensors: "a": expected 12 bytes for F16 [2, 3], got data_offsets [0, 24], 24 bytes; ${again}`,
    );
  });

  it("with overlapping offsets", async () => {
    expect(await refusal(fileOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12))).toBe(
      `w.safetensors: "b": expected bytes that start at 124, where "a" ends, got 120, an overlap of 4 bytes; ${again}`,
    );
  });

  it("with a gap", async () => {
    expect(await refusal(fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12))).toMatch(
      /"b": expected bytes that start at \d+, where "a" ends, got \d+, a gap of 4 bytes/,
    );
  });

  it("with bytes after the last tensor", async () => {
    expect(await refusal(fileOf({ a: f32([1], 0, 4) }, 7))).toBe(
      `w.safetensors: expected an end at 66, where "a" ends, got 3 bytes more; ${again}`,
    );
  });

  it("with offsets beyond the end", async () => {
    expect(await refusal(fileOf({ a: f32([1000], 0, 4000) }, 4))).toMatch(
      /"a": expected bytes within the file's \d+, got an end at \d+; the file is truncated/,
    );
  });

  it.each([
    ["negative", [-1, 4]],
    ["fractional", [0.5, 4]],
    ["reversed", [4, 0]],
    ["beyond exact integers", [0, 2 ** 60]],
    ["missing", undefined],
  ])("with %s offsets", async (_, offsets) => {
    expect(await refusal(fileOf({ a: { dtype: "F32", shape: [1], data_offsets: offsets } }, 4))).toContain(
      '"a": expected data_offsets [begin, end] with 0 ≤ begin ≤ end, got ',
    );
  });

  it.each([[[-1]], [[1.5]], ["12"], [new Array(9).fill(1)], [null]])("with shape %j", async (shape) => {
    expect(await refusal(fileOf({ a: { dtype: "F32", shape, data_offsets: [0, 4] } }, 4))).toContain(
      '"a": expected a shape of at most 8 whole numbers ≥ 0, got ',
    );
  });

  it("with a shape whose product overflows", async () => {
    expect(await refusal(fileOf({ a: f32([2 ** 40, 2 ** 40], 0, 4) }, 4))).toContain(
      "got data_offsets [0, 4]",
    );
  });

  it("with metadata that are not strings", async () => {
    expect(await refusal(fileOf({ __metadata__: { epochs: 3 } }, 0))).toBe(
      `w.safetensors: "__metadata__": expected an object of strings, got {"epochs":3}; ${again}`,
    );
  });

  it("but one with an unreadable tensor that nobody asks for is not", async () => {
    const path = join(tempFolder(), "w.safetensors");
    writeFileSync(path, fileOf({ a: { dtype: "BOOL", shape: [4], data_offsets: [0, 4] } }, 4));
    const file = await readWeights(path);
    expect(() => file.get("a")).toThrow(
      '"a": expected dtype F32, F16, BF16, F64 or I64, got BOOL; convert the tensor',
    );
    expect(() => file.get("b")).toThrow('"b": expected a tensor of that name, got none among 1');
  });

  it("changed while it is in use", async () => {
    const path = join(tempFolder(), "w.safetensors");
    writeFileSync(path, fileOf({ a: f32([1], 0, 4) }, 4));
    const file = await readWeights(path);
    writeFileSync(path, new Uint8Array(3));
    expect(() => file.get("a")).toThrow("expected the 66 bytes it had when it was opened, got 3 bytes");
  });

  it("missing, or a folder", async () => {
    const folder = tempFolder();
    await expect(readWeights(join(folder, "none.safetensors"))).rejects.toMatchObject({
      failure: {
        reason: "weights-missing",
        got: "no such file",
        next: "put the file there, or correct weights.file in the model card",
      },
    });
    await expect(readWeights(folder)).rejects.toMatchObject({
      failure: { reason: "weights-missing", got: "a folder" },
    });
  });

  it("quickly, even with a header of many megabytes", () => {
    const text = `{"${"x".repeat(20_000_000)}":1}`;
    expect(() => parseHeader(text, text.length, text.length + 8, "w")).toThrow(
      "expected an object with dtype",
    );
  });
});

describe.skipIf(!hasReal)("the real DeiT-Tiny file (../shared/real)", () => {
  it("has timm's tensors", async () => {
    const file = await readWeights(join(REAL, "weights/deit_tiny_patch16_224.safetensors"));
    expect(file.shapes.get("blocks.11.attn.qkv.weight")).toEqual([576, 192]);
    const head = file.get("head.weight");
    expect(head.length).toBe(192_000);
    expect(head.every(Number.isFinite)).toBe(true);
  });
});
