/**
 * Speed of traced programs: milliseconds, GFLOP/s, and the share of what one large matrix product reaches in the same
 * process, which is the number to compare between machines and busy hours.
 *
 *     npm exec -c 'node test/bench/engine.ts'
 */
import * as tf from "@tensorflow/tfjs-core";
import { ascentStep } from "#core/ascent.ts";
import "#core/models/index.ts";
import type { Definition } from "#core/definition.ts";
import { recipes as ascents } from "#core/recipes.ts";
import { trainingDefaults, trainingStep } from "#core/training.ts";
import { type Arrays, compile, type Weights } from "#pipeline/run/index.ts";
import { sizeOf } from "#pipeline/trace/graph.ts";
import { trace } from "#pipeline/trace/trace.ts";
import { recipes as trainings } from "#pipeline/train/recipes.ts";

const RUNS = 10;
const threads = Number(process.argv[2] ?? 2);
const wave = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => 0.1 + 0.09 * Math.sin(i));

/** Best of some runs, in milliseconds. */
async function time(definition: Definition): Promise<{ ms: number; gflops: number }> {
  const program = trace(definition);
  const weights: Weights = Object.fromEntries(
    Object.entries(program.params).map(([name, { shape }]) => [name, { shape, data: wave(sizeOf(shape)) }]),
  );
  const feeds: Arrays = Object.fromEntries(
    Object.entries(program.inputs).map(([name, { shape, dtype }]) => [
      name,
      dtype === "int32" ? new Int32Array(sizeOf(shape)) : wave(sizeOf(shape)),
    ]),
  );
  const runner = await compile(definition, weights, { device: "cpu", threads, program });
  let ms = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    await runner.run(feeds);
    ms = Math.min(ms, performance.now() - start);
  }
  await runner.dispose();
  return { ms, gflops: program.flops / ms / 1e6 };
}

const SIDE = 2048;
const square = { shape: [SIDE, SIDE], dtype: "float32" } as const;
const product: Definition = {
  name: "product",
  inputs: { a: square, b: square },
  params: {},
  run: ({ a, b }) => ({ c: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }),
};
const deitTiny = {
  architecture: "vit",
  config: { patchSize: 16, width: 192, depth: 12, heads: 3, mlpRatio: 4, qkvBias: true },
  imageSize: 224,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  numClasses: 1000,
} as const;

const programs: readonly [label: string, definition: Definition][] = [
  ["DeiT-Tiny, block 11, 8 copies", ascentStep(deitTiny, "blocks.11.mlp.act", ascents.ghiasi2022, 1)],
  ["DeiT-Tiny, block 5, 8 copies", ascentStep(deitTiny, "blocks.5.mlp.act", ascents.ghiasi2022, 1)],
  ...trainings.map(({ id, model, batch }): [string, Definition] => [
    `training ${id}, batch ${batch}`,
    trainingStep(model, { ...trainingDefaults, batch }),
  ]),
];
for (const [label, definition] of programs) {
  const peak = await time(product);
  const { ms, gflops } = await time(definition);
  const share = Math.round((100 * gflops) / peak.gflops);
  console.log(
    `${label}: ${ms.toFixed(0)} ms, ${gflops.toFixed(0)} GFLOP/s, ${share} % of ${peak.gflops.toFixed(0)}`,
  );
}
