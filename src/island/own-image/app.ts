/**
 * A reader's own image, from the click that loads the model: the ways in which pictures come, and what is said about
 * them. What they do to the model is shown by `view.ts`.
 */

import type { Unasked } from "../connection.ts";
import { WorkerFailure } from "../connection.ts";
import { megabytes, messageOf } from "../text.ts";
import { Camera } from "./camera.ts";
import { INPUT, MESSAGES } from "./markup.ts";
import { type PageFacts, Session, type Sight } from "./session.ts";
import { ResultView } from "./view.ts";

/** For readers: the names that backends have among people. */
const BACKENDS = { webgpu: "WebGPU", webgl: "WebGL", wasm: "WASM", cpu: "plain CPU" } as const;

/** The places in the element that Astro made. */
export interface Parts {
  /** What invites to load the model; removed when that is done. */
  readonly offer: HTMLElement;
  readonly progress: HTMLProgressElement;
  /** Says how far loading is, and why it failed. */
  readonly note: HTMLElement;
  /** For all that comes after. */
  readonly work: HTMLElement;
  /** Buttons with pictures of the image set. */
  readonly samples: HTMLElement;
}

/**
 * Loads the model and makes the element ready for pictures.
 *
 * @throws Error with a message for readers; nothing is left behind then, and loading may be tried again
 */
export async function openApp(facts: PageFacts, parts: Parts): Promise<App> {
  const session = await Session.open(facts, (told) => showLoading(told, parts));
  return new App(session, parts);
}

function showLoading(told: Unasked, { progress, note }: Parts): void {
  if (told.say !== "loading") return;
  progress.max = told.total;
  progress.value = told.loaded;
  note.textContent = `${megabytes(told.loaded)} of ${megabytes(told.total)} MB`;
}

export class App {
  readonly #session: Session;
  readonly #parts: Parts;
  readonly #view: ResultView;
  readonly #camera: Camera;
  readonly #listening = new AbortController();
  /** Pictures shown so far; what belongs to an earlier one comes too late. */
  #turn = 0;

  constructor(session: Session, parts: Parts) {
    this.#session = session;
    this.#parts = parts;
    const { work, offer, samples } = parts;
    work.innerHTML = INPUT;
    samples.hidden = false;
    work.append(samples);
    work.insertAdjacentHTML("beforeend", MESSAGES);
    const resultPlace = document.createElement("div");
    resultPlace.hidden = true;
    work.append(resultPlace);
    this.#view = new ResultView(resultPlace, session);
    this.#camera = new Camera(this.#out("video"));
    this.#listen();
    work.hidden = false;
    offer.remove();
    this.#out("file").focus();
  }

  close(): void {
    this.#listening.abort();
    this.#camera.stop();
    this.#session.close();
  }

  #listen(): void {
    const { work, samples } = this.#parts;
    const { signal } = this.#listening;
    const file = this.#out<HTMLInputElement>("file");
    file.addEventListener("change", () => {
      this.#showFile(file.files);
      // So that choosing the same file again is a change.
      file.value = "";
    });
    work.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.#out("drop").classList.add("over");
    });
    for (const type of ["dragleave", "drop"]) {
      work.addEventListener(type, () => this.#out("drop").classList.remove("over"));
    }
    work.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer?.files.length) this.#showFile(event.dataTransfer.files);
      else this.#complain("drop: expected a file, got none; copy the picture and paste it, or save it first");
    });
    document.addEventListener(
      "paste",
      ({ clipboardData }) => {
        // Text that is pasted into a field is no picture.
        if (clipboardData?.files.length) this.#showFile(clipboardData.files);
      },
      { signal },
    );
    samples.addEventListener("click", (event) => {
      const image = (event.target as Element).closest("button")?.querySelector("img");
      if (image) void this.#show(async () => (await fetch(image.src)).blob());
    });
    this.#listenToCamera();
    // A camera that goes on recording where no one sees it is worse than none.
    document.addEventListener("visibilitychange", () => document.hidden && this.#endCamera(), { signal });
  }

  #listenToCamera(): void {
    this.#do("camera").addEventListener("click", () => {
      this.#camera.start().then(
        () => {
          this.#complain("");
          this.#out("camera").hidden = false;
          this.#do("take").focus();
        },
        (error: unknown) => this.#complain(messageOf(error)),
      );
    });
    this.#do("take").addEventListener("click", () => void this.#show(() => this.#camera.take()));
    this.#do("stop").addEventListener("click", () => this.#endCamera());
  }

  #endCamera(): void {
    this.#camera.stop();
    this.#out("camera").hidden = true;
  }

  #showFile(files: FileList | null | undefined): void {
    const file = files?.[0];
    if (file) void this.#show(async () => file, file.name);
  }

  /** From wherever the picture comes to what is shown of it. */
  async #show(take: () => Promise<Blob | ImageBitmap>, name = "picture"): Promise<void> {
    const turn = ++this.#turn;
    this.#complain("");
    this.#say("Looking…");
    try {
      const began = performance.now();
      const sight = await this.#session.look(await take());
      if (turn !== this.#turn) return;
      this.#view.show(sight);
      // For scripts that build on the atlas, and for tests: all that the page was told.
      this.#parts.work.dispatchEvent(
        new CustomEvent<Sight>("own-image-seen", { detail: sight, bubbles: true }),
      );
      const seconds = ((performance.now() - began) / 1000).toFixed(2);
      const { width, height } = sight;
      this.#say(`${width} × ${height} pixels, ${seconds} s, ${BACKENDS[this.#session.backend]}`);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#say("");
      const message = messageOf(error);
      this.#complain(error instanceof WorkerFailure ? message : `${name}: ${message}`);
    }
  }

  #out<E extends HTMLElement = HTMLElement>(name: string): E {
    return this.#parts.work.querySelector<E>(`[data-out="${name}"]`)!;
  }

  #do(name: string): HTMLButtonElement {
    return this.#parts.work.querySelector<HTMLButtonElement>(`[data-do="${name}"]`)!;
  }

  #say(text: string): void {
    this.#out("status").textContent = text;
  }

  #complain(text: string): void {
    const problem = this.#out("problem");
    problem.textContent = text;
    problem.hidden = text === "";
  }
}
