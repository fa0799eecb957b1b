/**
 * A line to no worker: answers as `src/island/protocol.ts` says, with numbers in place of pictures and a step a task.
 *
 * For tests of what the page makes of answers. Not for what the engine computes.
 */
import type { Unasked } from "#island/connection.ts";
import type { Line } from "#island/optimizer/session.ts";
import type { Frame, Question } from "#island/protocol.ts";

interface Resting {
  readonly steps: number;
  readonly step: number;
}

export interface FakeLine {
  readonly connect: (hear: (told: Unasked) => void) => Line;
  say(told: Unasked): void;
  /** Lets the next such question fail. */
  failNext(ask: Question["ask"], what: string): void;
}

export function fakeLine(): FakeLine {
  let hear: (told: Unasked) => void = () => {};
  let run: Resting | undefined;
  let going: { stopped: boolean; ended: Promise<void> } | undefined;
  const past: (Resting | undefined)[] = [];
  const failures = new Map<Question["ask"], string>();

  const curve = (from: number, to: number) => {
    const recorded = Array.from({ length: to - from }, (_, k) => from + k);
    return {
      recorded,
      objective: recorded.map((step) => step / 10),
      variation: recorded.map((step) => 100 - step),
    };
  };
  const show = (from: number, whole: boolean, running: boolean): void => {
    const { step } = run!;
    const frame: Frame = {
      whole,
      step,
      image: Float32Array.of(step),
      ...curve(from, step),
      stepsPerSecond: step,
      running,
    };
    hear({ say: "frame", frame });
  };
  const climb = async (mine: { stopped: boolean }, target: number) => {
    while (!mine.stopped && run!.step < target) {
      run = { ...run!, step: run!.step + 1 };
      show(run.step - 1, false, true);
      await new Promise((resolve) => setTimeout(resolve));
    }
    show(run!.step, false, false);
  };
  const halt = async () => {
    if (going) going.stopped = true;
    await going?.ended;
  };

  const answers: Readonly<Record<Question["ask"], (question: never) => Promise<object>>> = {
    async open() {
      hear({ say: "loading", loaded: 10, total: 10, fromCache: 0 });
      const tried = [
        { name: "webgpu", usable: false, finding: "no adapter" },
        { name: "wasm", usable: true, finding: "passes" },
      ];
      return { say: "opened", backend: "wasm", adapter: "", tried };
    },
    async begin(question: Extract<Question, { ask: "begin" }>) {
      await halt();
      past.push(run);
      run = { steps: question.run.settings.steps, step: 0 };
      show(0, true, false);
      return { say: "done" };
    },
    async go(question: Extract<Question, { ask: "go" }>) {
      const before = going;
      if (before) before.stopped = true;
      const mine = { stopped: false, ended: Promise.resolve() };
      going = mine;
      mine.ended = (async () => {
        await before?.ended;
        past.push(run);
        await climb(mine, Math.min(run!.steps, run!.step + (question.steps ?? run!.steps)));
      })();
      await mine.ended;
      return { say: "done" };
    },
    async pause() {
      await halt();
      return { say: "done" };
    },
    async undo() {
      await halt();
      run = past.pop();
      if (run) show(0, true, false);
      return { say: "done" };
    },
    async reset() {
      await halt();
      run = { ...run!, step: 0 };
      show(0, true, false);
      return { say: "done" };
    },
    async probe() {
      throw new Error("internal: no probe here");
    },
  };

  const ask = async (question: Question): Promise<object> => {
    const failure = failures.get(question.ask);
    failures.delete(question.ask);
    if (failure !== undefined) throw new Error(failure);
    return answers[question.ask](question as never);
  };
  return {
    connect: (listener) => {
      hear = listener;
      return { ask: ask as Line["ask"], close: () => {} };
    },
    say: (told) => hear(told),
    failNext: (question, what) => failures.set(question, what),
  };
}
