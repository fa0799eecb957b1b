/** The worker: takes questions to the engine, and what it says to the page. Not for anything else. */
import "./engine/tfjs.ts";
import { Engine } from "./engine/engine.ts";
import type { Answer, Asked, Told } from "./protocol.ts";

/** What TypeScript knows of workers clashes with what it knows of pages; this is what is used here. */
interface WorkerScope {
  postMessage(message: Told, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Asked>) => void): void;
}
const scope = globalThis as unknown as WorkerScope;

const engine = new Engine((answer, transfer = []) => scope.postMessage(answer, transfer));

/** What an answer holds that the worker has no more use for. */
const buffersOf = (answer: Answer): Transferable[] =>
  answer.say === "probed"
    ? [answer.logits, ...Object.values(answer.activations)].map(({ buffer }) => buffer)
    : [];

scope.addEventListener("message", async ({ data }) => {
  const { id, ...question } = data;
  const answer = await engine.answer(question);
  scope.postMessage({ ...answer, id }, buffersOf(answer));
});
