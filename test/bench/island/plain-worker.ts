/** A worker that takes plain steps: tfjs as its packages are, every kernel and every gradient. */
/// <reference types="vite/client" />
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-webgl";
import "@tensorflow/tfjs-backend-webgpu";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { stepFeeds } from "#core/feeds.ts";
import type { Recipe } from "#core/recipes.ts";
import { plainLoss, type VitNumbers } from "./plain-step.ts";

export interface PlainTask {
  readonly backend: string;
  readonly numbers: VitNumbers;
  readonly weights: Readonly<Record<string, { shape: number[]; data: Float32Array }>>;
  readonly tap: number;
  readonly unit: number;
  readonly recipe: Recipe;
  /** [H, W, 3] */
  readonly image: Float32Array;
}

let steps: ((count: number) => Promise<void>) | undefined;

async function prepare({ backend, numbers, weights, tap, unit, recipe, image }: PlainTask): Promise<void> {
  tf.enableProdMode();
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  // Software adapters are refused by default, and are what is measured here.
  tf.env().set("SOFTWARE_WEBGL_ENABLED", true);
  setThreadsCount(1);
  const modules = [
    "tfjs-backend-wasm.wasm",
    "tfjs-backend-wasm-simd.wasm",
    "tfjs-backend-wasm-threaded-simd.wasm",
  ];
  setWasmPaths(Object.fromEntries(modules.map((name) => [name, simd])), true);
  await tf.setBackend(backend);
  const params = Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, shape)]),
  );
  const size = numbers.imageSize;
  const variable = tf.variable(tf.tensor4d(image, [1, size, size, 3]));
  const optimizer = tf.train.adam(
    recipe.learningRate,
    recipe.adam.beta1,
    recipe.adam.beta2,
    recipe.adam.epsilon,
  );
  let step = 0;
  steps = async (count) => {
    for (let i = 0; i < count; i++) {
      const feeds = stepFeeds(recipe, size, 1, 1, step++);
      const loss = optimizer.minimize(
        () => plainLoss(numbers, params, tap, unit, recipe, feeds, variable as unknown as tf.Tensor4D),
        true,
        [variable],
      )!;
      tf.tidy(() => variable.assign(tf.clipByValue(variable, 0, 1)));
      // The WebGPU backend has no synchronous read worth the name.
      if (backend === "webgpu") await loss.data();
      else loss.dataSync();
      loss.dispose();
    }
  };
}

globalThis.addEventListener("message", async ({ data }: MessageEvent<PlainTask | number>) => {
  const start = performance.now();
  try {
    await (typeof data === "number" ? steps!(data) : prepare(data));
    globalThis.postMessage({ ms: performance.now() - start });
  } catch (error) {
    globalThis.postMessage({ failed: String(error) });
  }
});
