/** tfjs' kernels on plain JavaScript: what is called in convolutions, poolings and ReLU. */
import { conv2DConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Conv2D.js";
import { conv2DBackpropInputConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Conv2DBackpropInput.js";
import { equalConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Equal.js";
import { expandDimsConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/ExpandDims.js";
import { rangeConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Range.js";
import { reluConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Relu.js";
import { stepConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Step.js";
import type { KernelTable } from "../kernels.ts";

export const KERNELS: KernelTable<"convolutions"> = {
  Conv2D: conv2DConfig,
  Conv2DBackpropInput: conv2DBackpropInputConfig,
  Equal: equalConfig,
  ExpandDims: expandDimsConfig,
  Range: rangeConfig,
  Relu: reluConfig,
  Step: stepConfig,
};
