/**
 * Part of the build, not of the page: a Vite plugin that leaves out of tfjs what the island never calls, and keeps
 * together what is always loaded together.
 *
 * tfjs-core's entry registers optimizers; its `base` does not. Its helpers are namespaces behind a re-export, which
 * bundlers keep whole; imported directly, and taken apart name by name, they are shaken. The GPU backends compute tiny
 * tensors with the plain JavaScript kernels of another package, all forty of them; the island switches that off
 * (`CPU_FORWARD`) and replays recorded steps, which have no such tensors left. WASM brings the glue of its threaded
 * module, which the island never starts. What it saves is measured in README.md.
 */

/** The part of Vite's plugins that is used; the island does not depend on the bundler. */
interface Plugin {
  readonly name: string;
  readonly enforce: "pre";
  outputOptions(options: object): object;
  resolveId(source: string, importer?: string): string | undefined;
  load(id: string): string | undefined;
  transform(code: string, id: string): string | undefined;
}

const CORE = "@tensorflow/tfjs-core";
const BASE = `${CORE}/dist/base.js`;

/** Where tfjs-core's namespaces lie. */
const NAMESPACES: Readonly<Record<string, string>> = {
  backend_util: "backends/backend_util",
  broadcast_util: "ops/broadcast_util",
  device_util: "device_util",
  gather_util: "ops/gather_nd_util",
  kernel_impls: "backends/kernel_impls",
  scatter_util: "ops/scatter_nd_util",
  slice_util: "ops/slice_util",
  tensor_util: "tensor_util",
  util: "util",
};

/** Left out, by the end of what is imported and by who imports it. */
const LEFT_OUT: readonly { readonly end: string; readonly importer: RegExp }[] = [
  { end: "tfjs-backend-cpu/dist/shared", importer: /tfjs-backend-web(gpu|gl)/ },
  { end: "tfjs-backend-wasm-threaded-simd.js", importer: /tfjs-backend-wasm/ },
  { end: "tfjs-backend-wasm-threaded-simd.worker.js", importer: /tfjs-backend-wasm/ },
  // Tensors as text, and times of single kernels, which tfjs takes when it debugs.
  { end: "/tensor_format", importer: /tfjs-core\/dist\/tensor\.js/ },
  { end: "/profiler", importer: /tfjs-core\/dist\/engine\.js/ },
  // A list of telephones. WebGL asks for it and has it.
  { end: "/device_util", importer: /tfjs-core\/dist\/flags\.js/ },
  // Pictures from outside, convolution for debugging, and products of complex numbers.
  { end: "/texture_manager", importer: /backend_webgpu/ },
  { end: "/conv2d_naive_webgpu", importer: /Conv2D_impl/ },
  { end: "/binary_op_complex_webgpu", importer: /kernel_funcs_utils/ },
  // Gradients of filters: weights are frozen.
  { end: "_backprop_filter", importer: /tfjs-core\/dist\/gradients/ },
];

/** What is imported from there all the same. */
const STAND_IN = "\0tfjs-slim:stand-in";
const STAND_INS = `
// What counts up is made by the processor on every backend.
export { rangeImpl } from "@tensorflow/tfjs-backend-cpu/dist/kernels/Range_impl.js";
export default undefined;
export const wasmWorkerContents = "";
export const tensorToString = () => "a tensor";
export class Profiler {}
export class TextureManager { dispose() {} }
export class Conv2DNaiveProgram {}
export class BinaryOpComplexProgram {}
export const isBrowser = () => true;
export const conv2DBackpropFilter = undefined;
export const depthwiseConv2dNativeBackpropFilter = undefined;
`;

/**
 * Files that go together, with all that they import. Left to itself, the bundler makes a file of each set of modules
 * that the same parts happen to share: thirty requests for one model, and more bytes when compressed.
 */
const TOGETHER = [
  // What is loaded in any case, and the little that backends and families share.
  {
    name: "engine",
    priority: 4,
    test: /island\/(worker|engine\/gradients\/base)\.ts$|core\/(layers|models\/sequence)\.ts$|tfjs-core\/dist\/(backends\/|ops\/(\w+_util|scalar|tile)\.js)|tfjs-slim/,
  },
  ...["webgpu", "webgl", "wasm", "cpu"].map((name) => ({
    name,
    priority: 2,
    test: new RegExp(`island/engine/${name}/(open|base)\\.ts$|tfjs-backend-${name}/dist/kernels/ExpandDims`),
  })),
  // Kernels of plain JavaScript that WASM makes use of.
  { name: "plain", priority: 3, test: /tfjs-backend-cpu\/dist\/(cpu_util|kernels\/(Slice|\w+_impl))\.js$/ },
  {
    name: "transformers",
    priority: 1,
    test: /core\/models\/(feed-forward|patches|self-attention|zero-shot)\.ts$|gradients\/transformers\.ts$/,
  },
  {
    name: "convolutions",
    priority: 1,
    test: /core\/(pooling|models\/convolution-steps)\.ts$|gradients\/convolutions\.ts$/,
  },
];

export function tfjsSlim(): Plugin {
  return {
    name: "tfjs-slim",
    enforce: "pre",
    outputOptions: (options) => ({ ...options, codeSplitting: { groups: TOGETHER } }),
    resolveId(source, importer = "") {
      const isLeftOut = LEFT_OUT.some((entry) => source.endsWith(entry.end) && entry.importer.test(importer));
      return isLeftOut ? STAND_IN : undefined;
    },
    load: (id) => (id === STAND_IN ? STAND_INS : undefined),
    transform(code, id) {
      if (!code.includes(CORE) || !/\.[jt]s(\?|$)/.test(id)) return undefined;
      return takenApart(direct(code));
    },
  };
}

/** `import { util, Add } from core` as imports of the files where those are. */
function direct(code: string): string {
  return code
    .replaceAll(/import \{([^}]*)\} from ['"]@tensorflow\/tfjs-core['"];?/g, (_, list: string) => {
      const names = list.split(",").map((name) => name.trim());
      const others = names.filter((name) => !Object.hasOwn(NAMESPACES, name));
      const spaces = names
        .filter((name) => Object.hasOwn(NAMESPACES, name))
        .map((name) => `import * as ${name} from "${CORE}/dist/${NAMESPACES[name]}.js";`);
      return [`import { ${others.join(", ")} } from "${BASE}";`, ...spaces].join(" ");
    })
    .replaceAll(/from ['"]@tensorflow\/tfjs-core['"]/g, `from "${BASE}"`);
}

/** `const { a, b } = some_util` as one constant each: taken apart at once, a namespace is a value and is kept whole. */
function takenApart(code: string): string {
  return code.replaceAll(/const \{([\w\s,]*)\} = (\w+_util);/g, (_, list: string, space: string) =>
    list
      .split(",")
      .map((name) => `const ${name.trim()} = ${space}.${name.trim()};`)
      .join(" "),
  );
}
