/**
 * The parts of tfjs, each loaded when it is needed: the backends, and kernels and gradients by group.
 *
 * One import a part, spelt out, because bundlers make a file of each import that they can read.
 */
import type { GradConfig, KernelConfig } from "@tensorflow/tfjs-core";
import type { BackendName } from "../protocol.ts";
import type { Device } from "./device.ts";
import type { Group } from "./kernels.ts";

/** Loads a module that has one thing to offer. */
type Part<Name extends string, T> = () => Promise<Readonly<Record<Name, T>>>;
type Table<T> = Readonly<Record<string, T>>;

interface BackendParts {
  readonly device: Part<"open", () => Promise<Device>>;
  readonly kernels: Readonly<Record<Group, Part<"KERNELS", Table<KernelConfig>>>>;
}

/** In the order in which they are tried. */
export const BACKENDS: Readonly<Record<BackendName, BackendParts>> = {
  webgpu: {
    device: () => import("./webgpu/open.ts"),
    kernels: {
      base: () => import("./webgpu/base.ts"),
      transformers: () => import("./webgpu/transformers.ts"),
      convolutions: () => import("./webgpu/convolutions.ts"),
      rest: () => import("./webgpu/rest.ts"),
    },
  },
  webgl: {
    device: () => import("./webgl/open.ts"),
    kernels: {
      base: () => import("./webgl/base.ts"),
      transformers: () => import("./webgl/transformers.ts"),
      convolutions: () => import("./webgl/convolutions.ts"),
      rest: () => import("./webgl/rest.ts"),
    },
  },
  wasm: {
    device: () => import("./wasm/open.ts"),
    kernels: {
      base: () => import("./wasm/base.ts"),
      transformers: () => import("./wasm/transformers.ts"),
      convolutions: () => import("./wasm/convolutions.ts"),
      rest: () => import("./wasm/rest.ts"),
    },
  },
  cpu: {
    device: () => import("./cpu/open.ts"),
    kernels: {
      base: () => import("./cpu/base.ts"),
      transformers: () => import("./cpu/transformers.ts"),
      convolutions: () => import("./cpu/convolutions.ts"),
      rest: () => import("./cpu/rest.ts"),
    },
  },
};

export const GRADIENTS: Readonly<Record<Group, Part<"GRADIENTS", Table<GradConfig>>>> = {
  base: () => import("./gradients/base.ts"),
  transformers: () => import("./gradients/transformers.ts"),
  convolutions: () => import("./gradients/convolutions.ts"),
  rest: () => import("./gradients/rest.ts"),
};
