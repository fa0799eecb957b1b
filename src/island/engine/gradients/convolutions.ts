/** tfjs' gradients: what is called in convolutions, poolings and ReLU. */
import { conv2DGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Conv2D_grad.js";
import { padV2GradConfig } from "@tensorflow/tfjs-core/dist/gradients/PadV2_grad.js";
import { reluGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Relu_grad.js";
import type { GradientTable } from "../kernels.ts";

export const GRADIENTS: GradientTable<"convolutions"> = {
  Conv2D: conv2DGradConfig,
  PadV2: padV2GradConfig,
  Relu: reluGradConfig,
};
