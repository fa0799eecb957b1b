/** What can be said of a graph without running it: its floating-point operations and its digest. */
import { createHash } from "node:crypto";
import { digestOfValues, type Graph, type Node, sizeOf } from "./graph.ts";

/** Multiply-adds of products and convolutions, times two; everything else is not counted, as is usual. */
export function countFlops(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + nodeFlops(node), 0);
}

/** What an output needs beyond what the outputs before it need. */
export interface Share {
  readonly flops: number;
  /** Names of the parameters that nothing before it reads. */
  readonly params: readonly string[];
}

/**
 * Shares a graph out among its outputs: every node belongs to the first output that depends on it.
 *
 * @param outputs names, in the order in which they take their share
 */
export function shareOut(graph: Graph, outputs: readonly string[]): Share[] {
  const taken = new Set<Node>();
  return outputs.map((output) => {
    const share = { flops: 0, params: [] as string[] };
    const ahead = [graph.outputs[output]!];
    for (let node = ahead.pop(); node !== undefined; node = ahead.pop()) {
      if (taken.has(node)) continue;
      taken.add(node);
      share.flops += nodeFlops(node);
      if (node.op === "Param") share.params.push(node.attributes.name as string);
      ahead.push(...node.inputs);
    }
    return share;
  });
}

function nodeFlops(node: Node): number {
  const size = sizeOf(node.shape);
  switch (node.op) {
    case "MatMul":
    case "Gemm":
      return 2 * size * node.inputs[0]!.shape.at(node.attributes.transposeA ? -2 : -1)!;
    case "Conv":
      return 2 * size * sizeOf(node.inputs[1]!.shape.slice(1));
    case "ConvTranspose":
      return 2 * sizeOf(node.inputs[0]!.shape) * sizeOf(node.inputs[1]!.shape.slice(1));
    case "ConvFilterGrad":
      return 2 * sizeOf(node.inputs[1]!.shape) * sizeOf(node.shape.slice(1));
    default:
      return 0;
  }
}

/**
 * sha256 over operations, attributes, constants, shapes, and the names of inputs, parameters and outputs.
 *
 * Nodes are numbered anew, so the digest depends neither on what was recorded and dropped, nor on weights' values.
 */
export function digestGraph(graph: Graph): string {
  const hash = createHash("sha256");
  const numbers = new Map<Node, number>();
  for (const node of graph.nodes) {
    const attributes = Object.entries(node.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
    const operands = node.inputs.map((operand) => numbers.get(operand)!);
    const values = node.values === undefined ? null : digestOfValues(node.values);
    hash.update(`${JSON.stringify([node.op, operands, attributes, node.shape, node.dtype, values])}\n`);
    numbers.set(node, numbers.size);
  }
  for (const [name, node] of Object.entries(graph.outputs)) {
    hash.update(`${JSON.stringify([name, numbers.get(node)!])}\n`);
  }
  return hash.digest("hex");
}
