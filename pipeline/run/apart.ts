/**
 * A session in a thread of its own.
 *
 * onnxruntime-node runs a session on the thread that asks: two sessions of one thread wait for each other, and so does
 * all else. Apart, as many programs run at once as there are cores, while this thread reads images and writes results.
 *
 * Not for a single program that is waited for anyway: its arrays are copied across, and weights that have no place.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { AtlasFailure, type Failure } from "../failure.ts";
import type { Target } from "../trace/lower/index.ts";
import type { Program } from "../trace/trace.ts";
import type { BoundWeights } from "./bind.ts";
import { checkFeeds } from "./check.ts";
import type { Arrays, Runner } from "./index.ts";

/** What the thread is begun with. */
export interface Opening {
  readonly program: Program;
  readonly weights: BoundWeights;
  readonly target: Target;
  readonly threads: number | undefined;
}

/** What it is asked after that. */
export type Request = { readonly feeds: Arrays } | "close";

/** What it says: once when the session is open, and once for every request. */
export type Answer =
  | { readonly arrays: Arrays }
  | { readonly failure: Failure }
  | { readonly bug: string }
  | "done";

/**
 * Opens a program in a new thread. Runs that are asked for while another is going on wait their turn.
 *
 * @throws AtlasFailure device-missing, device-failed
 */
export async function openApart(
  program: Program,
  weights: BoundWeights,
  target: Target,
  threads?: number,
): Promise<Runner> {
  const workerData: Opening = { program, weights, target, threads };
  const worker = new Worker(new URL("./session-thread.ts", import.meta.url), { workerData });
  let last: Promise<unknown> = answerOf(worker);
  await last;

  const ask = (request: Request): Promise<Answer> => {
    const answer = last.then(() => {
      worker.postMessage(request);
      return answerOf(worker);
    });
    last = answer.catch(() => {});
    return answer;
  };
  return {
    async run(feeds) {
      checkFeeds(program.name, program.inputs, feeds);
      const answer = await ask({ feeds });
      if (typeof answer === "string" || !("arrays" in answer))
        throw new Error(`internal: ${program.name}: a run was answered without arrays`);
      return answer.arrays;
    },
    async dispose() {
      await ask("close");
      await worker.terminate();
    },
  };
}

/** The next answer; the thread's failures and bugs are thrown here as they would have been there. */
async function answerOf(worker: Worker): Promise<Answer> {
  const [answer] = (await once(worker, "message")) as [Answer];
  if (typeof answer !== "string" && "failure" in answer) {
    const { reason, where, expected, got, next } = answer.failure;
    throw new AtlasFailure(reason, where, expected, got, next);
  }
  if (typeof answer !== "string" && "bug" in answer) throw new Error(answer.bug);
  return answer;
}
