/**
 * Which of tfjs' kernels and gradients the programs of src/core need; nothing else is shipped to readers.
 *
 * Names only: each backend's file has a kernel for every one of them, and `gradients.ts` the gradients. A test runs
 * all of the core's programs and compares what they call with these lists, so that a new layer of the core that needs
 * another kernel fails there and not in a reader's browser.
 */
import type { GradConfig, KernelConfig } from "@tensorflow/tfjs-core";

export const KERNELS = [
  "Abs",
  "Add",
  "BatchMatMul",
  "Cast",
  "ClipByValue",
  "Concat",
  "Conv2D",
  "Conv2DBackpropInput",
  "DepthwiseConv2dNative",
  "DepthwiseConv2dNativeBackpropInput",
  "Equal",
  "Erf",
  "Exp",
  "ExpandDims",
  "Fill",
  "GatherV2",
  "Identity",
  "Less",
  "LessEqual",
  "Maximum",
  "Mean",
  "Multiply",
  "Pack",
  "PadV2",
  "Range",
  "RealDiv",
  "Relu",
  "Relu6",
  "Reshape",
  "Rsqrt",
  "Sigmoid",
  "Slice",
  "Softmax",
  "SplitV",
  "Sqrt",
  "Square",
  "Step",
  "Sub",
  "Sum",
  "Tile",
  "Transpose",
] as const;

type KernelName = (typeof KERNELS)[number];

/** What tfjs has no WASM kernel for; the core does without on that backend, see `#core/wasm.ts`. */
type NotOnWasm = "DepthwiseConv2dNativeBackpropInput";

/** A backend's kernels, complete. */
export type KernelTable = Readonly<Record<KernelName, KernelConfig>>;
export type WasmKernelTable = Omit<KernelTable, NotOnWasm>;

export const GRADIENTS = [
  "Add",
  "BatchMatMul",
  "Concat",
  "Conv2D",
  "DepthwiseConv2dNative",
  "ExpandDims",
  "Mean",
  "Multiply",
  "PadV2",
  "Relu",
  "Relu6",
  "Reshape",
  "Slice",
  "Softmax",
  "SplitV",
  "Sum",
  "Transpose",
] as const;

export type GradientTable = Readonly<Record<(typeof GRADIENTS)[number], GradConfig>>;
