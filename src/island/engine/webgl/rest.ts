/** tfjs' kernels on WebGL: what is called in few families. */
import { absConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Abs.js";
import { depthwiseConv2dNativeConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/DepthwiseConv2dNative.js";
import { depthwiseConv2dNativeBackpropInputConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/DepthwiseConv2dNativeBackpropInput.js";
import { lessConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Less.js";
import { lessEqualConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/LessEqual.js";
import { packConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Pack.js";
import { relu6Config } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Relu6.js";
import type { KernelTable } from "../kernels.ts";

export const KERNELS: KernelTable<"rest"> = {
  Abs: absConfig,
  DepthwiseConv2dNative: depthwiseConv2dNativeConfig,
  DepthwiseConv2dNativeBackpropInput: depthwiseConv2dNativeBackpropInputConfig,
  Less: lessConfig,
  LessEqual: lessEqualConfig,
  Pack: packConfig,
  Relu6: relu6Config,
};
