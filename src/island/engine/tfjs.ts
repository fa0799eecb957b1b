/**
 * What importing tfjs-core sets up, as far as a worker needs it: flags and a platform.
 *
 * Not its own browser platform, which brings stores for models with it, 4 KB of them.
 */
import "@tensorflow/tfjs-core/dist/flags.js";
import { cast, env } from "@tensorflow/tfjs-core";
import { type OpHandler, setOpHandler } from "@tensorflow/tfjs-core/dist/tensor.js";

env().setPlatform("island", {
  fetch: (path, init) => fetch(path, init),
  now: () => performance.now(),
  // Of strings, in UTF-8 only: no kernel of the island has any.
  encode: (text) => new TextEncoder().encode(text),
  decode: (bytes) => new TextDecoder().decode(bytes),
  setTimeoutCustom: (work, delay) => void setTimeout(() => work(), delay),
  isTypedArray: (value) =>
    value instanceof Float32Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array ||
    value instanceof Uint8ClampedArray,
});

// Tensors have operations as methods; tfjs itself calls one of them, where it brings two types together.
setOpHandler({ cast } as Partial<OpHandler> as OpHandler);
