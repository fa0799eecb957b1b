/** A place where tfjs computes: what the four backends' `open.ts` give. */
import type { KernelBackend } from "@tensorflow/tfjs-core";
import type { BackendName } from "../protocol.ts";

export interface Device {
  readonly name: BackendName;
  readonly backend: KernelBackend;
  /** Aborted, with the reason, when what was computed there is gone; never where that cannot happen. */
  readonly lost: AbortSignal;
  /** Waits until the device has done what it was given; without it a GPU's queue grows ahead of the reader. */
  settle(): Promise<void>;
}
