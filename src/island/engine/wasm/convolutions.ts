/** tfjs' kernels on WASM: what is called in convolutions, poolings and ReLU. */
import { conv2DConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2D.js";
import { conv2DBackpropInputConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2DBackpropInput.js";
import { equalConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Equal.js";
import { expandDimsConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/ExpandDims.js";
import { rangeConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Range.js";
import { reluConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Relu.js";
import { stepConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/Step.js";
import type { WasmKernelTable } from "../kernels.ts";

export const KERNELS: WasmKernelTable<"convolutions"> = {
  Conv2D: conv2DConfig,
  Conv2DBackpropInput: conv2DBackpropInputConfig,
  Equal: equalConfig,
  ExpandDims: expandDimsConfig,
  Range: rangeConfig,
  Relu: reluConfig,
  Step: stepConfig,
};
