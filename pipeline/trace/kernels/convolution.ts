/**
 * Convolutions and their gradients. Everything is recorded NCHW with OIHW filters, the layouts of ONNX and PyTorch;
 * tfjs' NHWC and HWIO become transposes, which cancel against the model's own (`movement.ts`).
 */
import { backend_util } from "@tensorflow/tfjs-core";
import type { GraphBuilder, Node, Shape } from "../graph.ts";
import { sizeOf } from "../graph.ts";
import { activate, add, multiply } from "./elementwise.ts";
import type { KernelTable } from "./kernel.ts";
import { concat, pad, reshape, reverse, slice, transpose } from "./movement.ts";
import { reduceKeepingAxes } from "./reduction.ts";

type Format = "NCHW" | "NHWC";
export type Extents = readonly [number, number];

/** A convolution's or pooling's geometry, without layout. */
export interface Window {
  readonly kernel: Extents;
  readonly strides: Extents;
  readonly dilations: Extents;
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number];
  readonly group: number;
}

const HWIO_TO_OIHW = [3, 2, 0, 1];
const OIHW_TO_HWIO = [2, 3, 1, 0];

export function toNCHW(graph: GraphBuilder, x: Node, format: Format): Node {
  return format === "NHWC" ? transpose(graph, x, [0, 3, 1, 2]) : x;
}

export function fromNCHW(graph: GraphBuilder, x: Node, format: Format): Node {
  return format === "NHWC" ? transpose(graph, x, [0, 2, 3, 1]) : x;
}

/** tfjs' own reading of strides, padding and rounding; `shape` in the given format. */
function convolutionWindow(
  shape: Shape,
  filter: Shape,
  // biome-ignore lint/suspicious/noExplicitAny: tfjs' attributes have one untyped record for all kernels
  attrs: any,
  format: Format,
  depthwise: boolean,
): { window: Window; outHeight: number; outWidth: number } {
  const info = backend_util.computeConv2DInfo(
    shape as [number, number, number, number],
    filter as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(format),
  );
  const { top, left, bottom, right } = info.padInfo;
  const window: Window = {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
    group: depthwise ? info.inChannels : 1,
  };
  return { window, outHeight: info.outHeight, outWidth: info.outWidth };
}

export function windowAttributes(window: Window) {
  return {
    kernel: [...window.kernel],
    strides: [...window.strides],
    dilations: [...window.dilations],
    pads: [...window.pads],
    group: window.group,
  };
}

/** x [B, I, H, W] by filter [O, I/group, kh, kw]. */
export function convolve(graph: GraphBuilder, x: Node, filter: Node, window: Window): Node {
  const shape = [x.shape[0]!, filter.shape[0]!, ...outExtents(x.shape, window)];
  return graph.node("Conv", [x, filter], windowAttributes(window), shape, "float32");
}

export function outExtents(shape: Shape, { kernel, strides, dilations, pads }: Window): [number, number] {
  const along = (axis: 0 | 1): number => {
    const reach = (kernel[axis] - 1) * dilations[axis] + 1;
    return Math.floor((shape[2 + axis]! + pads[axis] + pads[axis + 2]! - reach) / strides[axis]) + 1;
  };
  return [along(0), along(1)];
}

/**
 * Gradient of `convolve` with respect to its image, of extents `height` × `width`.
 *
 * At stride 1 it is a convolution with the flipped filter, inputs and outputs exchanged: faster in onnxruntime than
 * ConvTranspose (987 → 856 ms for a ResNet-50 step; depthwise, 144 channels at 56 px, 3.7 → 1.2 ms), and folded into
 * the weights where they are constant. Otherwise a ConvTranspose whose output padding restores the rows that the
 * stride dropped (zeros between dy's values and a convolution took twice its time).
 */
export function convolveInputGradient(
  graph: GraphBuilder,
  dy: Node,
  filter: Node,
  [height, width]: Extents,
  window: Window,
): Node {
  const { kernel, strides, dilations, pads, group } = window;
  const reach = kernel.map((k, axis) => (k - 1) * dilations[axis]!) as [number, number];
  const flippedPads = [
    reach[0] - pads[0],
    reach[1] - pads[1],
    reach[0] - pads[2],
    reach[1] - pads[3],
  ] as const;
  const exchangeable = group === 1 || filter.shape[1] === 1;
  if (exchangeable && strides.every((stride) => stride === 1) && flippedPads.every((p) => p >= 0)) {
    const flipped = reverse(graph, exchangeChannels(graph, filter, group), [2, 3]);
    return convolve(graph, dy, flipped, { ...window, pads: flippedPads });
  }
  const covered = [2, 3].map((axis, i) => (dy.shape[axis]! - 1) * strides[i]! + reach[i]! + 1);
  const outputPadding = [height - covered[0]! + pads[0] + pads[2], width - covered[1]! + pads[1] + pads[3]];
  return graph.node(
    "ConvTranspose",
    [dy, filter],
    { ...windowAttributes(window), outputPadding },
    [dy.shape[0]!, filter.shape[1]! * group, height, width],
    "float32",
  );
}

/** A filter read backwards, [O, I/g, k, k] → [I, O/g, k, k], of one group or of groups with one input each. */
function exchangeChannels(graph: GraphBuilder, filter: Node, group: number): Node {
  if (group === 1) return transpose(graph, filter, [1, 0, 2, 3]);
  const [outputs, , height, width] = filter.shape as [number, number, number, number];
  return reshape(graph, filter, [group, outputs / group, height, width]);
}

/** Gradient of `convolve` with respect to its filter. */
function convolveFilterGradient(graph: GraphBuilder, x: Node, dy: Node, window: Window): Node {
  const shape = [dy.shape[1]!, x.shape[1]! / window.group, ...window.kernel];
  if (window.group !== 1) return depthwiseFilterGradient(graph, x, dy, window);
  return graph.node("ConvFilterGrad", [x, dy], windowAttributes(window), shape, "float32");
}

/**
 * The part of a padded image that one place of the window sees, at the window's strides.
 *
 *   padded [B, C, H + pads, W + pads], place (row, column) in the kernel → [B, C, outHeight, outWidth]
 */
export function seenBy(
  graph: GraphBuilder,
  padded: Node,
  window: Window,
  row: number,
  column: number,
  [outHeight, outWidth]: Extents,
): Node {
  return slice(
    graph,
    padded,
    [0, 0, row * window.dilations[0], column * window.dilations[1]],
    [padded.shape[0]!, padded.shape[1]!, outHeight, outWidth],
    [1, 1, ...window.strides],
  );
}

export function padImage(graph: GraphBuilder, x: Node, { pads }: Window, value = 0): Node {
  return pad(graph, x, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]], value);
}

/** One sum of products for each place of the kernel; depthwise convolutions have few places and cheap ones. */
function depthwiseFilterGradient(graph: GraphBuilder, x: Node, dy: Node, window: Window): Node {
  const [batch, outputs, outHeight, outWidth] = dy.shape as [number, number, number, number];
  const channels = x.shape[1]!;
  const multiplier = outputs / channels;
  const padded = padImage(graph, x, window);
  const grouped = reshape(graph, dy, [batch, channels, multiplier, outHeight, outWidth]);
  const places: Node[] = [];
  for (let row = 0; row < window.kernel[0]; row++) {
    for (let column = 0; column < window.kernel[1]; column++) {
      const seen = seenBy(graph, padded, window, row, column, [outHeight, outWidth]);
      const broadcast = reshape(graph, seen, [batch, channels, 1, outHeight, outWidth]);
      const sum = reduceKeepingAxes(graph, "ReduceSum", multiply(graph, broadcast, grouped), [0, 3, 4]);
      places.push(reshape(graph, sum, [outputs, 1, 1]));
    }
  }
  return reshape(graph, concat(graph, places, 2), [outputs, 1, ...window.kernel]);
}

/** [H, W, C, M] of tfjs' depthwise filters ↔ [C·M, 1, H, W] of grouped convolutions. */
function depthwiseToGrouped(graph: GraphBuilder, filter: Node): Node {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  return reshape(graph, transpose(graph, filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

function groupedToDepthwise(graph: GraphBuilder, filter: Node, shape: Shape): Node {
  const [height, width, channels, multiplier] = shape as [number, number, number, number];
  return transpose(graph, reshape(graph, filter, [channels, multiplier, height, width]), [2, 3, 0, 1]);
}

export const convolutionKernels: KernelTable = {
  Conv2D: ({ graph, inputs, attrs }) => {
    const format: Format = attrs.dataFormat ?? "NHWC";
    const [x, filter] = [inputs.x!, inputs.filter!];
    const { window } = convolutionWindow(x.shape, filter.shape, attrs, format, false);
    const y = convolve(graph, toNCHW(graph, x, format), transpose(graph, filter, HWIO_TO_OIHW), window);
    return fromNCHW(graph, y, format);
  },
  FusedConv2D: ({ graph, inputs, attrs }) => {
    const format: Format = attrs.dataFormat ?? "NHWC";
    const [x, filter, bias] = [inputs.x!, inputs.filter!, inputs.bias];
    const { window } = convolutionWindow(x.shape, filter.shape, attrs, format, false);
    const y = convolve(graph, toNCHW(graph, x, format), transpose(graph, filter, HWIO_TO_OIHW), window);
    const biased =
      bias === undefined ? y : add(graph, y, reshape(graph, bias, [1, sizeOf(bias.shape), 1, 1]));
    return fromNCHW(graph, activate(graph, biased, attrs.activation), format);
  },
  Conv2DBackpropInput: ({ graph, inputs, attrs }) => {
    const format: Format = attrs.dataFormat ?? "NHWC";
    const [dy, filter] = [inputs.dy!, inputs.filter!];
    const inputShape: number[] = attrs.inputShape;
    const { window } = convolutionWindow(inputShape, filter.shape, attrs, format, false);
    const extents: Extents =
      format === "NHWC" ? [inputShape[1]!, inputShape[2]!] : [inputShape[2]!, inputShape[3]!];
    const dx = convolveInputGradient(
      graph,
      toNCHW(graph, dy, format),
      transpose(graph, filter, HWIO_TO_OIHW),
      extents,
      window,
    );
    return fromNCHW(graph, dx, format);
  },
  Conv2DBackpropFilter: ({ graph, inputs, attrs }) => {
    const format: Format = attrs.dataFormat ?? "NHWC";
    const [x, dy] = [inputs.x!, inputs.dy!];
    const { window } = convolutionWindow(x.shape, attrs.filterShape, attrs, format, false);
    const dw = convolveFilterGradient(graph, toNCHW(graph, x, format), toNCHW(graph, dy, format), window);
    return transpose(graph, dw, OIHW_TO_HWIO);
  },
  DepthwiseConv2dNative: ({ graph, inputs, attrs }) => {
    const format: Format = attrs.dataFormat ?? "NHWC";
    const [x, filter] = [inputs.x!, inputs.filter!];
    const { window } = convolutionWindow(x.shape, filter.shape, attrs, format, true);
    const y = convolve(graph, toNCHW(graph, x, format), depthwiseToGrouped(graph, filter), window);
    return fromNCHW(graph, y, format);
  },
  // tfjs' two depthwise gradients have no data format: they are NHWC only.
  DepthwiseConv2dNativeBackpropInput: ({ graph, inputs, attrs }) => {
    const filter = inputs.filter!;
    const inputShape: number[] = attrs.inputShape;
    const { window } = convolutionWindow(inputShape, filter.shape, attrs, "NHWC", true);
    const dx = convolveInputGradient(
      graph,
      toNCHW(graph, inputs.dy!, "NHWC"),
      depthwiseToGrouped(graph, filter),
      [inputShape[1]!, inputShape[2]!],
      window,
    );
    return fromNCHW(graph, dx, "NHWC");
  },
  DepthwiseConv2dNativeBackpropFilter: ({ graph, inputs, attrs }) => {
    const x = inputs.x!;
    const { window } = convolutionWindow(x.shape, attrs.filterShape, attrs, "NHWC", true);
    const dw = convolveFilterGradient(
      graph,
      toNCHW(graph, x, "NHWC"),
      toNCHW(graph, inputs.dy!, "NHWC"),
      window,
    );
    return groupedToDepthwise(graph, dw, attrs.filterShape);
  },
};
