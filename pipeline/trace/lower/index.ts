/** A graph as an ONNX model for one target. The table below is total over the primitives, checked by the compiler. */
import { basename } from "node:path";
import type { Place } from "../../weights/read.ts";
import type { Graph, Node, Op } from "../graph.ts";
import { encodeModel, type OnnxTensor } from "../onnx.ts";
import { fuseSums } from "../passes/fuse.ts";
import { convolutionLowerings } from "./convolution.ts";
import { elementwiseLowerings } from "./elementwise.ts";
import { Emitter, type Lowering, type Target } from "./emitter.ts";
import { linalgLowerings } from "./linalg.ts";
import { movementLowerings } from "./movement.ts";
import { reductionLowerings } from "./reduction.ts";

export type { Target } from "./emitter.ts";

const LOWERINGS: Readonly<Record<Exclude<Op, "Input" | "Param" | "Constant">, Lowering>> = {
  ...elementwiseLowerings,
  ...movementLowerings,
  ...reductionLowerings,
  ...linalgLowerings,
  ...convolutionLowerings,
};

/** Prefixes keep the names of the three kinds apart: an optimizer's output often has the name of its input. */
export const inputName = (name: string): string => `in:${name}`;
export const paramName = (name: string): string => `param:${name}`;
export const outputName = (name: string): string => `out:${name}`;

/**
 * The bytes of an ONNX model.
 *
 * Parameters are external tensors: in the file of their place, or else in memory that the session is handed under the
 * name `paramName(…)`. All files must lie in one folder, which the session is told too.
 */
export function lower(
  name: string,
  graph: Graph,
  target: Target,
  places: Readonly<Record<string, Place>> = {},
): Uint8Array {
  const emit = new Emitter(target);
  const inputs: OnnxTensor[] = [];
  const names = new Map<Node, string>();
  const fused = fuseSums(graph);
  for (const node of fused.nodes) names.set(node, lowerNode(emit, node, names, inputs, places));
  const outputs = Object.entries(fused.outputs).map(([output, node]): OnnxTensor => {
    const onnxName = outputName(output);
    emit.nodes.push({
      type: "Identity",
      domain: "",
      inputs: [names.get(node)!],
      outputs: [onnxName],
      attributes: {},
    });
    return { name: onnxName, shape: node.shape, type: node.dtype };
  });
  return encodeModel({ name, nodes: emit.nodes, initializers: emit.initializers, inputs, outputs });
}

function lowerNode(
  emit: Emitter,
  node: Node,
  names: ReadonlyMap<Node, string>,
  inputs: OnnxTensor[],
  places: Readonly<Record<string, Place>>,
): string {
  switch (node.op) {
    case "Input": {
      const tensor = {
        name: inputName(node.attributes.name as string),
        shape: node.shape,
        type: node.dtype,
      };
      inputs.push(tensor);
      return tensor.name;
    }
    case "Param": {
      const param = node.attributes.name as string;
      const place = places[param];
      const tensor = {
        name: paramName(param),
        shape: node.shape,
        type: node.dtype,
        ...(place && { place: { file: basename(place.file), offset: place.offset, bytes: place.bytes } }),
      };
      emit.initializers.push(tensor);
      return tensor.name;
    }
    case "Constant":
      return emit.constant(node.values!, node.shape, node.dtype);
    default:
      return LOWERINGS[node.op](
        emit,
        node,
        node.inputs.map((operand) => names.get(operand)!),
      );
  }
}
