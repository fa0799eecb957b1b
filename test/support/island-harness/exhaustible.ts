/**
 * Graphics memory that runs out once, when a page asks for it, as browsers tell: WebGL gives no texture, at which tfjs
 * throws, and WebGPU sends an event, because what was asked for has returned long ago.
 */
const devices: GPUDevice[] = [];
let isExhausted = false;

const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (...given) {
  const device = await requestDevice.apply(this, given);
  devices.push(device);
  return device;
};

const { createTexture } = WebGL2RenderingContext.prototype;
WebGL2RenderingContext.prototype.createTexture = function () {
  if (!isExhausted) return createTexture.call(this);
  isExhausted = false;
  // What its type does not say: null where memory or the context is gone.
  return null as unknown as WebGLTexture;
};

new BroadcastChannel("exhaust").addEventListener("message", () => {
  isExhausted = true;
  const error = new GPUOutOfMemoryError("not enough memory left");
  devices.at(-1)?.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error }));
});
