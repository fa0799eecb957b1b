/** The page's side of `prepare-worker.ts`: a picture in, what the model sees out. */
import type { Preprocessing } from "#core/preprocess/preprocess.ts";
import type { Prepared, PrepareReply, PrepareRequest } from "./prepare-worker.ts";

/** Why a picture cannot be shown to the model; for readers, with a next step. */
class UnfitPicture extends Error {}

export class Preparer {
  readonly #worker: Worker;
  readonly #preprocessing: Preprocessing;
  readonly #waiting = new Map<number, (reply: PrepareReply) => void>();
  #asked = 0;

  constructor(preprocessing: Preprocessing) {
    this.#preprocessing = preprocessing;
    this.#worker = new Worker(new URL("./prepare-worker.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<PrepareReply>) => {
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    });
    this.#worker.addEventListener("error", () => {
      const problem = "expected a picture that fits into memory, got one that does not; choose a smaller one";
      for (const [id, reply] of this.#waiting) reply({ id, problem });
      this.#waiting.clear();
    });
  }

  /** @throws UnfitPicture where it cannot be decoded, is too small or too large */
  async prepare(picture: Blob | ImageBitmap): Promise<Prepared> {
    const id = ++this.#asked;
    const request: PrepareRequest = { id, picture, preprocessing: this.#preprocessing };
    const reply = await new Promise<PrepareReply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage(request, picture instanceof Blob ? [] : [picture]);
    });
    if ("problem" in reply) throw new UnfitPicture(reply.problem);
    return reply.prepared;
  }

  close(): void {
    this.#worker.terminate();
  }
}
