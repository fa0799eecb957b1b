/**
 * Matrix products on tfjs' WASM backend, whose fast path (XNNPACK) takes one pair of matrices as they lie; any other
 * falls back to plain loops. A transposed matrix is therefore turned first. That of a frozen weight is turned once:
 * these are kernels of their own to the recorder, and `replay.ts` keeps what depends on weights alone.
 *
 * Batches of small products, attention's, stay in the plain loops: one call for each would cost more.
 */
import { batchMatMulConfig } from "@tensorflow/tfjs-backend-wasm/dist/kernels/BatchMatMul.js";
import {
  BatchMatMul,
  type BatchMatMulAttrs,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  Transpose,
} from "@tensorflow/tfjs-core";
import { registerKernels } from "../recording.ts";

/** tfjs' own kernel, under a name by which nothing but this file calls it. */
const DIRECT = "DirectMatMul";

/** Puts itself before tfjs' kernel; where another is known already, that stays. */
export function registerProducts(): void {
  if (getKernel(BatchMatMul, "wasm")) return;
  registerKernels({ [DIRECT]: { ...batchMatMulConfig, kernelName: DIRECT } });
  registerKernel({ kernelName: BatchMatMul, backendName: "wasm", kernelFunc: product });
}

const run = (name: string, call: Parameters<KernelFunc>[0]): TensorInfo =>
  getKernel(name, "wasm").kernelFunc(call) as TensorInfo;

const product: KernelFunc = (call) => {
  const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
  const { transposeA, transposeB } = call.attrs as unknown as BatchMatMulAttrs;
  const isPair = a.shape.length === 2 && b.shape.length === 2;
  if (!isPair || !(transposeA || transposeB)) return run(DIRECT, call);
  const { backend } = call;
  const turned = (x: TensorInfo): TensorInfo =>
    run(Transpose, { inputs: { x }, backend, attrs: { perm: [1, 0] } });
  const [left, right] = [transposeA ? turned(a) : a, transposeB ? turned(b) : b];
  const attrs = { transposeA: false, transposeB: false };
  const result = run(DIRECT, { inputs: { a: left, b: right }, backend, attrs });
  for (const made of [left, right]) {
    if (made !== a && made !== b) (backend as KernelBackend).disposeData(made.dataId);
  }
  return result;
};
