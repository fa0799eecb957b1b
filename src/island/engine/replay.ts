/**
 * Runs a definition again and again without taking it apart again: the first run is recorded, later ones replay it.
 *
 * tfjs' way costs what the browser has least of, time between kernels: every step it makes shapes and tapes anew,
 * differentiates, uploads each constant, and folds weights that never change. A definition is pure and its shapes are
 * static, so the list of kernels that one run called serves all: without those that only weights and constants feed,
 * whose results are kept, without those that no output needs, and with every intermediate freed at its last use. What
 * the pipeline does by tracing into ONNX, in the reader's browser. Kernels and their order are tfjs' own: results are
 * equal to the eager run's to the last bit.
 */
import {
  engine,
  type KernelBackend,
  type KernelFunc,
  type Tensor,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { type Definition, runEagerly } from "#core/definition.ts";
import { listen } from "./recording.ts";

type Tensors = Readonly<Record<string, Tensor>>;
type Attributes = Parameters<KernelFunc>[0]["attrs"];

/** A definition bound to what does not change from run to run. */
export interface Program {
  /** The caller owns inputs and outputs, as with `runEagerly`. @throws ShapeError at the first run */
  run(inputs: Tensors): Record<string, Tensor>;
  /** Frees what is kept between runs; the bound tensors stay the caller's. */
  dispose(): void;
}

/**
 * Binds a definition to its parameters and to inputs that stay the same.
 *
 * @param frozen tensors by name; they must live and keep their values until the program is disposed
 */
export function replayable(definition: Definition, backend: KernelBackend, frozen: Tensors): Program {
  let recorded: Recorded | undefined;
  return {
    run(inputs) {
      if (recorded) return recorded.replay(inputs);
      const recorder = new Recorder(backend, frozen, inputs);
      const outputs = listen(recorder.hear, () => runEagerly(definition, { ...frozen, ...inputs }, frozen));
      recorded = recorder.finish(outputs);
      return outputs;
    },
    dispose() {
      recorded?.dispose();
      recorded = undefined;
    },
  };
}

/** One value of the record: an input's, a kernel's result, or one that stays. */
type Slot = number;

interface Step {
  readonly kernel: KernelFunc;
  readonly attributes: Attributes;
  /** A list where the kernel wants one (Concat), else by name. */
  readonly inputs: readonly Slot[] | Readonly<Record<string, Slot>>;
  readonly outputs: readonly Slot[];
}

class Recorder {
  readonly #backend: KernelBackend;
  readonly #inputs = new Map<string, Slot>();
  readonly #values: TensorInfo[] = [];
  /** Values that are the same in every run, each held by a reference of the record's own. */
  readonly #constant = new Set<Slot>();
  readonly #slots = new Map<object, Slot[]>();
  readonly #steps: Step[] = [];

  constructor(backend: KernelBackend, frozen: Tensors, inputs: Tensors) {
    this.#backend = backend;
    for (const tensor of Object.values(frozen)) this.#hold(this.#place(tensor));
    for (const [name, tensor] of Object.entries(inputs)) this.#inputs.set(name, this.#place(tensor));
  }

  readonly hear = (
    kernel: KernelFunc,
    call: Parameters<KernelFunc>[0],
    result: ReturnType<KernelFunc>,
  ): void => {
    const named = Object.entries(call.inputs).flatMap(([name, value]) =>
      value ? [[name, this.#find(value as TensorInfo)] as const] : [],
    );
    const sources = named.map(([, slot]) => slot);
    const outputs = [result].flat().map((info) => this.#place(info));
    if (sources.every((slot) => this.#constant.has(slot))) {
      for (const slot of outputs) this.#hold(slot);
      return;
    }
    const inputs = Array.isArray(call.inputs) ? sources : Object.fromEntries(named);
    this.#steps.push({ kernel, attributes: call.attrs, inputs, outputs });
  };

  finish(outputs: Tensors): Recorded {
    const results = Object.entries(outputs).map(([name, tensor]) => [name, this.#find(tensor)] as const);
    const wanted = new Set(results.map(([, slot]) => slot));
    const steps = this.#steps.toReversed().filter((step) => {
      if (!step.outputs.some((slot) => wanted.has(slot))) return false;
      for (const slot of Object.values(step.inputs)) wanted.add(slot);
      return true;
    });
    const constants = new Map<Slot, TensorInfo>();
    for (const slot of this.#constant) {
      if (wanted.has(slot)) constants.set(slot, this.#values[slot]!);
      else this.#backend.disposeData(this.#values[slot]!.dataId);
    }
    return new Recorded(this.#backend, steps.reverse(), this.#inputs, constants, results);
  }

  #place({ dataId, shape, dtype }: TensorInfo): Slot {
    const slot = this.#values.push({ dataId, shape, dtype }) - 1;
    const known = this.#slots.get(dataId);
    if (known) known.push(slot);
    else this.#slots.set(dataId, [slot]);
    return slot;
  }

  #hold(slot: Slot): void {
    this.#constant.add(slot);
    this.#backend.incRef(this.#values[slot]!.dataId);
  }

  /** Several values may share their bytes, under different shapes. One that nothing made is a constant. */
  #find(info: TensorInfo): Slot {
    const found = this.#slots.get(info.dataId)?.findLast((slot) => sameForm(this.#values[slot]!, info));
    if (found !== undefined) return found;
    if (this.#slots.has(info.dataId))
      throw new Error(`internal: replay: a view [${info.shape}] that no kernel made`);
    const slot = this.#place(info);
    this.#hold(slot);
    return slot;
  }
}

const sameForm = (a: TensorInfo, b: TensorInfo): boolean =>
  a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);

class Recorded {
  readonly #backend: KernelBackend;
  readonly #steps: readonly Step[];
  readonly #inputs: ReadonlyMap<string, Slot>;
  readonly #constants: ReadonlyMap<Slot, TensorInfo>;
  readonly #results: readonly (readonly [name: string, slot: Slot])[];
  /** By step: what is not read after it. */
  readonly #expired: readonly (readonly Slot[])[];

  constructor(
    backend: KernelBackend,
    steps: readonly Step[],
    inputs: ReadonlyMap<string, Slot>,
    constants: ReadonlyMap<Slot, TensorInfo>,
    results: readonly (readonly [string, Slot])[],
  ) {
    this.#backend = backend;
    this.#steps = steps;
    this.#inputs = inputs;
    this.#constants = constants;
    this.#results = results;
    this.#expired = expiry(
      steps,
      results.map(([, slot]) => slot),
    );
  }

  replay(inputs: Tensors): Record<string, Tensor> {
    const backend = this.#backend;
    const values = new Map<Slot, TensorInfo>(this.#constants);
    for (const [name, slot] of this.#inputs) values.set(slot, inputs[name]!);
    const at = (slot: Slot): TensorInfo => values.get(slot)!;

    this.#steps.forEach(({ kernel, attributes, inputs: sources, outputs }, i) => {
      const given = Array.isArray(sources)
        ? (sources.map(at) as unknown as Record<string, TensorInfo>)
        : Object.fromEntries(Object.entries(sources).map(([name, slot]) => [name, at(slot)]));
      const made = [kernel({ inputs: given, backend, ...(attributes && { attrs: attributes }) })].flat();
      outputs.forEach((slot, j) => {
        values.set(slot, made[j]!);
      });
      for (const slot of this.#expired[i]!) backend.disposeData(at(slot).dataId);
    });
    return Object.fromEntries(
      this.#results.map(([name, slot]) => [name, engine().makeTensorFromTensorInfo(at(slot), backend)]),
    );
  }

  dispose(): void {
    for (const { dataId } of this.#constants.values()) this.#backend.disposeData(dataId);
  }
}

/** For each step the values made by steps that nothing reads after it, results excepted. */
function expiry(steps: readonly Step[], results: readonly Slot[]): Slot[][] {
  const last = new Map<Slot, number>();
  steps.forEach(({ inputs, outputs }, i) => {
    for (const slot of outputs) last.set(slot, i);
    // Inputs of the program and constants are not made here, and stay.
    for (const slot of Object.values(inputs)) if (last.has(slot)) last.set(slot, i);
  });
  for (const slot of results) last.delete(slot);
  const expired: Slot[][] = steps.map(() => []);
  for (const [slot, i] of last) expired[i]!.push(slot);
  return expired;
}
