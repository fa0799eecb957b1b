/** tfjs on WebGPU. */
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js";
import "@tensorflow/tfjs-backend-webgpu/dist/flags_webgpu.js";
import { absConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Abs.js";
import { addConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Add.js";
import { batchMatMulConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/BatchMatMul.js";
import { castConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Cast.js";
import { clipByValueConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/ClipByValue.js";
import { concatConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Concat.js";
import { conv2DConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2D.js";
import { conv2DBackpropInputConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2DBackpropInput.js";
import { depthwiseConv2dNativeConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/DepthwiseConv2dNative.js";
import { depthwiseConv2dNativeBackpropInputConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/DepthwiseConv2dNativeBackpropInput.js";
import { equalConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Equal.js";
import { erfConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Erf.js";
import { expConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Exp.js";
import { expandDimsConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/ExpandDims.js";
import { fillConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Fill.js";
import { gatherV2Config } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/GatherV2.js";
import { identityConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Identity.js";
import { lessConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Less.js";
import { lessEqualConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/LessEqual.js";
import { maximumConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Maximum.js";
import { meanConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Mean.js";
import { multiplyConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Multiply.js";
import { packConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Pack.js";
import { padV2Config } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/PadV2.js";
import { rangeConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Range.js";
import { realDivConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/RealDiv.js";
import { reluConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Relu.js";
import { relu6Config } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Relu6.js";
import { reshapeConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Reshape.js";
import { rsqrtConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Rsqrt.js";
import { sigmoidConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sigmoid.js";
import { sliceConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Slice.js";
import { softmaxConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Softmax.js";
import { splitVConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/SplitV.js";
import { sqrtConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sqrt.js";
import { squareConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Square.js";
import { stepConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Step.js";
import { subConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sub.js";
import { sumConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sum.js";
import { tileConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Tile.js";
import { transposeConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Transpose.js";
import { env } from "@tensorflow/tfjs-core";
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

/** What tfjs' shaders may need beyond the limits that every device has. */
const LIMITS = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
] as const;

/** @throws Error where there is no adapter or no device */
export async function open(): Promise<Device> {
  // Small tensors too are computed there: what tfjs would compute them with is not shipped; see tfjs-slim.ts.
  env().set("WEBGPU_CPU_FORWARD", false);
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("no adapter");
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  const lost = new AbortController();
  void device.lost.then(({ message }) => lost.abort(message || "the GPU device was lost"));
  // Out of memory and invalid commands are not thrown where they happen: results would be zeros.
  device.addEventListener("uncapturederror", ({ error }) => lost.abort(error.message));
  const backend = new WebGPUBackend(device, adapter.info);
  return {
    name: "webgpu",
    kernels: KERNELS,
    backend,
    lost: lost.signal,
    settle() {
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.submitQueue();
      return device.queue.onSubmittedWorkDone();
    },
  };
}
