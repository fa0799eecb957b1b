/**
 * Milliseconds of an ascent step in the browser: the island's against the plain way to write it in tfjs, on every
 * backend of this machine's Chromium, in turns, as medians. Ratios are what to compare; a busy machine slows both.
 *
 *     npm exec -c 'node test/bench/island.ts'                     all backends
 *     npm exec -c 'node test/bench/island.ts wasm blocks.5.mlp.act 3'   one backend, another layer, fewer rounds
 *
 * First the two gradients are compared, in Node. Then the size of what readers load is printed.
 */
import "@tensorflow/tfjs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as tf from "@tensorflow/tfjs-core";
import { build } from "vite";
import { ascentStep, initialImage, stepFeeds } from "#core/ascent.ts";
import { runEagerly } from "#core/definition.ts";
import type { Feeds } from "#core/feeds.ts";
import { recipes } from "#core/recipes.ts";
import type { BackendName } from "#island/protocol.ts";
import { launchChromium } from "../support/browser.ts";
import { buildHarness, openCommitted, writeChunks } from "../support/island.ts";
import { serveFolder } from "../support/static-server.ts";
import type { Bench } from "./island/main.ts";
import { plainLoss, type VitNumbers } from "./island/plain-step.ts";

const MODEL = "picturebook_vit";
const UNIT = 5;
const ROUNDS = Number(process.argv[4] ?? 7);
/** Steps of a round: a `go` shows a frame at its end, and readers do not take single steps. */
const STEPS = 4;

const backends = (process.argv[2] ?? "webgpu,webgl,wasm,cpu").split(",") as BackendName[];
const tap = process.argv[3] ?? "blocks.3.mlp.act";
const depth = Number(tap.split(".")[1]);
const recipe = recipes.atlas;

const { config, weights } = await openCommitted(MODEL);
const numbers = { ...(config.config as object), ...config } as unknown as VitNumbers;
const size = config.imageSize;
const image = initialImage(recipe, size, 1, UNIT);

console.log(`gradients differ by ${(await gradientDifference()).toExponential(1)} of the largest`);

const folder = await mkdtemp(join(tmpdir(), "island-bench-"));
await buildHarness(join(folder, "sizes"));
await printSizes(join(folder, "sizes", "assets"));
await build({
  configFile: false,
  root: fileURLToPath(new URL("./island/", import.meta.url)),
  base: "./",
  logLevel: "error",
  worker: { format: "es" },
  build: { outDir: folder, emptyOutDir: false, assetsInlineLimit: 0, target: "es2023" },
});
const manifest = await writeChunks(folder, MODEL);
const server = await serveFolder(folder);
for (const backend of backends) await measure(backend);
await server.close();
await rm(folder, { recursive: true });

/** Of the first step, with one copy, between the core's step and the plain one. */
async function gradientDifference(): Promise<number> {
  await tf.setBackend("cpu");
  tf.enableProdMode();
  const single = { ...recipe, copies: 1 };
  const feeds = stepFeeds(single, size, 1, 1, 0);
  const params = Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
  const definition = ascentStep(config, tap, single, 1);
  const zeros = new Float32Array(image.length);
  const given: Feeds = { ...feeds, image, m: zeros, v: zeros, unit: Int32Array.of(UNIT) };
  const inputs = Object.fromEntries(
    Object.entries(definition.inputs).map(([name, { shape, dtype }]) => [
      name,
      tf.tensor(given[name]!, [...shape], dtype),
    ]),
  );
  const { m } = runEagerly(definition, inputs, params);
  const ours = tf.div(m!, 1 - recipe.adam.beta1).dataSync();
  const pixels = tf.transpose(tf.tensor4d(image, [1, 3, size, size]), [0, 2, 3, 1]) as tf.Tensor4D;
  const slope = tf.grad((x) => plainLoss(numbers, params, depth, UNIT, single, feeds, x as tf.Tensor4D))(
    pixels,
  );
  const plain = tf.transpose(slope, [0, 3, 1, 2]).dataSync();
  const largest = Math.max(...plain.map(Math.abs));
  return Math.max(...plain.map((value, i) => Math.abs(value - ours[i]!))) / largest;
}

async function measure(backend: BackendName): Promise<void> {
  const browser = await launchChromium("--enable-unsafe-webgpu");
  try {
    const page = await browser.newPage();
    await page.goto(server.address);
    const named = Object.fromEntries(
      Object.entries(weights).map(([name, { shape, data }]) => [
        name,
        { shape: [...shape], data: [...data] },
      ]),
    );
    const result = await page.evaluate(
      async ({ run, root, published, backend: name, plain, rounds, steps }) => {
        const { island, askPlain, askIsland } = (globalThis as unknown as { bench: Bench }).bench;
        const tensors = Object.fromEntries(
          Object.entries(plain.weights).map(([key, { shape, data }]) => [
            key,
            { shape, data: Float32Array.from(data) },
          ]),
        );
        const opened = await island.ask({
          ask: "open",
          model: { manifest: published, root },
          tap: run.tap,
          backend: name,
        });
        await island.ask({ ask: "begin", run });
        const first = await askIsland(1);
        await askPlain({ ...plain, weights: tensors, image: Float32Array.from(plain.image) });
        await askPlain(1);
        const [ours, theirs]: [number[], number[]] = [[], []];
        for (let round = 0; round < rounds; round++) {
          ours.push((await askIsland(steps)) / steps);
          theirs.push((await askPlain(steps)) / steps);
        }
        return { adapter: opened.adapter, first, ours, theirs };
      },
      {
        run: {
          tap,
          aim: [{ unit: UNIT, weight: 1 }],
          settings: { ...recipe, recipe: recipe.name, seed: 1 },
          start: { from: "noise" as const, unitSeed: UNIT },
        },
        root: server.address,
        published: manifest,
        backend,
        plain: { backend, numbers, weights: named, tap: depth, unit: UNIT, recipe, image: [...image] },
        rounds: ROUNDS,
        steps: STEPS,
      },
    );
    const median = (times: number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;
    const [ours, theirs] = [median(result.ours), median(result.theirs)];
    console.log(
      `${backend} (${result.adapter || "no adapter"}): ${ours.toFixed(0)} ms a step, plain ${theirs.toFixed(0)} ms, ${(theirs / ours).toFixed(1)} times; first step ${result.first.toFixed(0)} ms`,
    );
  } catch (error) {
    console.log(`${backend}: ${(error as Error).message.split("\n")[0]}`);
  } finally {
    await browser.close();
  }
}

async function printSizes(assets: string): Promise<void> {
  const files = (await readdir(assets)).filter(
    (name) => !name.startsWith("sabotage") && !name.startsWith("index"),
  );
  const sizes = await Promise.all(
    files.map(async (name) => ({ name, bytes: gzipSync(await readFile(join(assets, name))).length })),
  );
  for (const { name, bytes } of sizes.sort((a, b) => b.bytes - a.bytes))
    console.log(`${(bytes / 1000).toFixed(1).padStart(7)} KB gzip  ${name.replace(/-[\w-]{8}\./, ".")}`);
}
