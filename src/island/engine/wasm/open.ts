/**
 * tfjs as WebAssembly with SIMD, in one thread: several need a page that is isolated by headers (COOP, COEP), which
 * simple hosts do not send. The module lies beside the scripts, on the site's own origin.
 */
/// <reference types="vite/client" />
import { BackendWasm, init, setWasmPaths } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js";
import "@tensorflow/tfjs-backend-wasm/dist/flags_wasm.js";
import simdModule from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import { env } from "@tensorflow/tfjs-core";
import type { Device } from "../device.ts";
import { registerProducts } from "./products.ts";

/** @throws Error where the browser has no SIMD or the module does not come */
export async function open(): Promise<Device> {
  if (!(await env().getAsync("WASM_HAS_SIMD_SUPPORT"))) throw new Error("no SIMD");
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  // Fetched here: where it does not come, tfjs would wait for ever.
  const response = await fetch(simdModule);
  if (!response.ok) throw new Error(`its module does not come: status ${response.status}`);
  const address = URL.createObjectURL(await response.blob());
  // tfjs wants a place for each of its modules, and asks for one.
  const modules = [
    "tfjs-backend-wasm.wasm",
    "tfjs-backend-wasm-simd.wasm",
    "tfjs-backend-wasm-threaded-simd.wasm",
  ];
  setWasmPaths(Object.fromEntries(modules.map((name) => [name, address])), true);
  registerProducts();
  const { wasm } = await init().finally(() => URL.revokeObjectURL(address));
  return {
    name: "wasm",
    backend: new BackendWasm(wasm),
    lost: new AbortController().signal,
    settle: () => Promise.resolve(),
  };
}
