/**
 * One ascent on the current device: image and moments stay there, a step uploads its feeds and nothing else.
 *
 * Not for when to step, show or stop; see `engine.ts`.
 */
import { dispose, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { ascentStep, initialImage, stepFeeds } from "#core/ascent.ts";
import { isRecorded } from "#core/curve.ts";
import type { Definition } from "#core/definition.ts";
import { type ModelConfig, openModel } from "#core/models/open.ts";
import type { Recipe } from "#core/recipes.ts";
import type { Run } from "../protocol.ts";
import type { Device } from "./device.ts";
import { ReaderError } from "./reader-error.ts";
import { type Program, replayable } from "./replay.ts";
import { recipeOf } from "./settings.ts";

/** A run checked and at rest: plain numbers, on no device. */
export interface Plan {
  readonly tap: string;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly definition: Definition;
  /** The input that says what is climbed. */
  readonly goal: { readonly unit: Int32Array } | { readonly direction: Float32Array };
}

/** Where a run stands, in the page's memory: enough to go on from on any device. */
export interface Snapshot {
  readonly step: number;
  /** [3, H, W] each. */
  readonly image: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** The whole curve so far. */
  readonly recorded: readonly number[];
  readonly objective: readonly number[];
  readonly variation: readonly number[];
}

/** @throws ReaderError, ConfigError */
export function planRun(model: ModelConfig, { tap, aim, settings }: Run): Plan {
  const recipe = recipeOf(settings);
  const { units } = openModel(model).tap(tap);
  for (const { unit, weight } of aim)
    if (!Number.isInteger(unit) || unit < 0 || unit >= units || !Number.isFinite(weight))
      throw new ReaderError(
        `aim: expected units from 0 to ${units - 1} with weights, got ${weight} × ${unit}; correct the link`,
      );
  const [first] = aim;
  if (!first) throw new ReaderError("aim: expected at least one unit, got none; choose a neuron");
  const isUnit = aim.length === 1 && first.weight === 1;
  const direction = new Float32Array(units);
  for (const { unit, weight } of aim) direction[unit]! += weight;
  return {
    tap,
    recipe,
    seed: settings.seed,
    definition: ascentStep(model, tap, recipe, 1, isUnit ? "unit" : "direction"),
    goal: isUnit ? { unit: Int32Array.of(first.unit) } : { direction },
  };
}

/** Step 0 of a run. @throws ReaderError */
export function startOf({ recipe, seed, definition }: Plan, { start }: Run): Snapshot {
  const { shape } = definition.inputs.image!;
  const length = shape.reduce((a, b) => a * b, 1);
  const image =
    start.from === "noise" ? initialImage(recipe, shape[3]!, seed, start.unitSeed) : start.image.slice();
  if (image.length !== length)
    throw new ReaderError(
      `start: expected an image of ${length} values [${shape.slice(1)}], got ${image.length}; prepare it for this model`,
    );
  const zeros = new Float32Array(length);
  return { step: 0, image, m: zeros, v: zeros, recorded: [], objective: [], variation: [] };
}

/** The names of what a step gives and takes again. */
const STATE = ["image", "m", "v"] as const;
type State = Record<(typeof STATE)[number], Tensor>;

export class AscentRun {
  readonly plan: Plan;
  readonly #device: Device;
  readonly #program: Program;
  readonly #goal: Record<string, Tensor>;
  #state: State;
  #step: number;
  #inFlight: Promise<void> = Promise.resolve();
  #curve: Pick<Snapshot, "recorded" | "objective" | "variation">;
  /** Recorded since the last snapshot, still on the device. */
  #pending: { step: number; objective: Tensor; variation: Tensor }[] = [];

  /** @param params of the definition; they stay the caller's */
  constructor(plan: Plan, from: Snapshot, params: Readonly<Record<string, Tensor>>, device: Device) {
    this.plan = plan;
    this.#device = device;
    this.#goal = upload(plan.definition, plan.goal);
    const used = Object.keys(plan.definition.params).map((name) => [name, params[name]!] as const);
    this.#program = replayable(plan.definition, device.backend, {
      ...Object.fromEntries(used),
      ...this.#goal,
    });
    const { image, m, v } = from;
    this.#state = upload(plan.definition, { image, m, v }) as State;
    this.#step = from.step;
    this.#curve = from;
  }

  get step(): number {
    return this.#step;
  }

  /**
   * Gives the device one step to do, and waits for the one before: a GPU always has the next at hand, and never more,
   * so that a pause is a pause.
   */
  async advance(): Promise<void> {
    this.#enqueue();
    const before = this.#inFlight;
    this.#inFlight = this.#device.settle();
    // Of a lost device; `advance` and `snapshot` find out.
    this.#inFlight.catch(() => undefined);
    await before;
  }

  #enqueue(): void {
    const { recipe, seed, definition } = this.plan;
    const size = definition.inputs.image!.shape[3]!;
    const feeds = upload(definition, stepFeeds(recipe, size, 1, seed, this.#step));
    const before = this.#state;
    const { image, m, v, objective, variation } = this.#program.run({ ...before, ...feeds });
    this.#state = { image: image!, m: m!, v: v! };
    dispose([...Object.values(before), ...Object.values(feeds)]);
    if (isRecorded(this.#step, recipe.steps)) {
      this.#pending.push({ step: this.#step, objective: objective!, variation: variation! });
    } else dispose([objective!, variation!]);
    this.#step++;
  }

  /** Reads back where the run stands. */
  async snapshot(): Promise<Snapshot> {
    const step = this.#step;
    const pending = this.#pending;
    this.#pending = [];
    const [image, m, v, ...points] = await Promise.all(
      [
        ...STATE.map((name) => this.#state[name]),
        ...pending.flatMap(({ objective, variation }) => [objective, variation]),
      ].map(async (source) => (await source.data<"float32">()).slice()),
    );
    for (const { objective, variation } of pending) dispose([objective, variation]);
    const point = (i: number): number => points[i]![0]!;
    this.#curve = {
      recorded: [...this.#curve.recorded, ...pending.map((entry) => entry.step)],
      objective: [...this.#curve.objective, ...pending.map((_, i) => point(2 * i))],
      variation: [...this.#curve.variation, ...pending.map((_, i) => point(2 * i + 1))],
    };
    const { recorded, objective, variation } = this.#curve;
    return { step, image: image!, m: m!, v: v!, recorded, objective, variation };
  }

  dispose(): void {
    this.#program.dispose();
    dispose(this.#state);
    dispose(this.#goal);
    for (const { objective, variation } of this.#pending) dispose([objective, variation]);
    this.#pending = [];
  }
}

/** Numbers as the tensors that a definition's inputs want. */
function upload(
  { inputs }: Definition,
  values: Readonly<Record<string, Float32Array | Int32Array>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, array]) => {
      const { shape, dtype } = inputs[name]!;
      // Some backends keep the array that they are given.
      return [name, tensor(array.slice(), [...shape], dtype)];
    }),
  );
}
