/** tfjs' kernels on WASM: what is called in attention and GELU. */
import { concatConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Concat.js";
import { erfConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Erf.js";
import { expConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Exp.js";
import { sigmoidConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Sigmoid.js";
import { softmaxConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Softmax.js";
import { splitVConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/SplitV.js";
import type { WasmKernelTable } from "../kernels.ts";

export const KERNELS: WasmKernelTable<"transformers"> = {
  Concat: concatConfig,
  Erf: erfConfig,
  Exp: expConfig,
  Sigmoid: sigmoidConfig,
  Softmax: softmaxConfig,
  SplitV: splitVConfig,
};
