/**
 * A page's line to its worker: questions out, a promise for each answer, and a listener for what comes unasked.
 *
 * Not for what is asked, see `protocol.ts`, nor for what becomes of it.
 */
import type { Answer, Asked, Question, Told } from "./protocol.ts";

/** What answers each question. */
interface Replies {
  readonly open: "opened";
  readonly probe: "probed";
}
type ReplyTo<Ask extends Question["ask"]> = Ask extends keyof Replies ? Replies[Ask] : "done";
type Said<Say extends Answer["say"]> = Extract<Answer, { say: Say }>;

/** What comes without being asked for. */
export type Unasked = Said<"loading" | "frame" | "recovered">;

/** The worker could not do what it was asked, or is gone. The message is for readers and has a next step. */
export class WorkerFailure extends Error {}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class Connection {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  /** Starts a worker; its script is loaded now, and nothing else. */
  constructor(onUnasked: (told: Unasked) => void) {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Told>) => this.#hear(data, onUnasked));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#failAll(event.message || "its script could not be loaded");
    });
    this.#worker.addEventListener("messageerror", () => this.#failAll("an answer could not be read"));
  }

  /**
   * Asks, and gives the answer.
   *
   * @param transfer buffers that are handed over and are empty here afterwards
   * @throws WorkerFailure where the worker fails or ends
   */
  ask<Q extends Question>(question: Q, transfer: Transferable[] = []): Promise<Said<ReplyTo<Q["ask"]>>> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      this.#worker.postMessage({ ...question, id } satisfies Asked, transfer);
    });
  }

  /** Ends the worker and all that it holds; what is still unanswered fails. */
  close(): void {
    this.#worker.terminate();
    this.#failAll("the worker was ended");
  }

  #hear(told: Told, onUnasked: (told: Unasked) => void): void {
    if (told.say === "loading" || told.say === "frame" || told.say === "recovered") {
      onUnasked(told);
      return;
    }
    const id = told.id ?? 0;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (told.say === "failed") waiting?.reject(new WorkerFailure(told.what));
    else waiting?.resolve(told);
  }

  #failAll(reason: string): void {
    const what = `worker: expected an answer, got none, ${reason}; try again, or load the page anew`;
    for (const { reject } of this.#waiting.values()) reject(new WorkerFailure(what));
    this.#waiting.clear();
  }
}
