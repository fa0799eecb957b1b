/**
 * The gradients that the core's programs need of tfjs' own operations; the others have theirs in src/core.
 *
 * One by one, because tfjs' list of all of them is larger than the rest of the engine.
 */
import { getGradient, registerGradient } from "@tensorflow/tfjs-core";
import { addGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Add_grad.js";
import { batchMatMulGradConfig } from "@tensorflow/tfjs-core/dist/gradients/BatchMatMul_grad.js";
import { concatGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Concat_grad.js";
import { conv2DGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Conv2D_grad.js";
import { depthwiseConv2dNativeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/DepthwiseConv2dNative_grad.js";
import { expandDimsGradConfig } from "@tensorflow/tfjs-core/dist/gradients/ExpandDims_grad.js";
import { meanGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Mean_grad.js";
import { multiplyGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Multiply_grad.js";
import { padV2GradConfig } from "@tensorflow/tfjs-core/dist/gradients/PadV2_grad.js";
import { reluGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Relu_grad.js";
import { relu6GradConfig } from "@tensorflow/tfjs-core/dist/gradients/Relu6_grad.js";
import { reshapeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Reshape_grad.js";
import { sliceGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Slice_grad.js";
import { softmaxGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Softmax_grad.js";
import { splitVGradConfig } from "@tensorflow/tfjs-core/dist/gradients/SplitV_grad.js";
import { sumGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Sum_grad.js";
import { transposeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Transpose_grad.js";
import type { GradientTable } from "./kernels.ts";

const TABLE: GradientTable = {
  Add: addGradConfig,
  BatchMatMul: batchMatMulGradConfig,
  Concat: concatGradConfig,
  Conv2D: conv2DGradConfig,
  DepthwiseConv2dNative: depthwiseConv2dNativeGradConfig,
  ExpandDims: expandDimsGradConfig,
  Mean: meanGradConfig,
  Multiply: multiplyGradConfig,
  PadV2: padV2GradConfig,
  Relu: reluGradConfig,
  Relu6: relu6GradConfig,
  Reshape: reshapeGradConfig,
  Slice: sliceGradConfig,
  Softmax: softmaxGradConfig,
  SplitV: splitVGradConfig,
  Sum: sumGradConfig,
  Transpose: transposeGradConfig,
};

/** Makes them known to tfjs; more than once does nothing more. */
export function registerGradients(): void {
  for (const [kernel, gradient] of Object.entries(TABLE))
    if (!getGradient(kernel)) registerGradient(gradient);
}
