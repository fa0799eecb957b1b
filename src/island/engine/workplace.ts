/**
 * A device with a model's weights on it, which is replaced when it breaks.
 *
 * GPUs are lost when laptops sleep, drivers are updated, tabs are hidden for long or memory runs out. What was on the
 * device is gone then; whoever works here keeps what is needed to begin again, and `attempt` begins again.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import { ConfigError } from "#core/config.ts";
import { ShapeError } from "#core/shape.ts";
import { FormatError } from "#format/format-error.ts";
import type { BackendName, ModelSource } from "../protocol.ts";
import { type Chosen, chooseDevice, closeDevice, messageOf } from "./backends.ts";
import type { Device } from "./device.ts";
import { needsOf } from "./families.ts";
import { ReaderError } from "./reader-error.ts";
import { type LoadProgress, Weights } from "./weights.ts";

/** A backend is opened again after its first loss, and left after its second with nothing shown between. */
const CHANCES = 2;

export class Workplace {
  readonly source: ModelSource;
  readonly #loading: LoadProgress;
  readonly #recovered: (reason: string, backend: BackendName) => void;
  #chosen: Chosen | undefined;
  #weights: Weights | undefined;
  readonly #losses = new Map<BackendName, number>();

  constructor(
    source: ModelSource,
    loading: LoadProgress,
    recovered: (reason: string, backend: BackendName) => void,
  ) {
    this.source = source;
    this.#loading = loading;
    this.#recovered = recovered;
  }

  /** Opens a backend, where none is open or another is wanted. @throws ReaderError and then nothing is open */
  async open(demand: BackendName | "auto"): Promise<Chosen> {
    const chosen = this.#chosen;
    const serves = chosen && !chosen.device.lost.aborted && [chosen.device.name, "auto"].includes(demand);
    if (serves) return chosen;
    this.close();
    this.#losses.clear();
    return this.#choose(demand);
  }

  /** @throws ReaderError where nothing is open */
  get device(): Device {
    if (!this.#chosen) throw new ReaderError("backend: expected one to be open, got none; choose one");
    return this.#chosen.device;
  }

  /** The weights that a tap needs, or all; they stay here. @throws ReaderError, FormatError */
  weights(tap?: string): Promise<Readonly<Record<string, Tensor>>> {
    this.#weights ??= new Weights(this.source);
    return this.#weights.load(tap, this.#loading);
  }

  /**
   * Does work on the device, and does it again on another or the same where the device fails.
   *
   * @param work begins from what its caller keeps, whenever it is called
   * @throws what is no fault of a device; ReaderError where no device is left
   */
  async attempt<T>(work: (device: Device) => Promise<T>): Promise<T> {
    for (;;) {
      const { device } = this;
      try {
        device.lost.throwIfAborted();
        const result = await orLost(device.lost, work(device));
        device.lost.throwIfAborted();
        return result;
      } catch (error) {
        if (isCallersFault(error)) throw error;
        await this.#recover(device.name, messageOf(error));
      }
    }
  }

  /** The device has shown what it computed: its losses count from here. */
  trust(): void {
    this.#losses.clear();
  }

  /** Whether what was put on this device is still there. */
  holds(device: Device): boolean {
    return this.#chosen?.device === device && !device.lost.aborted;
  }

  /** All that is on the device goes with it. */
  close(): void {
    this.#weights = undefined;
    if (this.#chosen) closeDevice(this.#chosen.device);
    this.#chosen = undefined;
  }

  async #recover(name: BackendName, reason: string): Promise<void> {
    this.close();
    const losses = (this.#losses.get(name) ?? 0) + 1;
    this.#losses.set(name, losses);
    const { device } = await this.#reopen(name, losses).catch((error: unknown) => {
      throw new ReaderError(`${name}: ${reason}; ${messageOf(error)}`);
    });
    this.#recovered(reason, device.name);
  }

  async #reopen(name: BackendName, losses: number): Promise<Chosen> {
    if (losses < CHANCES) {
      const same = await this.#choose(name).catch(() => undefined);
      if (same) return same;
      this.#losses.set(name, CHANCES);
    }
    const spent = [...this.#losses].filter(([, count]) => count >= CHANCES).map(([spentName]) => spentName);
    return this.#choose("auto", new Set(spent));
  }

  async #choose(demand: BackendName | "auto", without?: ReadonlySet<BackendName>): Promise<Chosen> {
    const needs = await needsOf(this.source.manifest.config.architecture);
    this.#chosen = await chooseDevice(demand, needs, without);
    return this.#chosen;
  }
}

/** Waits no longer for a lost device, which may never answer. */
function orLost<T>(lost: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onLost = (): void => reject(lost.reason);
    lost.addEventListener("abort", onLost, { once: true });
    work.then(resolve, reject).finally(() => lost.removeEventListener("abort", onLost));
  });
}

const isCallersFault = (error: unknown): boolean =>
  [ReaderError, ConfigError, ShapeError, FormatError].some((kind) => error instanceof kind);
