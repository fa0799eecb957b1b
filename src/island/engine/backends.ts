/**
 * Chooses where to compute: the first backend, in order, whose gradients are right.
 *
 * Hardware first: WebGPU, then WebGL; then WASM; graphics drawn by software after it; plain JavaScript last. Each is
 * loaded only when its turn comes. Some drivers return wrong gradients, so none is believed: see `self-check.ts`.
 */
import {
  enableProdMode,
  getGradient,
  registerBackend,
  registerGradient,
  removeBackend,
  setBackend,
} from "@tensorflow/tfjs-core";
import type { BackendName, BackendVerdict } from "../protocol.ts";
import { type Adapter, adapterOf } from "./adapters.ts";
import type { Device } from "./device.ts";
import type { Needs } from "./families.ts";
import { BACKENDS, GRADIENTS } from "./parts.ts";
import { ReaderError } from "./reader-error.ts";
import { registerKernels } from "./recording.ts";
import { LARGEST_ERROR, selfCheck } from "./self-check.ts";

export interface Chosen {
  readonly device: Device;
  readonly adapter: string;
  readonly tried: readonly BackendVerdict[];
}

/**
 * Opens a backend, checks it, and makes it tfjs' current one.
 *
 * @param demand a backend that a reader asked for, or any
 * @param needs of the model's family
 * @param without backends that have failed already
 * @throws ReaderError that says of each backend why not
 */
export async function chooseDevice(
  demand: BackendName | "auto",
  needs: Needs,
  without: ReadonlySet<BackendName> = new Set(),
): Promise<Chosen> {
  enableProdMode();
  await registerGradients(needs);
  const names = Object.keys(BACKENDS) as BackendName[];
  const asked = names.filter((name) => (demand === "auto" ? !without.has(name) : name === demand));
  const tried: BackendVerdict[] = [];
  const queue: { name: BackendName; adapter: Adapter }[] = [];
  for (const name of asked) {
    const adapter = await adapterOf(name).catch(messageOf);
    if (typeof adapter === "string") tried.push({ name, usable: false, finding: adapter });
    else queue.push({ name, adapter });
  }
  for (const { name, adapter } of inOrder(queue)) {
    const opened = await openChecked(name, needs);
    const finding = typeof opened === "string" ? opened : "passes the gradient check";
    tried.push({ name, usable: typeof opened !== "string", finding });
    if (typeof opened === "string") continue;
    const passedOver = queue.filter(({ name: other }) => !tried.some((verdict) => verdict.name === other));
    for (const {
      name: other,
      adapter: { software },
    } of passedOver)
      if (software) tried.push({ name: other, usable: true, finding: "software adapter, not preferred" });
    return { device: opened, adapter: adapter.name, tried };
  }
  const findings = tried.map(({ name, finding }) => `${name}: ${finding}`).join("; ");
  throw new ReaderError(
    demand === "auto"
      ? `expected a way to compute, got none (${findings}); try a current browser`
      : `expected ${demand} to work here, got: ${findings}; choose another`,
  );
}

/** Software adapters after WASM, before plain JavaScript. */
function inOrder<T extends { name: BackendName; adapter: Adapter }>(queue: readonly T[]): T[] {
  const rank = ({ name, adapter }: T): number => (name === "cpu" ? 2 : adapter.software ? 1 : 0);
  return queue.toSorted((a, b) => rank(a) - rank(b));
}

/** An open device whose gradients are right, or why there is none. */
async function openChecked(name: BackendName, needs: Needs): Promise<Device | string> {
  let device: Device | undefined;
  try {
    const parts = BACKENDS[name];
    const tables = Promise.all(needs.groups.map((group) => parts.kernels[group]()));
    device = await (await parts.device()).open();
    const { backend } = device;
    for (const { KERNELS } of await tables) registerKernels(KERNELS);
    registerBackend(name, () => backend);
    await setBackend(name);
    const error = await selfCheck(needs.checks);
    if (error <= LARGEST_ERROR) return device;
    closeDevice(device);
    return `gradient wrong by ${Number.isFinite(error) ? `${Math.round(100 * error)} %` : "more than can be said"}`;
  } catch (error) {
    if (device) closeDevice(device);
    return messageOf(error);
  }
}

/** More than once does nothing more. @throws Error where their code does not come */
async function registerGradients({ groups }: Needs): Promise<void> {
  const tables = await Promise.all(groups.map((group) => GRADIENTS[group]()));
  for (const [kernel, gradient] of tables.flatMap((table) => Object.entries(table.GRADIENTS)))
    if (!getGradient(kernel)) registerGradient(gradient);
}

/** Gives a device back, with all that is on it. */
export function closeDevice({ name, backend }: Device): void {
  try {
    removeBackend(name);
  } catch {
    // A lost device cannot free what it no longer has, and tfjs would keep it in its list.
    backend.dispose = () => undefined;
    removeBackend(name);
  }
}

/** The first line of what went wrong. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String((error as { message?: unknown })?.message ?? error)).split(
    "\n",
  )[0]!;
