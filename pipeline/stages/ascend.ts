/**
 * Runs ascents: a batch of neurons of one layer, from noise to the final images.
 *
 * Which neurons, with which weight of the variation and how often is decided by `visualize.ts`.
 */
import { initialImage, stepFeeds } from "#core/ascent.ts";
import { isRecorded } from "#core/curve.ts";
import type { Recipe } from "#core/recipes.ts";
import { type Build, found } from "../build.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { compile, type Runner, type Weights } from "../run/index.ts";
import type { OpenedModel } from "./fetch-weights.ts";
import { batchOf, deviceOf, type LayerPrograms, seedOf, snapshotSteps } from "./trace-programs.ts";

/** What a job keeps besides its two pictures; written as JSON. */
export interface AscentRecord {
  readonly snapshots: readonly number[];
  readonly recorded: readonly number[];
  readonly objective: readonly number[];
  readonly variation: readonly number[];
  readonly activation: number;
  readonly variationWeight: number;
}

export interface Ascent extends AscentRecord {
  /** [snapshots][3·H·W]: the first is the noise, the last the final image. */
  readonly images: readonly Float32Array[];
}

/** What is asked of a slot of the batch. */
export interface Climber {
  readonly unit: number;
  readonly variationWeight: number;
}

/** Sessions are opened when the first batch comes. */
export class Ascender {
  readonly recipe: Recipe;
  readonly #build: Build;
  readonly #imageSize: number;
  readonly #programs: LayerPrograms;
  readonly #weights: () => Promise<Weights>;
  #runners: Promise<{ ascent: Runner; evaluate: Runner }> | undefined;

  constructor(build: Build, { card, config }: OpenedModel, tap: string, weights: () => Promise<Weights>) {
    const { recipe, layers } = found(build, "programs").get(card.id)!;
    this.recipe = recipe;
    this.#build = build;
    this.#imageSize = config.imageSize;
    this.#programs = layers.get(tap)!;
    this.#weights = weights;
  }

  /**
   * Makes the ascents of a batch.
   *
   * @param slots as many as the batch has; what runs in an empty one is not looked at
   * @returns by slot; undefined where the slot was empty
   */
  async run(slots: readonly (Climber | undefined)[]): Promise<(Ascent | undefined)[]> {
    const { config, signal } = this.#build;
    const { steps } = this.recipe;
    const n = batchOf(config);
    const seed = seedOf(config);
    const snapshots = snapshotSteps(steps, config.snapshots);
    const unit = Int32Array.from(slots, (slot) => slot?.unit ?? 0);
    const variationWeight = Float32Array.from(slots, (slot) => slot?.variationWeight ?? 0);
    const size = 3 * this.#imageSize ** 2;
    const traces = slots.map((_, slot) => new Trace(slot, size));
    const { ascent, evaluate } = await this.#open();

    let image: Float32Array = new Float32Array(n * size);
    for (let slot = 0; slot < n; slot++) {
      image.set(initialImage(this.recipe, this.#imageSize, seed, unit[slot]!), slot * size);
    }
    let m: Float32Array = new Float32Array(n * size);
    let v: Float32Array = new Float32Array(n * size);
    for (const trace of traces) trace.take(image);

    for (let step = 0; step < steps; step++) {
      throwIfInterrupted(signal);
      const numbers = stepFeeds(this.recipe, this.#imageSize, n, seed, step);
      const next = await ascent.run({ ...numbers, image, m, v, unit, variationWeight });
      if (isRecorded(step, steps)) {
        for (const trace of traces) trace.record(step, next.objective!, next.variation!);
      }
      [image, m, v] = [next.image as Float32Array, next.m as Float32Array, next.v as Float32Array];
      if (snapshots.includes(step + 1)) for (const trace of traces) trace.take(image);
    }
    const { objective: activation } = await evaluate.run({ image, unit });
    return slots.map((climber, slot) => {
      if (!climber) return undefined;
      const { variationWeight: weight } = climber;
      return {
        ...traces[slot]!.result(),
        snapshots,
        activation: activation![slot]!,
        variationWeight: weight,
      };
    });
  }

  async dispose(): Promise<void> {
    const runners = await this.#runners;
    await runners?.ascent.dispose();
    await runners?.evaluate.dispose();
  }

  #open(): Promise<{ ascent: Runner; evaluate: Runner }> {
    this.#runners ??= (async () => {
      const weights = await this.#weights();
      const { config } = this.#build;
      const options = { device: deviceOf(config), threads: 1, apart: true };
      const open = ({ definition, program }: LayerPrograms["ascent"]) =>
        compile(definition, weights, { ...options, program });
      return { ascent: await open(this.#programs.ascent), evaluate: await open(this.#programs.evaluate) };
    })();
    return this.#runners;
  }
}

/** What is kept of one slot along the way. */
class Trace {
  readonly #slot: number;
  readonly #size: number;
  readonly #images: Float32Array[] = [];
  readonly #recorded: number[] = [];
  readonly #objective: number[] = [];
  readonly #variation: number[] = [];

  constructor(slot: number, size: number) {
    this.#slot = slot;
    this.#size = size;
  }

  take(images: Float32Array): void {
    this.#images.push(images.slice(this.#slot * this.#size, (this.#slot + 1) * this.#size));
  }

  record(step: number, objective: ArrayLike<number>, variation: ArrayLike<number>): void {
    this.#recorded.push(step);
    this.#objective.push(objective[this.#slot]!);
    this.#variation.push(variation[this.#slot]!);
  }

  result() {
    return {
      images: this.#images,
      recorded: this.#recorded,
      objective: this.#objective,
      variation: this.#variation,
    };
  }
}
