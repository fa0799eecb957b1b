/** Two workers, the island's and a plain one, that a script drives by `bench`. */
import { Connection } from "#island/connection.ts";
import type { PlainTask } from "./plain-worker.ts";

const plain = new Worker(new URL("./plain-worker.ts", import.meta.url), { type: "module" });
const island = new Connection(() => undefined);

/** Milliseconds that the plain worker took to prepare, or for so many steps. */
function askPlain(task: PlainTask | number): Promise<number> {
  return new Promise((resolve, reject) => {
    plain.onmessage = ({ data }) => ("ms" in data ? resolve(data.ms) : reject(new Error(data.failed)));
    plain.postMessage(task);
  });
}

async function askIsland(steps: number): Promise<number> {
  const start = performance.now();
  await island.ask({ ask: "go", steps });
  return performance.now() - start;
}

export interface Bench {
  readonly island: Connection;
  readonly askPlain: typeof askPlain;
  readonly askIsland: typeof askIsland;
}
Object.assign(globalThis, { bench: { island, askPlain, askIsland } satisfies Bench });
