/** A page with nothing but a line to a worker, the one that the address names; tests drive it by `harness`. */
import type { Answer, Question, Told } from "#island/protocol.ts";

const WORKERS: Readonly<Record<string, () => Worker>> = {
  "": () => new Worker(new URL("../../../src/island/worker.ts", import.meta.url), { type: "module" }),
  "#sabotaged": () => new Worker(new URL("./sabotaged-worker.ts", import.meta.url), { type: "module" }),
  "#checking": () => new Worker(new URL("./checking-worker.ts", import.meta.url), { type: "module" }),
  "#exhaustible": () => new Worker(new URL("./exhaustible-worker.ts", import.meta.url), { type: "module" }),
};
const worker = WORKERS[location.hash]!();

/** What came without being asked for, in order. */
const unasked: Told[] = [];
const waiting = new Map<number, (answer: Answer) => void>();
worker.addEventListener("message", ({ data }: MessageEvent<Told>) => {
  if (data.id === undefined) unasked.push(data);
  else waiting.get(data.id)?.(data);
});

let asked = 0;
function ask(question: Question): Promise<Answer> {
  const id = ++asked;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ ...question, id });
  });
}

export interface Harness {
  readonly ask: typeof ask;
  readonly unasked: readonly Told[];
}
Object.assign(globalThis, { harness: { ask, unasked } satisfies Harness });
