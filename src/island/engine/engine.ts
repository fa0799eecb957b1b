/**
 * Answers the page's questions: one model on one device, with one run at a time.
 *
 * The main path is `#climb`: a step, now and then a frame, and after each step a gap in which messages come in. The
 * run as the page last saw it is kept in memory (`#resting`), so that a lost device takes no more with it than the
 * steps since the last frame, which are made again.
 */
import { loadFamily } from "#core/models/load.ts";
import type { Answer, ModelSource, Question, Run } from "../protocol.ts";
import { AscentRun, type Plan, planRun, type Snapshot, startOf } from "./ascent-run.ts";
import { messageOf } from "./backends.ts";
import type { Device } from "./device.ts";
import { Pace } from "./pace.ts";
import { probe } from "./probe.ts";
import { ReaderError } from "./reader-error.ts";
import { nextTask, Turns } from "./turns.ts";
import { Workplace } from "./workplace.ts";

/** Says something to the page; the buffers are handed over. */
export type Tell = (answer: Answer, transfer?: Transferable[]) => void;

/** Shorter intervals between frames cannot be seen, and each costs a wait for the device. */
const FRAME_MS = 100;

/** How often `undo` can go back; each time it keeps three images. */
const PAST = 50;

/** A run in the page's memory. */
interface Resting {
  readonly plan: Plan;
  readonly start: Snapshot;
  readonly now: Snapshot;
}

/** A `go`, from when it is asked for. */
interface Going {
  stopped: boolean;
}

export class Engine {
  readonly #tell: Tell;
  /** Of questions, so that they are taken as they come. */
  readonly #order = new Turns();
  /** Of work on the device; `#order` may wait for it, never the other way round. */
  readonly #turns = new Turns();
  #place: Workplace | undefined;
  #resting: Resting | undefined;
  #running: { run: AscentRun; device: Device } | undefined;
  readonly #past: (Resting | undefined)[] = [];
  #going: Going = { stopped: true };
  #ended: Promise<void> = Promise.resolve();
  /** Points of the curve that the page has. */
  #shown = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Does what is asked. A failure is an answer too. */
  async answer(question: Question): Promise<Answer> {
    try {
      return await this.#answer(question);
    } catch (error) {
      return { say: "failed", what: messageOf(error) };
    }
  }

  async #answer(question: Question): Promise<Answer> {
    if (question.ask === "probe") return this.#work((place) => probe(place, question.probe));
    this.#going.stopped = true;
    if (question.ask === "go") return this.#go(question.steps);
    return this.#order.take(async () => {
      await this.#ended;
      return this.#turns.take(() => this.#standing(question));
    });
  }

  /** What is asked of a run that stands still. */
  async #standing(question: Exclude<Question, { ask: "go" | "probe" }>): Promise<Answer> {
    if (question.ask === "open") return this.#open(question.model, question.tap, question.backend);
    if (question.ask === "begin") await this.#begin(question.run);
    if (question.ask === "undo") this.#undo();
    if (question.ask === "reset") this.#rest({ ...this.#wanted(), now: this.#wanted().start });
    return { say: "done" };
  }

  async #open(
    model: ModelSource,
    tap: string | undefined,
    backend: Parameters<Workplace["open"]>[0],
  ): Promise<Answer> {
    await loadFamily(model.manifest.config.architecture);
    if (!this.#place || !isSame(this.#place.source, model)) this.#enter(model);
    const place = this.#place!;
    await place.open(backend);
    await place.attempt(() => place.weights(tap));
    const { device, adapter, tried } = await place.open("auto");
    return { say: "opened", backend: device.name, adapter, tried };
  }

  /** Another model: what was done with the one before is of no use. */
  #enter(model: ModelSource): void {
    this.#place?.close();
    this.#resting = undefined;
    this.#running = undefined;
    this.#past.length = 0;
    this.#place = new Workplace(
      model,
      (loaded, total, fromCache) => this.#tell({ say: "loading", loaded, total, fromCache }),
      (reason, backend) => this.#tell({ say: "recovered", reason, backend }),
    );
  }

  async #begin(run: Run): Promise<void> {
    const place = this.#opened();
    const plan = planRun(place.source.manifest.config, run);
    const start = startOf(plan, run);
    await place.attempt(() => place.weights(plan.tap));
    this.#remember();
    this.#rest({ plan, start, now: start });
  }

  async #go(steps: number | undefined): Promise<Answer> {
    const going: Going = { stopped: false };
    this.#going = going;
    let failure: unknown;
    await this.#order.take(async () => {
      await this.#ended;
      const { plan, now } = this.#wanted();
      this.#remember();
      const target = Math.min(plan.recipe.steps, now.step + (steps ?? plan.recipe.steps));
      this.#ended = this.#climb(going, target).catch((error: unknown) => {
        failure = error;
      });
    });
    await this.#ended;
    if (failure !== undefined) throw failure;
    return { say: "done" };
  }

  async #climb(going: Going, target: number): Promise<void> {
    const pace = new Pace();
    let shown = Number.NEGATIVE_INFINITY;
    const isDone = (): boolean => going.stopped || this.#step >= target;
    do {
      while (!isDone()) {
        await this.#onRun((run) => run.advance());
        pace.tick();
        if (performance.now() - shown >= FRAME_MS) {
          await this.#keep();
          this.#frame(true, false, pace.stepsPerSecond);
          shown = performance.now();
        }
        await nextTask();
      }
      // A device that is lost here takes steps with it that were counted.
      await this.#keep();
    } while (!isDone());
    this.#frame(false, false, pace.stepsPerSecond);
  }

  get #step(): number {
    return this.#running?.run.step ?? this.#wanted().now.step;
  }

  /** Takes the run into the page's memory. */
  async #keep(): Promise<void> {
    const now = await this.#onRun(async (run) => {
      const snapshot = await run.snapshot();
      if (!snapshot.image.every(Number.isFinite)) throw new Error("the image has values that are no numbers");
      return snapshot;
    });
    this.#opened().trust();
    this.#resting = { ...this.#wanted(), now };
  }

  #frame(running: boolean, whole: boolean, stepsPerSecond: number): void {
    const { step, image, recorded, objective, variation } = this.#wanted().now;
    const from = whole ? 0 : this.#shown;
    this.#shown = recorded.length;
    const copy = image.slice();
    const frame = {
      whole,
      step,
      image: copy,
      recorded: recorded.slice(from),
      objective: objective.slice(from),
      variation: variation.slice(from),
      stepsPerSecond,
      running,
    };
    this.#tell({ say: "frame", frame }, [copy.buffer]);
  }

  #remember(): void {
    this.#past.push(this.#resting);
    if (this.#past.length > PAST) this.#past.shift();
  }

  #undo(): void {
    if (this.#past.length === 0) throw new ReaderError("undo: expected something before this, got nothing");
    this.#rest(this.#past.pop());
  }

  /** Makes a run the current one, and shows it. */
  #rest(resting: Resting | undefined): void {
    // On a device that is gone there is nothing to free.
    if (this.#running && this.#place?.holds(this.#running.device)) this.#running.run.dispose();
    this.#running = undefined;
    this.#resting = resting;
    if (resting) this.#frame(false, true, 0);
  }

  /** Work with the run, which is put on the device where it is not there. */
  #onRun<T>(work: (run: AscentRun) => Promise<T>): Promise<T> {
    return this.#work(async (place, device) => {
      if (this.#running?.device !== device) {
        this.#running = undefined;
        const { plan, now } = this.#wanted();
        const params = await place.weights(plan.tap);
        this.#running = { run: new AscentRun(plan, now, params, device), device };
      }
      return work(this.#running.run);
    });
  }

  #work<T>(work: (place: Workplace, device: Device) => Promise<T>): Promise<T> {
    return this.#turns.take(() => {
      const place = this.#opened();
      return place.attempt((device) => work(place, device));
    });
  }

  #opened(): Workplace {
    if (!this.#place) throw new ReaderError("model: expected one to be open, got none; load one first");
    return this.#place;
  }

  #wanted(): Resting {
    if (!this.#resting) throw new ReaderError("run: expected one, got none; begin one first");
    return this.#resting;
  }
}

const isSame = (a: ModelSource, b: ModelSource): boolean =>
  a.root === b.root && a.manifest.model === b.manifest.model && a.manifest.weights === b.manifest.weights;
