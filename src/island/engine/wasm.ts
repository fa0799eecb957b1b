/**
 * tfjs as WebAssembly with SIMD, in one thread: several need a page that is isolated by headers (COOP, COEP), which
 * simple hosts do not send. The module lies beside the scripts, on the site's own origin.
 */
/// <reference types="vite/client" />
import { BackendWasm, init, setWasmPaths } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js";
import "@tensorflow/tfjs-backend-wasm/dist/flags_wasm.js";
import { absConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Abs.js";
import { addConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Add.js";
import { batchMatMulConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/BatchMatMul.js";
import { castConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Cast.js";
import { clipByValueConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/ClipByValue.js";
import { concatConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Concat.js";
import { conv2DConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2D.js";
import { conv2DBackpropInputConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2DBackpropInput.js";
import { depthwiseConv2dNativeConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/DepthwiseConv2dNative.js";
import { equalConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Equal.js";
import { erfConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Erf.js";
import { expConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Exp.js";
import { expandDimsConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/ExpandDims.js";
import { fillConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Fill.js";
import { gatherV2Config } from "@tensorflow/tfjs-backend-wasm/dist/kernels/GatherV2.js";
import { identityConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Identity.js";
import { lessConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Less.js";
import { lessEqualConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/LessEqual.js";
import { maximumConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Maximum.js";
import { meanConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Mean.js";
import { multiplyConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Multiply.js";
import { packConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Pack.js";
import { padV2Config } from "@tensorflow/tfjs-backend-wasm/dist/kernels/PadV2.js";
import { rangeConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Range.js";
import { realDivConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/RealDiv.js";
import { reluConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Relu.js";
import { relu6Config } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Relu6.js";
import { reshapeConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Reshape.js";
import { rsqrtConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Rsqrt.js";
import { sigmoidConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Sigmoid.js";
import { sliceConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Slice.js";
import { softmaxConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Softmax.js";
import { splitVConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/SplitV.js";
import { sqrtConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Sqrt.js";
import { squareConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Square.js";
import { stepConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Step.js";
import { subConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Sub.js";
import { sumConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Sum.js";
import { tileConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Tile.js";
import { transposeConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Transpose.js";
import simdModule from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import { env } from "@tensorflow/tfjs-core";
import type { Device } from "./device.ts";
import type { WasmKernelTable } from "./kernels.ts";
import { registerProducts } from "./wasm-products.ts";

const KERNELS: WasmKernelTable = {
  Abs: absConfig,
  Add: addConfig,
  BatchMatMul: batchMatMulConfig,
  Cast: castConfig,
  ClipByValue: clipByValueConfig,
  Concat: concatConfig,
  Conv2D: conv2DConfig,
  Conv2DBackpropInput: conv2DBackpropInputConfig,
  DepthwiseConv2dNative: depthwiseConv2dNativeConfig,
  Equal: equalConfig,
  Erf: erfConfig,
  Exp: expConfig,
  ExpandDims: expandDimsConfig,
  Fill: fillConfig,
  GatherV2: gatherV2Config,
  Identity: identityConfig,
  Less: lessConfig,
  LessEqual: lessEqualConfig,
  Maximum: maximumConfig,
  Mean: meanConfig,
  Multiply: multiplyConfig,
  Pack: packConfig,
  PadV2: padV2Config,
  Range: rangeConfig,
  RealDiv: realDivConfig,
  Relu: reluConfig,
  Relu6: relu6Config,
  Reshape: reshapeConfig,
  Rsqrt: rsqrtConfig,
  Sigmoid: sigmoidConfig,
  Slice: sliceConfig,
  Softmax: softmaxConfig,
  SplitV: splitVConfig,
  Sqrt: sqrtConfig,
  Square: squareConfig,
  Step: stepConfig,
  Sub: subConfig,
  Sum: sumConfig,
  Tile: tileConfig,
  Transpose: transposeConfig,
};

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
    kernels: KERNELS,
    backend: new BackendWasm(wasm),
    lost: new AbortController().signal,
    settle: () => Promise.resolve(),
  };
}
