/**
 * Which of tfjs' kernels and gradients the programs of src/core need; nothing else is shipped to readers.
 *
 * Names only. In groups, because a reader looks at one model: `base` is what both a ViT and a ResNet call, and
 * `families.ts` says which of the others a family needs. Each backend's folder has a file for each group, and
 * `gradients/` too. A test runs all of the core's programs and compares what they call with these lists, so that a new
 * layer of the core that needs another kernel fails there and not in a reader's browser.
 */
import type { GradConfig, KernelConfig } from "@tensorflow/tfjs-core";

export const KERNELS = {
  base: [
    "Add",
    "BatchMatMul",
    "Cast",
    "ClipByValue",
    "Fill",
    "GatherV2",
    "Identity",
    "Maximum",
    "Mean",
    "Multiply",
    "PadV2",
    "RealDiv",
    "Reshape",
    "Rsqrt",
    "Slice",
    "Sqrt",
    "Square",
    "Sub",
    "Sum",
    "Tile",
    "Transpose",
  ],
  transformers: ["Concat", "Erf", "Exp", "Sigmoid", "Softmax", "SplitV"],
  convolutions: ["Conv2D", "Conv2DBackpropInput", "Equal", "ExpandDims", "Range", "Relu", "Step"],
  rest: [
    "Abs",
    "DepthwiseConv2dNative",
    "DepthwiseConv2dNativeBackpropInput",
    "Less",
    "LessEqual",
    "Pack",
    "Relu6",
  ],
} as const;

export type Group = keyof typeof KERNELS;

/** What tfjs has no WASM kernel for, and what the core has in its place on that backend, see `#core/wasm.ts`. */
type NotOnWasm = "DepthwiseConv2dNativeBackpropInput";
type OnWasm = { readonly rest: { readonly Reverse: KernelConfig } };

/** A backend's kernels of a group, complete. */
export type KernelTable<G extends Group> = Readonly<Record<(typeof KERNELS)[G][number], KernelConfig>>;
export type WasmKernelTable<G extends Group> = Omit<KernelTable<G>, NotOnWasm> &
  (G extends keyof OnWasm ? OnWasm[G] : unknown);

export const GRADIENTS = {
  base: ["Add", "BatchMatMul", "Mean", "Multiply", "Reshape", "Slice", "Sum", "Transpose"],
  transformers: ["Concat", "SplitV"],
  convolutions: ["Conv2D", "PadV2", "Relu"],
  rest: ["DepthwiseConv2dNative", "ExpandDims", "PadV2", "Relu6", "Softmax"],
} as const;

export type GradientTable<G extends Group> = Readonly<Record<(typeof GRADIENTS)[G][number], GradConfig>>;
