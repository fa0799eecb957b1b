/** tfjs on WebGL 2, on a canvas that nobody sees. */
import { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl/dist/backend_webgl.js";
import { setWebGLContext } from "@tensorflow/tfjs-backend-webgl/dist/canvas_util.js";
import "@tensorflow/tfjs-backend-webgl/dist/flags_webgl.js";
import { GPGPUContext } from "@tensorflow/tfjs-backend-webgl/dist/gpgpu_context.js";
import { env } from "@tensorflow/tfjs-core";
import type { Device } from "../device.ts";

const WEBGL = 2;

/** @throws Error where there is no context, or one without float textures */
export async function open(): Promise<Device> {
  // Small tensors too are computed there: what tfjs would compute them with is not shipped; see tfjs-slim.ts.
  env().set("WEBGL_CPU_FORWARD", false);
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("webgl2", { antialias: false, depth: false, alpha: false });
  if (!context) throw new Error("no WebGL 2");
  if (!context.getExtension("EXT_color_buffer_float")) throw new Error("no float textures");
  const lost = new AbortController();
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    lost.abort("the WebGL context was lost");
  });
  setWebGLContext(WEBGL, context);
  // With a context of its own it has shaders of its own too: tfjs' shared ones would outlive a lost context.
  const gpu = new GPGPUContext();
  return {
    name: "webgl",
    backend: new MathBackendWebGL(gpu),
    lost: lost.signal,
    settle: () => gpu.createAndWaitForFence(),
  };
}
