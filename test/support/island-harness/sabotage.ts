/** Breaks a kernel of the WASM backend before the engine registers its own: e to the x is x. */
import { registerKernel, type TensorInfo } from "@tensorflow/tfjs-core";

registerKernel({
  kernelName: "Exp",
  backendName: "wasm",
  kernelFunc({ inputs, backend }) {
    const x = inputs.x as TensorInfo;
    (backend as { incRef(dataId: object): void }).incRef(x.dataId);
    return x;
  },
});
