/** tfjs' gradients: what is called in few families. */
import { depthwiseConv2dNativeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/DepthwiseConv2dNative_grad.js";
import { expandDimsGradConfig } from "@tensorflow/tfjs-core/dist/gradients/ExpandDims_grad.js";
import { padV2GradConfig } from "@tensorflow/tfjs-core/dist/gradients/PadV2_grad.js";
import { relu6GradConfig } from "@tensorflow/tfjs-core/dist/gradients/Relu6_grad.js";
import { softmaxGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Softmax_grad.js";
import type { GradientTable } from "../kernels.ts";

export const GRADIENTS: GradientTable<"rest"> = {
  DepthwiseConv2dNative: depthwiseConv2dNativeGradConfig,
  ExpandDims: expandDimsGradConfig,
  PadV2: padV2GradConfig,
  Relu6: relu6GradConfig,
  Softmax: softmaxGradConfig,
};
