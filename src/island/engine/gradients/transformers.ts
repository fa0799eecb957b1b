/** tfjs' gradients: what is called in attention and GELU. */
import { concatGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Concat_grad.js";
import { splitVGradConfig } from "@tensorflow/tfjs-core/dist/gradients/SplitV_grad.js";
import type { GradientTable } from "../kernels.ts";

export const GRADIENTS: GradientTable<"transformers"> = {
  Concat: concatGradConfig,
  SplitV: splitVGradConfig,
};
