/** Shows a run: the picture, the numbers, the chart, and the words for readers who listen. Decides nothing. */
import { liveChart } from "#charts/live-chart.ts";
import { escapeText } from "#charts/svg.ts";
import type { BackendName } from "../protocol.ts";
import { fixed, speed } from "../text.ts";
import { describeAim } from "./mixture.ts";
import type { PageData } from "./page-data.ts";
import { rgbaOf } from "./pixels.ts";
import type { SessionState, Track } from "./session.ts";

/** Often enough to follow, seldom enough to be listened to; in milliseconds, as below. */
const SPOKEN_EVERY = 5000;
/** The chart is written anew each time, which takes a few milliseconds. */
const CHART_EVERY = 100;
/** Where reduced motion is asked for, a picture that runs changes this often. */
const CALM = 1000;

const BACKENDS: Readonly<Record<BackendName, string>> = {
  webgpu: "WebGPU",
  webgl: "WebGL",
  wasm: "WASM",
  cpu: "plain CPU",
};

export class Display {
  readonly #root: HTMLElement;
  readonly #data: PageData;
  readonly #context: CanvasRenderingContext2D;
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #state: SessionState | undefined;
  #asked = false;
  #painted = 0;
  #charted = 0;
  #spoken = 0;
  #width = 0;

  constructor(root: HTMLElement, data: PageData) {
    this.#root = root;
    this.#data = data;
    this.#context = this.canvas.getContext("2d")!;
    const views = root.querySelector<HTMLElement>(".views")!;
    new ResizeObserver(() => this.#fit(views)).observe(root);
    // A hidden tab draws nothing; what came meanwhile is drawn when it is seen again.
    document.addEventListener("visibilitychange", () => this.#ask());
  }

  get canvas(): HTMLCanvasElement {
    return this.#root.querySelector("canvas")!;
  }

  /** Takes a state to be drawn with the next frame of the screen. */
  show(state: SessionState): void {
    this.#state = state;
    this.#ask();
  }

  /** Draws a picture that no run has made. */
  paint(image: Float32Array): void {
    const { imageSize } = this.#data;
    this.#context.putImageData(new ImageData(rgbaOf(image, imageSize), imageSize, imageSize), 0, 0);
  }

  out(name: string): HTMLElement {
    return this.#root.querySelector<HTMLElement>(`[data-out="${name}"]`)!;
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame((now) => {
      this.#asked = false;
      if (this.#state) this.#draw(this.#state, now);
    });
  }

  #draw(state: SessionState, now: number): void {
    const { track } = state;
    this.#engine(state);
    // Numbers without their picture would be said of the one before.
    if (!track?.image) return;
    if (track.running && this.#calm.matches && now - this.#painted < CALM)
      return void setTimeout(() => this.#ask(), CALM / 4);
    this.#painted = now;
    this.paint(track.image);
    this.#numbers(track);
    if (!track.running || now - this.#charted >= CHART_EVERY) this.#chart(track, now);
    if (!track.running || now - this.#spoken >= SPOKEN_EVERY) this.#speak(track, now);
  }

  #numbers(track: Track): void {
    const { step, curve, description, aim } = track;
    const { steps } = description.settings;
    this.out("objective").textContent = last(curve.objective);
    this.out("variation").textContent = last(curve.variation, 1);
    this.out("speed").textContent = track.stepsPerSecond > 0 ? speed(track.stepsPerSecond) : "–";
    this.out("aim").textContent = `${describeAim(aim)}, step ${step}`;
    this.out("step").textContent = `${step} of ${steps}`;
    const progress = this.out("progress") as HTMLProgressElement;
    progress.max = steps;
    progress.value = step;
  }

  #chart({ curve, description, aim }: Track, now: number): void {
    if (this.#width === 0) return;
    this.#charted = now;
    const { unit, published } = this.#data;
    const alone = aim.length === 1 && aim[0]!.unit === unit.index && aim[0]!.weight === 1;
    const level = published?.objective.at(-1);
    this.out("chart").innerHTML = liveChart({
      width: this.#width,
      ...curve,
      steps: description.settings.steps,
      name: alone ? "Activation, mean over patches" : "Weighted activation, mean over patches",
      levels: alone
        ? { "best image": unit.statistics.max, ...(level !== undefined && { published: level }) }
        : {},
    });
  }

  #speak(track: Track, now: number): void {
    const words = wordsFor(track);
    if (now - this.#spoken < SPOKEN_EVERY && this.out("aloud").textContent === words) return;
    this.#spoken = now;
    this.out("aloud").textContent = words;
    this.canvas.ariaLabel = `Picture that climbs ${describeAim(track.aim)}. ${words}`;
  }

  #engine({ backend, adapter, tried }: SessionState): void {
    this.out("backend").textContent = backend ? BACKENDS[backend] : "–";
    const rows = tried.map(({ name, usable, finding }) => {
      const used = name === backend ? ` <b>in use</b>${adapter ? `, ${escapeText(adapter)}` : ""}` : "";
      return `<tr><th scope="row">${BACKENDS[name]}</th><td>${escapeText(finding)}${usable ? "" : ", not used"}${used}</td></tr>`;
    });
    const table = this.out("tried");
    // Written only when it says something else: readers may be selecting it.
    if (table.dataset.shown !== rows.join("")) {
      table.dataset.shown = rows.join("");
      table.innerHTML = rows.join("");
    }
  }

  /** Pixels of small pictures are as many whole pixels of the screen; the chart is as wide as its column. */
  #fit(views: HTMLElement): void {
    const { imageSize } = this.#data;
    const room = views.querySelector(".view")!.clientWidth;
    const scale = Math.floor((room * devicePixelRatio) / imageSize) / devicePixelRatio;
    if (scale > 0 && imageSize <= 128) views.style.setProperty("--side", `${scale * imageSize}px`);
    this.#width = this.out("chart").clientWidth;
    this.#charted = 0;
    this.#ask();
  }
}

/** Where a run is, in a sentence. */
function wordsFor({ step, curve, description, running }: Track): string {
  const { steps } = description.settings;
  const state = running ? "" : step >= steps ? " Finished." : " Standing still.";
  const value = curve.objective.at(-1);
  const activation = value === undefined ? "" : `, activation ${fixed(value)}`;
  return `Step ${step} of ${steps}${activation}.${state}`;
}

const last = (values: readonly number[], digits = 2): string =>
  values.length > 0 ? fixed(values.at(-1)!, digits) : "–";
