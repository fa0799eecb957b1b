/**
 * A reader's work with the engine: opens it, runs, goes back. Knows no page: what is shown is `state`.
 */
import type { Connection, Unasked } from "../connection.ts";
import type { Aim, BackendName, BackendVerdict, Frame, ModelSource, Question, Start } from "../protocol.ts";
import { type Curve, EMPTY, extended } from "./curve.ts";
import type { Description } from "./permalink.ts";

/** A run, how it was described, and how far it is. */
export interface Track {
  readonly description: Description;
  readonly aim: Aim;
  readonly curve: Curve;
  /** Null until the engine has shown step 0. */
  readonly image: Float32Array | null;
  readonly step: number;
  readonly running: boolean;
  readonly stepsPerSecond: number;
}

export interface SessionState {
  readonly phase: "loading" | "open" | "closed";
  /** Bytes of weights. */
  readonly loaded: number;
  readonly total: number;
  readonly fromCache: number;
  readonly backend: BackendName | null;
  readonly adapter: string;
  readonly tried: readonly BackendVerdict[];
  readonly track: Track | null;
  readonly canUndo: boolean;
  /** What became of the backend along the way, for readers. */
  readonly note: string;
}

const FIRST: SessionState = {
  phase: "loading",
  loaded: 0,
  total: 0,
  fromCache: 0,
  backend: null,
  adapter: "",
  tried: [],
  track: null,
  canUndo: false,
  note: "",
};

/** As often as the engine can go back. */
const PAST = 50;

export type Line = Pick<Connection, "ask" | "close">;

export class Session {
  #state: SessionState = FIRST;
  /** Tracks before each begin and go, the last one on top. */
  readonly #past: Track[] = [];
  /** Questions under way after which a frame shows another run: frames that come before it are of the old one. */
  #turning = 0;
  readonly #line: Line;
  readonly #changed: () => void;

  /**
   * @param connect opens the line to a worker
   * @param changed called after every change of `state`
   */
  constructor(connect: (hear: (told: Unasked) => void) => Line, changed: () => void) {
    this.#line = connect((told) => this.#hear(told));
    this.#changed = changed;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** @throws WorkerFailure where no backend works or weights do not come */
  async open(model: ModelSource, tap: string, backend: BackendName | "auto"): Promise<void> {
    this.#set({ phase: "loading", loaded: 0, total: 0, fromCache: 0, note: "" });
    try {
      const opened = await this.#line.ask({ ask: "open", model, tap, backend });
      this.#set({ phase: "open", backend: opened.backend, adapter: opened.adapter, tried: opened.tried });
    } catch (error) {
      this.#set({ phase: "closed" });
      throw error;
    }
  }

  /**
   * Prepares a run; a frame shows its step 0. A run under way stops.
   *
   * @throws WorkerFailure, as everything below; the run before stays
   */
  async begin(description: Description, tap: string, aim: Aim, start: Start): Promise<void> {
    const before = this.#stopped();
    this.#remember(before);
    const fresh = { description, aim, curve: EMPTY, image: null, step: 0, running: false, stepsPerSecond: 0 };
    try {
      await this.#turn(fresh, { ask: "begin", run: { tap, aim, settings: description.settings, start } });
    } catch (error) {
      if (before) this.#past.pop();
      this.#set({ track: before, canUndo: this.#past.length > 0 });
      throw error;
    }
  }

  /** Goes on for so many steps, else to the end, and returns when the run has stopped. */
  async go(steps?: number): Promise<void> {
    const track = this.#stopped();
    if (!track || track.step >= track.description.settings.steps) return;
    this.#remember(track);
    this.#set({ track: { ...track, running: true }, canUndo: true });
    try {
      await this.#line.ask(steps === undefined ? { ask: "go" } : { ask: "go", steps });
    } finally {
      this.#set({ track: this.#stopped() });
    }
  }

  async pause(): Promise<void> {
    if (this.#state.track?.running) await this.#line.ask({ ask: "pause" });
  }

  /** Back to before the last `begin` or `go`. */
  async undo(): Promise<void> {
    const before = this.#past.pop();
    if (before === undefined) return;
    await this.#turn(before, { ask: "undo" });
  }

  /** Back to step 0 of the run. */
  async reset(): Promise<void> {
    const track = this.#stopped();
    if (track && track.step > 0)
      await this.#turn({ ...track, step: 0, curve: EMPTY, image: null }, { ask: "reset" });
  }

  close(): void {
    this.#line.close();
  }

  #remember(track: Track | null): void {
    if (track) this.#past.push(track);
    if (this.#past.length > PAST) this.#past.shift();
  }

  /** Turns to another track; its picture comes with the engine's frame, if it is not there. */
  async #turn(track: Track, question: Question): Promise<void> {
    const before = this.#state.track;
    this.#turning += 1;
    this.#set({ track, canUndo: this.#past.length > 0 });
    try {
      await this.#line.ask(question);
    } catch (error) {
      this.#set({ track: before });
      throw error;
    } finally {
      this.#turning -= 1;
    }
  }

  /** The track as it is while nothing runs. */
  #stopped(): Track | null {
    const { track } = this.#state;
    return track && { ...track, running: false };
  }

  #hear(told: Unasked): void {
    if (told.say === "frame") this.#take(told.frame);
    else if (told.say === "recovered") this.#set({ backend: told.backend, note: told.reason });
    else this.#set({ loaded: told.loaded, total: told.total, fromCache: told.fromCache });
  }

  #take(frame: Frame): void {
    const { track } = this.#state;
    if (!track || (this.#turning > 0 && !frame.whole)) return;
    const { step, image, running, stepsPerSecond } = frame;
    this.#set({
      track: { ...track, step, image, running, stepsPerSecond, curve: extended(track.curve, frame) },
    });
  }

  #set(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#changed();
  }
}
