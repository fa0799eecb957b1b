/** tfjs on WebGL 2, on a canvas that nobody sees. */
import { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl/dist/backend_webgl.js";
import { setWebGLContext } from "@tensorflow/tfjs-backend-webgl/dist/canvas_util.js";
import "@tensorflow/tfjs-backend-webgl/dist/flags_webgl.js";
import { GPGPUContext } from "@tensorflow/tfjs-backend-webgl/dist/gpgpu_context.js";
import { absConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Abs.js";
import { addConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Add.js";
import { batchMatMulConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/BatchMatMul.js";
import { castConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Cast.js";
import { clipByValueConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/ClipByValue.js";
import { concatConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Concat.js";
import { conv2DConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Conv2D.js";
import { conv2DBackpropInputConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Conv2DBackpropInput.js";
import { depthwiseConv2dNativeConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/DepthwiseConv2dNative.js";
import { depthwiseConv2dNativeBackpropInputConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/DepthwiseConv2dNativeBackpropInput.js";
import { equalConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Equal.js";
import { erfConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Erf.js";
import { expConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Exp.js";
import { expandDimsConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/ExpandDims.js";
import { fillConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Fill.js";
import { gatherV2Config } from "@tensorflow/tfjs-backend-webgl/dist/kernels/GatherV2.js";
import { identityConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Identity.js";
import { lessConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Less.js";
import { lessEqualConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/LessEqual.js";
import { maximumConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Maximum.js";
import { meanConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Mean.js";
import { multiplyConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Multiply.js";
import { packConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Pack.js";
import { padV2Config } from "@tensorflow/tfjs-backend-webgl/dist/kernels/PadV2.js";
import { rangeConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Range.js";
import { realDivConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/RealDiv.js";
import { reluConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Relu.js";
import { relu6Config } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Relu6.js";
import { reshapeConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Reshape.js";
import { rsqrtConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Rsqrt.js";
import { sigmoidConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sigmoid.js";
import { sliceConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Slice.js";
import { softmaxConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Softmax.js";
import { splitVConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/SplitV.js";
import { sqrtConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sqrt.js";
import { squareConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Square.js";
import { stepConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Step.js";
import { subConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sub.js";
import { sumConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sum.js";
import { tileConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Tile.js";
import { transposeConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Transpose.js";
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

const WEBGL = 2;

/** @throws Error where there is no context, or one without float textures */
export async function open(): Promise<Device> {
  // Small tensors too are computed there: what tfjs would compute them with is not shipped; see tfjs-slim.ts.
  env().set("WEBGL_CPU_FORWARD", false);
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("webgl2", { antialias: false, depth: false, alpha: false });
  if (!context) throw new Error("no WebGL 2");
  if (!context.getExtension("EXT_color_buffer_float")) throw new Error("no float textures");
  const lost = new AbortController();
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    lost.abort("the WebGL context was lost");
  });
  setWebGLContext(WEBGL, context);
  // With a context of its own it has shaders of its own too: tfjs' shared ones would outlive a lost context.
  const gpu = new GPGPUContext();
  return {
    name: "webgl",
    kernels: KERNELS,
    backend: new MathBackendWebGL(gpu),
    lost: lost.signal,
    settle: () => gpu.createAndWaitForFence(),
  };
}
