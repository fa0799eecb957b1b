/**
 * The workbench at work: what a reader presses becomes questions to the engine, and what comes back is shown.
 *
 * How it looks is in `markup.ts`, what is drawn in `display.ts`, what is chosen in `form.ts`.
 */
import { FormatError } from "#format/format-error.ts";
import type { BackendName, ModelSource, Start } from "../protocol.ts";
import { messageOf } from "../text.ts";
import { Display } from "./display.ts";
import { Form } from "./form.ts";
import { type LeftBehind, leaveBehind } from "./left-behind.ts";
import { loadPicture } from "./load-picture.ts";
import { workbench } from "./markup.ts";
import { aimOf, describeAim } from "./mixture.ts";
import { noticeFor } from "./notice.ts";
import type { PageData } from "./page-data.ts";
import {
  type Beginning,
  type Description,
  isReproducible,
  readPermalink,
  writePermalink,
} from "./permalink.ts";
import { download, jsonOf, permalinkOf, pngOf, recordOf } from "./save.ts";
import type { Session, Track } from "./session.ts";

type Action = "run" | "step" | "reset" | "undo" | "begin" | "further" | "again" | "png" | "json" | "link";

export class Bench {
  readonly #root: HTMLElement;
  readonly #data: PageData;
  readonly #session: Session;
  readonly #source: ModelSource;
  readonly #display: Display;
  readonly #form: Form;
  /** A picture of an earlier visit, until something is begun. */
  #left: LeftBehind | null = null;
  /** Pictures that runs begin with, by the address or file that they came from. */
  readonly #pictures = new Map<string | File, Float32Array>();
  #own: File | null = null;

  /** Puts the workbench into `root`. */
  constructor(root: HTMLElement, data: PageData, session: Session, source: ModelSource) {
    this.#root = root;
    this.#data = data;
    this.#session = session;
    this.#source = source;
    root.innerHTML = workbench(data);
    this.#display = new Display(root, data);
    const form = root.querySelector("form")!;
    this.#form = new Form(form, data, () => this.#edited());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#attempt("begin");
    });
    root.addEventListener("click", ({ target }) => {
      const button = (target as HTMLElement).closest<HTMLElement>("[data-do]");
      if (button && button.ariaDisabled !== "true") this.#attempt(button.dataset.do as Action);
    });
    this.#backends.addEventListener("change", () => this.#switchBackend());
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => this.#leave());
  }

  /** What the workbench begins with: a link's run, a picture that was left here, or the page's own refinement. */
  async start(link: Description | null, left: LeftBehind | null): Promise<void> {
    if (link) {
      this.#form.write(link);
      this.#edited();
      if (isReproducible(link.start)) return this.#try(() => this.#begin(link.taken));
      return;
    }
    this.#form.writeDefaults();
    this.#edited();
    if (!left) return this.#try(() => this.#begin());
    this.#left = left;
    this.#form.write(readPermalink(left.link));
    this.#display.paint(left.image);
    this.#edited();
  }

  /** Begins with nothing: what was asked for cannot be done, and the message says why. */
  refuse(message: string): void {
    this.#form.writeDefaults();
    this.#edited();
    this.show();
    this.#complain(message);
  }

  focus(): void {
    this.#button("run").focus({ preventScroll: true });
  }

  /** Shows the session's state; called at every change of it. */
  show(): void {
    const { track, canUndo, phase } = this.#session.state;
    this.#display.show(this.#session.state);
    const finished = track !== null && track.step >= track.description.settings.steps;
    const busy = phase !== "open";
    this.#button("run").textContent = track?.running ? "Pause" : "Run";
    this.#allow("run", !busy && !finished);
    this.#allow("step", !busy && !finished && !track?.running);
    this.#allow("reset", !busy && (track?.step ?? 0) > 0);
    this.#allow("undo", !busy && canUndo);
    for (const name of ["png", "json", "link"] as const) this.#allow(name, Boolean(track?.image));
    this.#notify();
  }

  readonly #actions: Readonly<Record<Action, () => Promise<void>>> = {
    run: () => {
      const { track } = this.#session.state;
      if (!track) return this.#begin();
      return track.running ? this.#session.pause() : this.#session.go();
    },
    step: async () => {
      if (!this.#session.state.track) await this.#begin(0);
      await this.#session.go(1);
    },
    reset: () => this.#session.reset(),
    undo: () => this.#session.undo(),
    begin: () => this.#begin(),
    again: () => this.#begin(),
    further: () => {
      this.#form.choose("result");
      return this.#begin();
    },
    png: async () => this.#save("png"),
    json: async () => this.#save("json"),
    link: () => this.#copyLink(),
  };

  /** Begins a run with what the form says, and goes `steps` steps, or all. */
  async #begin(steps?: number): Promise<void> {
    const { index, units, tap } = this.#data;
    const chosen = this.#form.read();
    const aim = aimOf(chosen.mixture, index, units);
    const start = await this.#startOf(chosen.start);
    this.#left = null;
    await this.#session.begin({ ...chosen, taken: 0, backend: "auto" }, tap, aim, start);
    if (steps !== 0) await this.#session.go(steps);
  }

  /** @throws Error where there is no such picture */
  async #startOf(start: Beginning): Promise<Start> {
    const { root, picture, examples, index, preprocessing } = this.#data;
    if (start.from === "noise") return { from: "noise", unitSeed: index };
    if (start.from === "result") return { from: "image", image: this.#result() };
    if (start.from === "own")
      return { from: "image", image: await this.#load(this.#ownFile(), preprocessing) };
    const path = start.from === "image" ? examples.find(({ image }) => image === start.image)?.path : picture;
    if (!path) {
      const got = start.from === "image" ? `image ${start.image}` : "none";
      throw new FormatError("Begin with", "a picture of this page", got, "choose another beginning");
    }
    // Published pictures are cut already: what is left is the size.
    const size = preprocessing.size;
    return {
      from: "image",
      image: await this.#load(new URL(path, root), { ...preprocessing, resize: size }),
    };
  }

  async #load(source: URL | File, preprocessing: PageData["preprocessing"]): Promise<Float32Array> {
    const key = source instanceof URL ? source.href : source;
    const image = this.#pictures.get(key) ?? (await loadPicture(source, preprocessing));
    this.#pictures.set(key, image);
    return image;
  }

  #result(): Float32Array {
    const image = this.#left?.image ?? this.#session.state.track?.image;
    if (image) return image;
    throw new FormatError(
      "Begin with",
      "a picture that was made here",
      "none yet",
      "choose another beginning",
    );
  }

  #ownFile(): File {
    this.#own = this.#form.file ?? this.#own;
    if (this.#own) return this.#own;
    throw new FormatError("Begin with", "a picture of yours", "no file", "choose one");
  }

  async #switchBackend(): Promise<void> {
    const backend = this.#backends.value as BackendName | "auto";
    await this.#try(() => this.#session.open(this.#source, this.#data.tap, backend));
  }

  async #save(kind: "png" | "json"): Promise<void> {
    const { track } = this.#session.state;
    if (!track?.image) return;
    const record = recordOf(track, this.#session.state, this.#data, location.href);
    const name = `${this.#data.unitId.replaceAll("/", "-")}-step-${track.step}.${kind}`;
    if (kind === "json") return download(jsonOf(track, record), name);
    download(await pngOf(track.image, this.#data.imageSize, record), name);
  }

  async #copyLink(): Promise<void> {
    const { track } = this.#session.state;
    if (!track) return;
    const link = permalinkOf(track, this.#session.state, location.href);
    const say = this.#display.out("keep");
    try {
      await navigator.clipboard.writeText(link);
      say.textContent = isReproducible(track.description.start)
        ? "Copied. The link makes this picture again."
        : "Copied. The link holds the settings and not the picture that the run began with.";
    } catch {
      // Without a secure context browsers give no clipboard.
      history.replaceState(history.state, "", link);
      say.textContent = "The link is in the address bar now: copy it there.";
    }
  }

  /** Keeps the last picture for the reader who comes back. */
  #leave(): void {
    const { track, backend } = this.#session.state;
    if (!track?.image || track.step === 0) return;
    const description = { ...track.description, taken: track.step, backend: backend ?? ("auto" as const) };
    leaveBehind(this.#data.unitId, { link: writePermalink(description), image: track.image });
  }

  /** Something was chosen or typed. */
  #edited(): void {
    this.#complain("");
    const file = this.#form.file;
    if (file)
      this.#display.out("own").textContent = `${file.name}. It stays in this page and is not part of a link.`;
    try {
      const { index, units } = this.#data;
      this.#display.out("formula").textContent =
        `Climbs ${describeAim(aimOf(this.#form.mixture(), index, units))}.`;
      this.#display.out("t").textContent = this.#form.between;
    } catch (error) {
      this.#display.out("formula").textContent = messageOf(error);
    }
    this.#notify();
  }

  /** Whether the controls say something else than the run that is shown. */
  #isDirty(track: Track): boolean {
    const plain = { taken: 0, backend: "auto" } as const;
    try {
      return (
        writePermalink({ ...this.#form.read(), ...plain }) !==
        writePermalink({ ...track.description, ...plain })
      );
    } catch {
      return true;
    }
  }

  #notify(): void {
    const { state } = this.#session;
    const notice = noticeFor(state, this.#left, state.track !== null && this.#isDirty(state.track));
    const place = this.#display.out("notice");
    // Written only when it says something else: its button may have the focus.
    if (place.dataset.shown === notice) return;
    place.dataset.shown = notice;
    place.innerHTML = notice;
    place.hidden = notice === "";
  }

  #attempt(action: Action): void {
    void this.#try(this.#actions[action]);
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    this.#complain("");
    try {
      await work();
    } catch (error) {
      this.#complain(messageOf(error));
    }
    this.show();
  }

  #complain(message: string): void {
    const place = this.#display.out("problem");
    place.textContent = message;
    place.hidden = message === "";
  }

  #button(name: Action): HTMLButtonElement {
    return this.#root.querySelector<HTMLButtonElement>(
      `.transport [data-do="${name}"], .keep [data-do="${name}"]`,
    )!;
  }

  /** Not `disabled`, which would take the focus from the reader who has just pressed it. */
  #allow(name: Action, allowed: boolean): void {
    this.#button(name).ariaDisabled = allowed ? null : "true";
  }

  get #backends(): HTMLSelectElement {
    return this.#root.querySelector<HTMLSelectElement>("[name=backend]")!;
  }
}
