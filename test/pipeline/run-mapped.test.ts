/** Weights that stay in their file: programs map them, nobody reads them, and the numbers are the same. */
import { existsSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Definition } from "#core/definition.ts";
import { encodeSafetensors } from "#format/safetensors.ts";
import { compile, type Weights } from "#pipeline/run/index.ts";
import { inFloat32 } from "#pipeline/weights/float32.ts";
import { type LoadedWeights, namedTensors, openWeights } from "#pipeline/weights/load.ts";
import { tempFolder } from "#test/support/temp.ts";

const matrix = { shape: [3, 4], dtype: "float32" } as const;
const definition: Definition = {
  name: "affine",
  inputs: { x: { shape: [2, 3], dtype: "float32" } },
  params: { weight: matrix, bias: { shape: [4], dtype: "float32" } },
  run: ({ x }, { weight, bias }) => ({
    y: tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), bias!),
  }),
};
const x = Float32Array.of(1, 2, 3, -1, 0.5, 0.25);
const tensors = {
  bias: { shape: [4], data: Float32Array.of(0.5, -0.5, 1, 2) },
  unused: { shape: [1], data: Float32Array.of(7) },
  weight: { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i / 4 - 1) },
};

async function weightsOf(dtype: "F16" | "F32"): Promise<LoadedWeights["weights"]> {
  const path = join(tempFolder(), "w.safetensors");
  writeFileSync(path, encodeSafetensors(tensors, dtype));
  return namedTensors("w", await openWeights(path));
}

async function outputs(weights: Weights, apart: boolean): Promise<number[]> {
  const runner = await compile(definition, weights, { device: "cpu", threads: 1, apart });
  const { y } = await runner.run({ x });
  await runner.dispose();
  return [...y!];
}

describe.each([
  ["here", false],
  ["apart", true],
])("a program %s", (_, apart) => {
  test("computes the same with float32 weights in their file, and does not read them", async () => {
    const weights = await weightsOf("F32");
    const unread = Object.fromEntries(
      Object.entries(weights).map(([name, { shape, place }]) => [
        name,
        {
          shape,
          place: place!,
          get data(): Float32Array {
            throw new Error(`${name} was read`);
          },
        },
      ]),
    );
    expect(await outputs(unread, apart)).toEqual(await outputs(tensors, apart));
  });

  test("converts halves, which have no place", async () => {
    const weights = await weightsOf("F16");
    expect(weights.weight!.place).toBeUndefined();
    expect(await outputs(weights, apart)).toEqual(await outputs(tensors, apart));
  });
});

test("halves of a large model are copied to float32 once, and mapped", async () => {
  const folder = tempFolder();
  const loaded = { weights: await weightsOf("F16"), digest: "d" };
  const mapped = await inFloat32(loaded, folder, 0);
  expect(Object.values(mapped).every(({ place }) => place)).toBe(true);
  expect(await outputs(mapped, true)).toEqual(await outputs(tensors, false));
  const [copy] = readdirSync(folder);
  const before = statSync(join(folder, copy!)).mtimeMs;
  expect(await inFloat32(loaded, folder, 0)).toEqual(mapped);
  expect([readdirSync(folder), statSync(join(folder, copy!)).mtimeMs]).toEqual([[copy], before]);
});

test("small weights, and those that have places, are not copied", async () => {
  const folder = tempFolder();
  const [halves, floats] = [await weightsOf("F16"), await weightsOf("F32")];
  expect(await inFloat32({ weights: halves, digest: "d" }, folder)).toBe(halves);
  expect(await inFloat32({ weights: floats, digest: "d" }, folder, 0)).toBe(floats);
  expect(readdirSync(folder)).toEqual([]);
});

test.skipIf(!existsSync("/dev/full"))(
  "a copy that does not fit on the disk is a failure, and is not kept",
  async () => {
    const folder = tempFolder();
    const loaded = { weights: await weightsOf("F16"), digest: "d" };
    await inFloat32(loaded, folder, 0);
    const [copy] = readdirSync(folder);
    rmSync(join(folder, copy!));
    symlinkSync("/dev/full", join(folder, `${copy}.${process.pid}`));
    await expect(inFloat32(loaded, folder, 0)).rejects.toMatchObject({ failure: { reason: "disk-full" } });
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("a weight of another size than its place is refused before anything is mapped", async () => {
  const weights = await weightsOf("F32");
  const { place } = weights.bias!;
  await expect(outputs({ ...weights, weight: { ...weights.weight!, place: place! } }, false)).rejects.toThrow(
    'affine: expected "weight" [3, 4], got 4 values for [3, 4]; is the key map of the model card right?',
  );
});
