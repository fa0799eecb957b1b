/**
 * Part of the build, not of the page: a Vite plugin that leaves out of tfjs what the island never calls.
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
];
const EMPTY = "\0tfjs-slim:empty";

export function tfjsSlim(): Plugin {
  return {
    name: "tfjs-slim",
    enforce: "pre",
    resolveId(source, importer = "") {
      const isLeftOut = LEFT_OUT.some((entry) => source.endsWith(entry.end) && entry.importer.test(importer));
      return isLeftOut ? EMPTY : undefined;
    },
    load: (id) =>
      id === EMPTY ? "export default undefined; export const wasmWorkerContents = '';" : undefined,
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
