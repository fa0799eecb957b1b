/** tfjs in plain JavaScript: slow, and there everywhere. */
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu/dist/backend_cpu.js";
import { absConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Abs.js";
import { addConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Add.js";
import { batchMatMulConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/BatchMatMul.js";
import { castConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Cast.js";
import { clipByValueConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/ClipByValue.js";
import { concatConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Concat.js";
import { conv2DConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Conv2D.js";
import { conv2DBackpropInputConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Conv2DBackpropInput.js";
import { depthwiseConv2dNativeConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/DepthwiseConv2dNative.js";
import { depthwiseConv2dNativeBackpropInputConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/DepthwiseConv2dNativeBackpropInput.js";
import { equalConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Equal.js";
import { erfConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Erf.js";
import { expConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Exp.js";
import { expandDimsConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/ExpandDims.js";
import { fillConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Fill.js";
import { gatherV2Config } from "@tensorflow/tfjs-backend-cpu/dist/kernels/GatherV2.js";
import { identityConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Identity.js";
import { lessConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Less.js";
import { lessEqualConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/LessEqual.js";
import { maximumConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Maximum.js";
import { meanConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Mean.js";
import { multiplyConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Multiply.js";
import { packConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Pack.js";
import { padV2Config } from "@tensorflow/tfjs-backend-cpu/dist/kernels/PadV2.js";
import { rangeConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Range.js";
import { realDivConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/RealDiv.js";
import { reluConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Relu.js";
import { relu6Config } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Relu6.js";
import { reshapeConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Reshape.js";
import { rsqrtConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Rsqrt.js";
import { sigmoidConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Sigmoid.js";
import { sliceConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Slice.js";
import { softmaxConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Softmax.js";
import { splitVConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/SplitV.js";
import { sqrtConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Sqrt.js";
import { squareConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Square.js";
import { stepConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Step.js";
import { subConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Sub.js";
import { sumConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Sum.js";
import { tileConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Tile.js";
import { transposeConfig } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Transpose.js";
import type { Device } from "./device.ts";
import type { KernelTable } from "./kernels.ts";

const KERNELS: KernelTable = {
  Abs: absConfig,
  Add: addConfig,
  BatchMatMul: batchMatMulConfig,
  Cast: castConfig,
  ClipByValue: clipByValueConfig,
  Concat: concatConfig,
  Conv2D: conv2DConfig,
  Conv2DBackpropInput: conv2DBackpropInputConfig,
  DepthwiseConv2dNative: depthwiseConv2dNativeConfig,
  DepthwiseConv2dNativeBackpropInput: depthwiseConv2dNativeBackpropInputConfig,
  Equal: equalConfig,
  Erf: erfConfig,
  Exp: expConfig,
  ExpandDims: expandDimsConfig,
  Fill: fillConfig,
  GatherV2: gatherV2Config,
  Identity: identityConfig,
  Less: lessConfig,
  LessEqual: lessEqualConfig,
  Maximum: maximumConfig,
  Mean: meanConfig,
  Multiply: multiplyConfig,
  Pack: packConfig,
  PadV2: padV2Config,
  Range: rangeConfig,
  RealDiv: realDivConfig,
  Relu: reluConfig,
  Relu6: relu6Config,
  Reshape: reshapeConfig,
  Rsqrt: rsqrtConfig,
  Sigmoid: sigmoidConfig,
  Slice: sliceConfig,
  Softmax: softmaxConfig,
  SplitV: splitVConfig,
  Sqrt: sqrtConfig,
  Square: squareConfig,
  Step: stepConfig,
  Sub: subConfig,
  Sum: sumConfig,
  Tile: tileConfig,
  Transpose: transposeConfig,
};

export async function open(): Promise<Device> {
  return {
    name: "cpu",
    kernels: KERNELS,
    backend: new MathBackendCPU(),
    lost: new AbortController().signal,
    settle: () => Promise.resolve(),
  };
}
