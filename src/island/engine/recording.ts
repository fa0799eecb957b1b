/**
 * Listens to the kernels that tfjs calls: every kernel of the island is registered with an ear before it.
 *
 * Not for what is made of the record; see `replay.ts`.
 */
import { getKernel, type KernelConfig, type KernelFunc, registerKernel } from "@tensorflow/tfjs-core";

type KernelCall = Parameters<KernelFunc>[0];
type KernelResult = ReturnType<KernelFunc>;

/** Is told of each call after it was made. */
export type Listener = (kernel: KernelFunc, call: KernelCall, result: KernelResult) => void;

let listener: Listener | undefined;

/** Calls `work` and tells of all kernels that it runs. */
export function listen<T>(to: Listener, work: () => T): T {
  listener = to;
  try {
    return work();
  } finally {
    listener = undefined;
  }
}

/** Makes a backend's kernels known to tfjs. One that is known already stays: a test may have put another there. */
export function registerKernels(table: Readonly<Record<string, KernelConfig>>): void {
  for (const config of Object.values(table))
    if (!getKernel(config.kernelName, config.backendName)) registerKernel(withEar(config));
}

function withEar(config: KernelConfig): KernelConfig {
  const { kernelFunc } = config;
  return {
    ...config,
    kernelFunc(call) {
      const result = kernelFunc(call);
      listener?.(kernelFunc, call, result);
      return result;
    },
  };
}
