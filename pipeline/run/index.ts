/**
 * Runs definitions: traced and compiled by onnxruntime, or eagerly by TensorFlow.
 *
 * The choice of the device and nothing else; each executor has its file.
 */
import type { Definition } from "#core/definition.ts";
import { type Program, trace } from "../trace/trace.ts";
import type { Place } from "../weights/read.ts";
import { openApart } from "./apart.ts";
import { bind } from "./bind.ts";
import { checkWeights } from "./check.ts";
import { openSession } from "./session.ts";
import { openTensorflow } from "./tensorflow.ts";

export type Device = "cpu" | "webgpu" | "cuda" | "tensorflow";
export const DEVICES = ["cpu", "webgpu", "cuda", "tensorflow"] as const satisfies readonly Device[];

export type Arrays = Record<string, Float32Array | Int32Array>;

/** A definition bound to weights on a device. */
export interface Runner {
  /**
   * One run. `feeds` has exactly the definition's inputs, flat and row-major; they are only read. The results are new
   * arrays that belong to the caller and may be fed again.
   */
  run(feeds: Readonly<Arrays>): Promise<Arrays>;
  dispose(): Promise<void>;
}

export interface Weight {
  readonly shape: readonly number[];
  /** May be read from a file whenever it is asked for. */
  readonly data: Float32Array;
  /** Where the same values lie in a file; programs then map the file into memory instead of copying them. */
  readonly place?: Place;
}

export interface Weights {
  readonly [name: string]: Weight;
}

export interface CompileOptions {
  readonly device: Device;
  /** Threads of the CPU provider; all cores unless given. */
  readonly threads?: number;
  /** In a thread of its own, so that other programs and this thread go on meanwhile; see `apart.ts`. */
  readonly apart?: boolean;
  /** The definition's program, where it has been traced already. */
  readonly program?: Program;
}

/**
 * Makes a definition ready to run.
 *
 * Weights that the program does not use may be absent or left over. Those that have a place stay in their file, which
 * must not change until the runner is disposed of; the others are copied.
 *
 * @throws AtlasFailure weights-mismatch, device-missing, device-failed
 */
export async function compile(
  definition: Definition,
  weights: Weights,
  options: CompileOptions,
): Promise<Runner> {
  const { device, threads, apart = false } = options;
  if (device === "tensorflow") return openTensorflow(definition, weights);
  const program = options.program ?? trace(definition);
  checkWeights(program.name, program.params, weights);
  return (apart ? openApart : openSession)(program, bind(program, weights), device, threads);
}
