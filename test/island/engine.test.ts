/** The engine of the island without a browser: what it needs of tfjs, replays, its self-check and its memory. */
import "@tensorflow/tfjs";
import { createHash } from "node:crypto";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ascentStep, forwardDefinition, initialImage, stepFeeds } from "#core/ascent.ts";
import { runEagerly } from "#core/definition.ts";
import { architectures, openModel } from "#core/models/index.ts";
import { recipes } from "#core/recipes.ts";
import { AscentRun, planRun, startOf } from "#island/engine/ascent-run.ts";
import type { Device } from "#island/engine/device.ts";
import { FAMILIES, needsOf } from "#island/engine/families.ts";
import { GRADIENTS, type Group, KERNELS } from "#island/engine/kernels.ts";
import { Pace } from "#island/engine/pace.ts";
import { listen, registerKernels } from "#island/engine/recording.ts";
import { replayable } from "#island/engine/replay.ts";
import { type Check, findingsOf, LARGEST_ERROR, selfCheck, toyStep } from "#island/engine/self-check.ts";
import { recipeOf } from "#island/engine/settings.ts";
import { sha256 } from "#island/engine/sha256.ts";
import type { Run, Settings } from "#island/protocol.ts";
import { formulaWeights, tensorFor, tinyModels, tinyVit } from "#test/support/tiny.ts";
import { runOnce } from "#test/support/tracing.ts";

// Plain JavaScript is slow, and a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

tf.enableProdMode();
const plain = new Map(tf.getKernelsForBackend("cpu").map((config) => [config.kernelName, config]));

/** All kernels of plain JavaScript with the island's ear before them. */
beforeAll(async () => {
  await tf.setBackend("cpu");
  for (const name of plain.keys()) tf.unregisterKernel(name, "cpu");
  registerKernels(Object.fromEntries(plain));
});
afterAll(() => {
  for (const [name, config] of plain) {
    tf.unregisterKernel(name, "cpu");
    tf.registerKernel(config);
  }
});

const settings: Settings = {
  recipe: "atlas",
  seed: 1,
  steps: 200,
  copies: 2,
  learningRate: 0.1,
  variationWeight: 1,
  jitterAt224: 32,
};
const run: Run = {
  tap: "blocks.1.mlp.act",
  aim: [{ unit: 2, weight: 1 }],
  settings,
  start: { from: "noise", unitSeed: 2 },
};
const device = (): Device => ({
  name: "cpu",
  backend: tf.backend(),
  lost: new AbortController().signal,
  settle: () => Promise.resolve(),
});

/** What the programs of each family call. */
const called = new Map<string, Calls>();

describe("what is shipped of tfjs", () => {
  beforeAll(() => {
    for (const model of Object.values(tinyModels)) {
      const { kernels, gradients } = called.get(model.architecture) ?? {
        kernels: new Set(),
        gradients: new Set(),
      };
      called.set(model.architecture, { kernels, gradients });
      const stop = watchGradients((name) => gradients.add(name));
      listen(
        (kernel) => void kernels.add(nameOf(kernel)),
        () => runPrograms(model),
      );
      stop();
    }
  });
  const groups = Object.keys(KERNELS) as Group[];
  const shipped = (family: string, of: typeof KERNELS | typeof GRADIENTS): string[] =>
    ["base" as const, ...FAMILIES[family]!.groups].flatMap((group): readonly string[] => of[group]);

  test("is listed for every family", () => {
    expect(Object.keys(FAMILIES).sort()).toEqual(Object.keys(architectures).sort());
  });

  test("is, for each family, every kernel and gradient that its programs call", () => {
    for (const [family, { kernels, gradients }] of called) {
      expect(shipped(family, KERNELS), family).toEqual(expect.arrayContaining([...kernels]));
      expect(shipped(family, GRADIENTS), family).toEqual(expect.arrayContaining([...gradients]));
    }
  });

  test("is nothing that none of the families calls that load it", () => {
    for (const group of groups) {
      const loading = [...called].filter(([family]) => shipped(family, KERNELS).includes(KERNELS[group][0]));
      const calls = (kind: keyof Calls): string[] => loading.flatMap(([, made]) => [...made[kind]]);
      expect(calls("kernels")).toEqual(expect.arrayContaining([...KERNELS[group]]));
      expect(calls("gradients")).toEqual(expect.arrayContaining([...GRADIENTS[group]]));
    }
    // What is loaded in any case, the models of the picturebook both need.
    for (const { kernels, gradients } of [called.get("vit")!, called.get("resnet")!]) {
      expect([...kernels]).toEqual(expect.arrayContaining([...KERNELS.base]));
      expect([...gradients]).toEqual(expect.arrayContaining([...GRADIENTS.base]));
    }
  });

  test("is no group that a family has no use for", () => {
    for (const [family, { kernels, gradients }] of called)
      for (const group of FAMILIES[family]!.groups) {
        const used = [...KERNELS[group], ...GRADIENTS[group]].filter(
          (name) => kernels.has(name) || gradients.has(name),
        );
        expect(used, `${family}: ${group}`).not.toEqual([]);
      }
  });

  test("is everything for a family that is in no list", async () => {
    const { groups: all, checks } = await needsOf("toString");
    expect([...all].sort()).toEqual([...groups].sort());
    expect(new Set(checks.map(({ model }) => model.architecture))).toEqual(new Set(Object.keys(FAMILIES)));
  });
});

interface Calls {
  readonly kernels: Set<string>;
  readonly gradients: Set<string>;
}

const names = new Map([...plain].map(([name, { kernelFunc }]) => [kernelFunc, name]));
const nameOf = (kernel: tf.KernelFunc): string => names.get(kernel)!;

/** Both aims at the first and last tap, one copy and two, with and without noise of its own, and the forward pass. */
function runPrograms(model: (typeof tinyModels)[string]): void {
  const params = formulaWeights(model);
  const { taps } = openModel(model);
  const ends = [taps[0]!.name, taps.at(-1)!.name];
  const definitions = [
    ...ends.flatMap((tap) => [
      ascentStep(model, tap, { ...recipes.atlas, copies: 1 }, 1),
      ascentStep(model, tap, { ...recipes.atlas, copies: 2 }, 1),
      ascentStep(model, tap, { ...recipes["ghiasi2022-paper"], copies: 2 }, 1, "direction"),
    ]),
    forwardDefinition(model, ends, 1),
  ];
  for (const definition of definitions) {
    const inputs = Object.fromEntries(
      Object.entries(definition.inputs).map(([name, { shape, dtype }]) => [
        name,
        tf.zeros([...shape] as [number], dtype),
      ]),
    );
    tf.dispose(runEagerly(definition, inputs, params));
    tf.dispose(inputs);
  }
  tf.dispose(params as Record<string, tf.Tensor>);
}

/** Tells of each gradient that is called, until what it gives is called. */
function watchGradients(tell: (name: string) => void): () => void {
  const watched = [...plain.keys()].flatMap((name) => tf.getGradient(name) ?? []);
  const put = (gradient: tf.GradConfig): void => {
    tf.unregisterGradient(gradient.kernelName);
    tf.registerGradient(gradient);
  };
  for (const gradient of watched) {
    put({
      ...gradient,
      gradFunc(...given) {
        tell(gradient.kernelName);
        return gradient.gradFunc(...given);
      },
    });
  }
  return () => watched.forEach(put);
}

const checksOf = async (family: string): Promise<readonly Check[]> => (await needsOf(family)).checks;

test("a family's check calls what its steps call, but for little", async () => {
  const missing: Record<string, string[]> = {};
  for (const [family, { kernels }] of called) {
    const checked = await kernelsOf(await checksOf(family));
    const unchecked = [...kernels].filter((name) => !checked.has(name)).sort();
    if (unchecked.length > 0) missing[family] = unchecked;
  }
  // What lies behind the tap that a toy climbs, or before another.
  expect(missing).toEqual({
    clip_resnet: ["Concat", "Equal", "Range", "Softmax"],
    coat: ["Pack"],
    googlenet: ["Concat", "SplitV"],
    mobilenet: ["Equal", "Range"],
  });
});

describe.each(Object.keys(FAMILIES))("the self-check of %s", (family) => {
  test("is of that family, and knows what onnxruntime computes too", async () => {
    for (const check of await checksOf(family)) {
      expect(check.model.architecture).toBe(family);
      const { definition, feeds, weights } = toyStep(check);
      const named = Object.fromEntries(
        Object.entries(definition.params).map(([name, { shape }]) => [
          name,
          { shape, data: weights[name] as Float32Array },
        ]),
      );
      const { m, objective, variation } = await runOnce(definition, named, feeds);
      expect(Math.hypot(...m!)).toBeCloseTo(check.expected.gradient.length, 5);
      expect(objective![0]).toBeCloseTo(check.expected.objective, 5);
      expect(variation![0]! / check.expected.variation).toBeCloseTo(1, 5);
    }
  });

  test("passes where every kernel is right, by a wide margin", async () => {
    expect(await selfCheck(await checksOf(family))).toBeLessThan(LARGEST_ERROR / 500);
  });

  test("refuses a backend for each kernel it calls that is wrong by a twentieth", async () => {
    const checks = await checksOf(family);
    const missed: string[] = [];
    for (const name of await kernelsOf(checks)) {
      // What moves or selects values has no magnitude to be wrong by: it is moved by one place.
      sabotage(name, MOVERS.has(name) ? rotated : scaled);
      const error = await selfCheck(checks).catch(() => Number.POSITIVE_INFINITY);
      restore(name);
      if (error <= LARGEST_ERROR) missed.push(name);
    }
    expect(missed).toEqual([]);
  });
});

const MOVERS = new Set([
  "Cast",
  "Equal",
  "ExpandDims",
  "GatherV2",
  "Less",
  "LessEqual",
  "Range",
  "Step",
  "Tile",
]);

async function kernelsOf(checks: readonly Check[]): Promise<Set<string>> {
  const kernels = new Set<string>();
  for (const check of checks)
    await listen(
      (kernel) => void kernels.add(nameOf(kernel)),
      () => findingsOf(check),
    );
  return kernels;
}

type Change = (values: Float32Array) => Float32Array;
const scaled: Change = (values) => values.map((value) => value * 1.05);
/** Equal values, which moving leaves as they are, become others that are as good as indices. */
const rotated: Change = (values) =>
  values.every((value) => value === values[0])
    ? values.map((value) => (value === 0 ? 1 : 0))
    : values.map((_, i) => values[(i + 1) % values.length]!);

function sabotage(name: string, change: Change): void {
  const { kernelFunc, ...config } = plain.get(name)!;
  tf.unregisterKernel(name, "cpu");
  tf.registerKernel({
    ...config,
    kernelFunc(call) {
      const results = kernelFunc(call);
      const backend = tf.backend() as unknown as {
        data: tf.DataStorage<{ values: Float32Array }>;
        makeTensorInfo(shape: number[], dtype: tf.DataType, values: Float32Array): tf.TensorInfo;
      };
      const wrong = ({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo =>
        backend.makeTensorInfo(shape, dtype, change(backend.data.get(dataId).values));
      return Array.isArray(results) ? results.map(wrong) : wrong(results);
    },
  });
}

function restore(name: string): void {
  tf.unregisterKernel(name, "cpu");
  registerKernels({ [name]: plain.get(name)! });
}

describe("a replayed program", () => {
  test.each(["tiny vit", "tiny resnet", "tiny bottleneck resnet"])(
    "gives the bits of the eager one, step after step: %s",
    (name) => {
      const model = tinyModels[name]!;
      const tap = openModel(model).taps.at(-1)!;
      const direction = tf.tensor2d(
        Array.from({ length: tap.units }, (_, i) => Math.sin(i)),
        [1, tap.units],
      );
      const weights = formulaWeights(model);
      for (const goal of [{ unit: tf.tensor1d([1], "int32") }, { direction }]) {
        const aim = "unit" in goal ? "unit" : "direction";
        const definition = ascentStep(model, tap.name, recipes.atlas, 1, aim);
        const program = replayable(definition, tf.backend(), {
          ...weights,
          ...(goal as Record<string, tf.Tensor>),
        });
        const replayed = climb(definition, (inputs) => program.run(inputs));
        const eager = climb(definition, (inputs) => runEagerly(definition, { ...inputs, ...goal }, weights));
        expect(replayed).toEqual(eager);
        program.dispose();
      }
    },
  );
});

/** Images of four steps. */
function climb(
  definition: ReturnType<typeof ascentStep>,
  step: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
): Float32Array[] {
  const size = definition.inputs.image!.shape[3]!;
  const image = initialImage(recipes.atlas, size, 1, 2);
  const zeros = new Float32Array(image.length);
  let state = Object.fromEntries(
    Object.entries({ image, m: zeros, v: zeros }).map(([name, values]) => [
      name,
      tensorFor(definition, name, values),
    ]),
  );
  return Array.from({ length: 4 }, (_, t) => {
    const feeds = Object.entries(stepFeeds(recipes.atlas, size, 1, 1, t));
    const fed = Object.fromEntries(
      feeds.map(([name, values]) => [name, tensorFor(definition, name, values)]),
    );
    const { image: next, m, v } = step({ ...state, ...fed });
    state = { image: next!, m: m!, v: v! };
    return next!.dataSync<"float32">().slice();
  });
}

describe("a run", () => {
  test("keeps memory flat: step 200 holds what step 10 held", async () => {
    const plan = planRun(tinyVit, run);
    const climbing = new AscentRun(plan, startOf(plan, run), formulaWeights(tinyVit), device());
    const held: unknown[] = [];
    while (climbing.step < 200) {
      await climbing.advance();
      if (climbing.step !== 10 && climbing.step !== 200) continue;
      await climbing.snapshot();
      const { numTensors, numBytes } = tf.memory();
      held.push({ numTensors, numBytes, values: tf.backend().numDataIds() });
    }
    expect(held[1]).toEqual(held[0]);
  });

  test("goes on from a snapshot to the bits it would have had, and records what the pipeline does", async () => {
    const plan = planRun(tinyVit, run);
    const params = formulaWeights(tinyVit);
    const whole = new AscentRun(plan, startOf(plan, run), params, device());
    while (whole.step < 12) await whole.advance();
    const first = new AscentRun(plan, startOf(plan, run), params, device());
    while (first.step < 5) await first.advance();
    const second = new AscentRun(plan, await first.snapshot(), params, device());
    while (second.step < 12) await second.advance();
    const [expected, found] = [await whole.snapshot(), await second.snapshot()];
    expect(found).toEqual(expected);
    expect(found.recorded).toEqual([0, 3, 6, 9]);
  });

  test("climbs a blend of two units as a direction, and a unit by its own row", () => {
    const blend = planRun(tinyVit, {
      ...run,
      aim: [
        { unit: 2, weight: 1 },
        { unit: 3, weight: -0.5 },
      ],
    });
    expect([...(blend.goal as { direction: Float32Array }).direction.slice(0, 5)]).toEqual([
      0, 0, 1, -0.5, 0,
    ]);
    expect(planRun(tinyVit, run).goal).toEqual({ unit: Int32Array.of(2) });
  });

  test.each([
    [{ aim: [{ unit: 24, weight: 1 }] }, "aim: expected units from 0 to 23 with weights, got 1 × 24"],
    [{ aim: [] }, "aim: expected at least one unit, got none"],
    [{ tap: "blocks.7.mlp.act" }, 'vit: expected a tap from "blocks.0.mlp.act" to "blocks.1.mlp.act"'],
  ])("is refused with a sentence: %j", (change, message) => {
    expect(() => planRun(tinyVit, { ...run, ...change })).toThrow(message);
  });
});

describe("settings", () => {
  test("replace what a reader can change and leave the rest of the recipe", () => {
    const recipe = recipeOf({ ...settings, copies: 3, jitterAt224: 8 });
    expect(recipe).toEqual({ ...recipes.atlas, steps: 200, copies: 3, jitterAt224: 8 });
  });

  test.each([
    [{ recipe: "toString" }, "recipe to be atlas, ghiasi2022, ghiasi2022-paper, got toString"],
    [{ copies: 0 }, "copies to be a whole number from 1 to 256, got 0"],
    [{ seed: 0.5 }, "seed to be a whole number"],
    [{ learningRate: Number.NaN }, "learningRate to be a number from 0 to 10, got NaN"],
  ])("are refused with a sentence: %j", (change, message) => {
    expect(() => recipeOf({ ...settings, ...change })).toThrow(`settings: expected ${message}`);
  });
});

test("SHA-256 without the browser's help is SHA-256, at every length around a block's", () => {
  const wave = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
  for (const length of [...Array(200).keys(), 70_000]) {
    const bytes = wave.subarray(0, length);
    expect(sha256(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});

test("steps a second are counted without the first, which compiles", () => {
  const pace = new Pace();
  for (const time of [9000]) pace.tick(time);
  expect(pace.stepsPerSecond).toBe(0);
  for (const time of [9100, 9150, 9200]) pace.tick(time);
  expect(pace.stepsPerSecond).toBe(20);
});
