/**
 * What the page and its worker say to each other: types, and nothing that runs.
 *
 * Every question is answered exactly once, with its number: `open` by `opened`, `probe` by `probed`, the others by
 * `done` (`go` when its run has stopped), any of them by `failed`. What else there is to say, `loading`, `frame` and
 * `recovered`, comes unasked and without a number. Questions are taken in the order in which they are asked; `pause`,
 * and every question that needs the run to stand still, stops a `go` under way, and `probe` fits in between its steps.
 * Images are float32 [3, H, W] in 0–1, and the worker's are transferred, not copied.
 */
import type { ModelWeights } from "#format/model-weights.ts";

/** The ways tfjs can compute here, in the order in which they are tried. */
export type BackendName = "webgpu" | "webgl" | "wasm" | "cpu";

/** A model as the page's data describes it. */
export interface ModelSource {
  /** The parsed `api/<model>/weights.json`. */
  readonly manifest: ModelWeights;
  /** Absolute address of the site's root, which objects lie below. */
  readonly root: string;
}

/** What is climbed: a weighted sum of units of one tap; one term of weight 1 is a neuron. */
export type Aim = readonly { readonly unit: number; readonly weight: number }[];

/** The numbers that a reader can change; the recipe that the page was published with gives the others. */
export interface Settings {
  /** A name of `recipes` in src/core. */
  readonly recipe: string;
  /** Seed of augmentation and of noise. */
  readonly seed: number;
  readonly steps: number;
  readonly copies: number;
  readonly learningRate: number;
  readonly variationWeight: number;
  /** Largest shift, in pixels of a 224 px image. */
  readonly jitterAt224: number;
}

/** The image that a run begins with. */
export type Start =
  /** The pipeline's own noise for this seed and unit. */
  | { readonly from: "noise"; readonly unitSeed: number }
  | { readonly from: "image"; readonly image: Float32Array };

export interface Run {
  readonly tap: string;
  readonly aim: Aim;
  readonly settings: Settings;
  readonly start: Start;
}

/** One image seen by the whole network. */
export interface Probe {
  readonly image: Float32Array;
  /** Layers whose activations are wanted; all of them where it is absent. */
  readonly taps?: readonly string[];
}

export type Question =
  /** Chooses a backend and loads what `tap` needs (everything, where no tap is named). */
  | {
      readonly ask: "open";
      readonly model: ModelSource;
      readonly tap?: string;
      readonly backend: BackendName | "auto";
    }
  /** Prepares a run: its step 0 is shown as a frame. Replaces the run before, which `undo` brings back. */
  | { readonly ask: "begin"; readonly run: Run }
  /** Goes on for so many steps, or to the end of the schedule. */
  | { readonly ask: "go"; readonly steps?: number }
  /** Stops after the step in flight. */
  | { readonly ask: "pause" }
  /** Back to the state before the last `begin` or `go`, or before the one before it, for some times. */
  | { readonly ask: "undo" }
  /** Back to step 0 of the run. */
  | { readonly ask: "reset" }
  | { readonly ask: "probe"; readonly probe: Probe };

/** How far a run is; the arrays hold what came since the frame before, or, where `whole`, all there is. */
export interface Frame {
  /** The run, or its past, is another than that of the frame before: the first frame after begin, undo or reset. */
  readonly whole: boolean;
  /** Steps taken. */
  readonly step: number;
  readonly image: Float32Array;
  /** Step of each entry of `objective` and `variation`, as the pipeline records them. */
  readonly recorded: readonly number[];
  readonly objective: readonly number[];
  readonly variation: readonly number[];
  /** Of the last steps, without the first, which compiles; 0 before there are two. */
  readonly stepsPerSecond: number;
  readonly running: boolean;
}

/** What became of each backend that was tried. */
export interface BackendVerdict {
  readonly name: BackendName;
  readonly usable: boolean;
  /** For readers: "gradient wrong by 3 %", "no adapter", "software adapter", "passes". */
  readonly finding: string;
}

export type Answer =
  | { readonly say: "loading"; readonly loaded: number; readonly total: number; readonly fromCache: number }
  | {
      readonly say: "opened";
      readonly backend: BackendName;
      /** Name of the graphics adapter, where there is one. */
      readonly adapter: string;
      readonly tried: readonly BackendVerdict[];
    }
  | { readonly say: "frame"; readonly frame: Frame }
  | {
      readonly say: "probed";
      /** [classes] */
      readonly logits: Float32Array;
      /** By tap: [P, units], row-major over the grid of positions. */
      readonly activations: Readonly<Record<string, Float32Array>>;
    }
  | { readonly say: "done" }
  /** The backend was lost or ran out of memory; the run goes on from its last frame on another or the same. */
  | { readonly say: "recovered"; readonly reason: string; readonly backend: BackendName }
  /** `what` for readers, with a next step; the work so far is kept. */
  | { readonly say: "failed"; readonly what: string };

/** A question with its number, as it is posted. */
export type Asked = Question & { readonly id: number };
/** An answer as it is posted; `id` is the question's, absent where none was asked. */
export type Told = Answer & { readonly id?: number };
