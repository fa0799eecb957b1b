/** tfjs' gradients: what is called in every program. */
import { addGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Add_grad.js";
import { batchMatMulGradConfig } from "@tensorflow/tfjs-core/dist/gradients/BatchMatMul_grad.js";
import { meanGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Mean_grad.js";
import { multiplyGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Multiply_grad.js";
import { reshapeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Reshape_grad.js";
import { sliceGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Slice_grad.js";
import { sumGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Sum_grad.js";
import { transposeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Transpose_grad.js";
import type { GradientTable } from "../kernels.ts";

export const GRADIENTS: GradientTable<"base"> = {
  Add: addGradConfig,
  BatchMatMul: batchMatMulGradConfig,
  Mean: meanGradConfig,
  Multiply: multiplyGradConfig,
  Reshape: reshapeGradConfig,
  Slice: sliceGradConfig,
  Sum: sumGradConfig,
  Transpose: transposeGradConfig,
};
