/**
 * ONNX models as bytes, by hand: the few messages of onnx.proto3 that a static graph needs.
 *
 * Weights are external tensors, so the model stays small and weights are neither copied into it nor bound by the 2 GB
 * limit of a message. Each initializer that is a parameter names a range of a file on disk, or its own "file" (the
 * parameter's name), which the session receives as memory. Not for choosing operators: that is `lower/`.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 for the field numbers
 */
import type { DType, Shape } from "./graph.ts";
import { MessageWriter } from "./protobuf.ts";

/** Reductions with their axes as an operand need 18; 20 is what onnxruntime has had since 1.17. */
const OPSET = 20;
const IR_VERSION = 9;
/** TensorProto.DataLocation */
const EXTERNAL = 1;
/** onnxruntime's own operators: FusedMatMul. */
export const CONTRIB_DOMAIN = "com.microsoft";

export type ElementType = DType | "int64";

/** TensorProto.DataType */
export const DATA_TYPE: Readonly<Record<ElementType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** Integers and lists of integers as they are; a float must be told from an integer. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
  /** The values; absent for a parameter, whose values come with the session. */
  readonly bytes?: Uint8Array;
  /** Of a parameter: the range of a file, in the folder that the session is told, that holds its values. */
  readonly place?: { readonly file: string; readonly offset: number; readonly bytes: number };
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

export function encodeModel(graph: OnnxGraph): Uint8Array {
  const body = new MessageWriter();
  graph.nodes.forEach((node, index) => {
    body.message(1, encodeNode(node, index));
  });
  body.string(2, graph.name);
  for (const tensor of graph.initializers) body.message(5, encodeInitializer(tensor));
  for (const tensor of graph.inputs) body.message(11, encodeValueInfo(tensor));
  for (const tensor of graph.outputs) body.message(12, encodeValueInfo(tensor));

  return new MessageWriter()
    .int(1, IR_VERSION)
    .string(2, "vision-neuron-atlas")
    .message(7, body)
    .message(8, new MessageWriter().string(1, "").int(2, OPSET))
    .message(8, new MessageWriter().string(1, CONTRIB_DOMAIN).int(2, 1))
    .finish();
}

function encodeNode(node: OnnxNode, index: number): MessageWriter {
  const message = new MessageWriter();
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  message.string(3, `${node.type}_${index}`).string(4, node.type);
  for (const [name, value] of Object.entries(node.attributes))
    message.message(5, encodeAttribute(name, value));
  if (node.domain !== "") message.string(7, node.domain);
  return message;
}

/** AttributeProto: the value in the field of its type, and the type again in field 20. */
function encodeAttribute(name: string, value: OnnxAttribute): MessageWriter {
  const message = new MessageWriter().string(1, name);
  if (typeof value === "number") return message.int(3, value).int(20, 2);
  if (typeof value === "string") return message.string(4, value).int(20, 3);
  if ("float" in value) return message.float(2, value.float).int(20, 1);
  return message.packed(8, value).int(20, 7);
}

function encodeInitializer(tensor: OnnxTensor): MessageWriter {
  const message = new MessageWriter().packed(1, tensor.shape).int(2, DATA_TYPE[tensor.type]);
  message.string(8, tensor.name);
  if (tensor.bytes !== undefined) return message.bytes(9, tensor.bytes);
  const { place } = tensor;
  const entries = place
    ? { location: place.file, offset: place.offset, length: place.bytes }
    : { location: tensor.name };
  for (const [key, value] of Object.entries(entries))
    message.message(13, new MessageWriter().string(1, key).string(2, String(value)));
  return message.int(14, EXTERNAL);
}

function encodeValueInfo(tensor: OnnxTensor): MessageWriter {
  const shape = new MessageWriter();
  for (const extent of tensor.shape) shape.message(1, new MessageWriter().int(1, extent));
  const tensorType = new MessageWriter().int(1, DATA_TYPE[tensor.type]).message(2, shape);
  return new MessageWriter().string(1, tensor.name).message(2, new MessageWriter().message(1, tensorType));
}
