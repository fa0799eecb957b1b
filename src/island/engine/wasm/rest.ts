/** tfjs' kernels on WASM: what is called in few families. */
import { absConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Abs.js";
import { depthwiseConv2dNativeConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/DepthwiseConv2dNative.js";
import { lessConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Less.js";
import { lessEqualConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/LessEqual.js";
import { packConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Pack.js";
import { relu6Config } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Relu6.js";
import { reverseConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Reverse.js";
import type { WasmKernelTable } from "../kernels.ts";

export const KERNELS: WasmKernelTable<"rest"> = {
  Abs: absConfig,
  DepthwiseConv2dNative: depthwiseConv2dNativeConfig,
  Less: lessConfig,
  LessEqual: lessEqualConfig,
  Pack: packConfig,
  Relu6: relu6Config,
  Reverse: reverseConfig,
};
