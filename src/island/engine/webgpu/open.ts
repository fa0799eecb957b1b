/** tfjs on WebGPU. */
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js";
import "@tensorflow/tfjs-backend-webgpu/dist/flags_webgpu.js";
import { env } from "@tensorflow/tfjs-core";
import type { Device } from "../device.ts";

/** What tfjs' shaders may need beyond the limits that every device has. */
const LIMITS = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
] as const;

/** @throws Error where there is no adapter or no device */
export async function open(): Promise<Device> {
  // Small tensors too are computed there: what tfjs would compute them with is not shipped; see tfjs-slim.ts.
  env().set("WEBGPU_CPU_FORWARD", false);
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("no adapter");
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  const lost = new AbortController();
  void device.lost.then(({ message }) => lost.abort(message || "the GPU device was lost"));
  // Out of memory and invalid commands are not thrown where they happen: results would be zeros.
  device.addEventListener("uncapturederror", ({ error }) => lost.abort(error.message));
  const backend = new WebGPUBackend(device, adapter.info);
  return {
    name: "webgpu",
    backend,
    lost: lost.signal,
    settle() {
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.submitQueue();
      return device.queue.onSubmittedWorkDone();
    },
  };
}
