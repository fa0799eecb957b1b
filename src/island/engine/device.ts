/** A place where tfjs computes: what the four backends' files open. */
import type { KernelBackend } from "@tensorflow/tfjs-core";
import type { BackendName } from "../protocol.ts";
import type { KernelTable, WasmKernelTable } from "./kernels.ts";

export interface Device {
  readonly name: BackendName;
  readonly kernels: KernelTable | WasmKernelTable;
  readonly backend: KernelBackend;
  /** Aborted, with the reason, when what was computed there is gone; never where that cannot happen. */
  readonly lost: AbortSignal;
  /** Waits until the device has done what it was given; without it a GPU's queue grows ahead of the reader. */
  settle(): Promise<void>;
}
