/**
 * What a large model costs: ViT-L/16 (304 M parameters) with random weights, from its file to one ascent step.
 *
 *     npm exec -c 'node test/bench/large-model.ts'
 *
 * Writes 1.2 GB to the folder for temporary files and removes it. The bounds are those of the project: 6 GB of memory
 * and 20 seconds until the session is open. Not a test: it wants a quiet machine, and minutes.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ascentStep, initialImage, stepFeeds } from "#core/ascent.ts";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import type { ParamSpec } from "#core/params.ts";
import { recipes } from "#core/recipes.ts";
import { size } from "#core/shape.ts";
import { compile } from "#pipeline/run/index.ts";
import { trace } from "#pipeline/trace/trace.ts";
import { loadWeights, readCard } from "#pipeline/weights/load.ts";

const LIMIT = { gigabytes: 6, seconds: 20 };
const threads = Number(process.argv[2] ?? 2);
const model: ModelConfig = {
  architecture: "vit",
  config: { patchSize: 16, width: 1024, depth: 24, heads: 16, mlpRatio: 4, qkvBias: true },
  imageSize: 224,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  numClasses: 1000,
};
const TAP = "blocks.23.mlp.act";

/** A tensor at a time, so that the writer's own memory does not count. Values are small and of both signs. */
function writeWeights(path: string, specs: readonly ParamSpec[]): void {
  let end = 0;
  const entries = specs.map(({ name, shape }) => {
    const begin = end;
    end += 4 * size(shape);
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = openSync(path, "w");
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(header.length), true);
  writeSync(file, new Uint8Array(length.buffer));
  writeSync(file, header);
  const wave = Float32Array.from({ length: 1 << 20 }, (_, i) => 0.02 * Math.sin(i * i));
  for (const { shape } of specs) {
    for (let left = size(shape); left > 0; left -= wave.length) {
      writeSync(file, wave.subarray(0, Math.min(left, wave.length)));
    }
  }
  closeSync(file);
}

const folder = mkdtempSync(join(tmpdir(), "atlas-large-"));
try {
  const { parameters } = openModel(model);
  writeWeights(join(folder, "large.safetensors"), parameters);
  const card = {
    id: "vit_large",
    title: "ViT-L/16",
    description: "Random weights.",
    architecture: model.architecture,
    config: model.config,
    weights: { file: "large.safetensors" },
    preprocessing: {
      size: 224,
      resize: 224,
      interpolation: "bicubic",
      crop: "center",
      mean: model.mean,
      std: model.std,
    },
    labels: Array.from({ length: model.numClasses }, (_, i) => `class ${i}`),
    license: "MIT",
    source: "test/bench/large-model.ts",
  };
  writeFileSync(join(folder, "large.json"), JSON.stringify(card));
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const peak = () => process.resourceUsage().maxRSS / 1e6;
  const began = performance.now();
  let last = began;
  let worked = process.cpuUsage();
  // Seconds of the clock, and of all cores together: on a busy machine only the second say something.
  const lap = (what: string): void => {
    const { user, system } = process.cpuUsage(worked);
    const [clock, cores] = [(performance.now() - last) / 1000, (user + system) / 1e6];
    console.log(
      `${what}: ${clock.toFixed(1)} s, ${cores.toFixed(1)} s of cores, peak ${peak().toFixed(2)} GB`,
    );
    [last, worked] = [performance.now(), process.cpuUsage()];
  };
  lap("before");
  const { card, root } = await readCard(join(folder, "large.json"));
  const { weights } = await loadWeights(card, root);
  lap("weights");
  const recipe = recipes.ghiasi2022;
  const definition = ascentStep(model, TAP, recipe, 1);
  const program = trace(definition);
  lap("trace");
  const runner = await compile(definition, weights, { device: "cpu", threads, program });
  lap("session");
  const seconds = (performance.now() - began) / 1000;
  const image = initialImage(recipe, model.imageSize, 0, 0);
  const zeros = () => new Float32Array(image.length);
  const unit = Int32Array.of(0);
  const feeds = { ...stepFeeds(recipe, model.imageSize, 1, 0, 0), image, m: zeros(), v: zeros(), unit };
  await runner.run({ ...feeds, variationWeight: Float32Array.of(1) });
  lap("step");
  await runner.dispose();
  console.log(
    `peak ${peak().toFixed(2)} GB of ${LIMIT.gigabytes}, session after ${seconds.toFixed(1)} s of ${LIMIT.seconds}`,
  );
  process.exitCode = peak() > LIMIT.gigabytes || seconds > LIMIT.seconds ? 1 : 0;
}
