/** Which graphics adapters the browser offers, asked before anything of tfjs is loaded. */
import type { BackendName } from "../protocol.ts";

export interface Adapter {
  /** For readers; empty where there is no adapter to name. */
  readonly name: string;
  /** Drawn by the processor: slower than WASM, and not what was meant by "GPU". */
  readonly software: boolean;
}

/** SwiftShader (Chromium), llvmpipe and its kin (Mesa), WARP (Windows), which calls itself "Basic Render". */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|\bwarp\b|software/i;

/** What a backend would compute on, or why it cannot. */
export async function adapterOf(backend: BackendName): Promise<Adapter | string> {
  if (backend === "webgpu") return webgpuAdapter();
  if (backend === "webgl") return webglAdapter();
  return { name: "", software: false };
}

async function webgpuAdapter(): Promise<Adapter | string> {
  if (!navigator.gpu) return isSecureContext ? "this browser has no WebGPU" : "WebGPU needs https";
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return "no adapter";
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(" ");
  return { name, software: isFallbackAdapter || SOFTWARE.test(name) };
}

function webglAdapter(): Adapter | string {
  const context =
    typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(1, 1).getContext("webgl2");
  if (!context) return "this browser has no WebGL 2 outside of pages";
  const info = context.getExtension("WEBGL_debug_renderer_info");
  const name = String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  // Browsers let go of the oldest of too many contexts: this one has served.
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return { name, software: SOFTWARE.test(name) };
}
