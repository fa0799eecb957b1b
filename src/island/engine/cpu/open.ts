/** tfjs in plain JavaScript: slow, and there everywhere. */
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu/dist/backend_cpu.js";
import type { Device } from "../device.ts";

export async function open(): Promise<Device> {
  return {
    name: "cpu",
    backend: new MathBackendCPU(),
    lost: new AbortController().signal,
    settle: () => Promise.resolve(),
  };
}
