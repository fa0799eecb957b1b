/** tfjs' kernels on WebGL: what is called in attention and GELU. */
import { concatConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Concat.js";
import { erfConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Erf.js";
import { expConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Exp.js";
import { sigmoidConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sigmoid.js";
import { softmaxConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Softmax.js";
import { splitVConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/SplitV.js";
import type { KernelTable } from "../kernels.ts";

export const KERNELS: KernelTable<"transformers"> = {
  Concat: concatConfig,
  Erf: erfConfig,
  Exp: expConfig,
  Sigmoid: sigmoidConfig,
  Softmax: softmaxConfig,
  SplitV: splitVConfig,
};
