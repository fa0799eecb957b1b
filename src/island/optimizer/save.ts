/** A result as files: a picture and a record of how it came to be, the same in both. */
import { describeAim } from "./mixture.ts";
import type { PageData } from "./page-data.ts";
import { isReproducible, writePermalink } from "./permalink.ts";
import { encodePng } from "./png.ts";
import type { SessionState, Track } from "./session.ts";

/** What made a picture, and what it was made with; in the PNG as its text “Provenance”, in the JSON with the curve. */
export interface ResultRecord {
  readonly format: 1;
  readonly unit: string;
  /** Weights of the layer's units in what was climbed. */
  readonly aim: Track["aim"];
  readonly start: Track["description"]["start"];
  readonly settings: Track["description"]["settings"];
  readonly stepsTaken: number;
  /** SHA-256 of the model's weight file, and what rounding it to halves changed at most. */
  readonly weights: string;
  readonly rounding: number;
  readonly backend: string;
  readonly adapter: string;
  readonly release: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly permalink: string;
  /** False where the run began with a picture that the link does not hold. */
  readonly reproducible: boolean;
}

/** The track's address: the page's own, with the run as its fragment. */
export function permalinkOf(track: Track, { backend }: Pick<SessionState, "backend">, page: string): string {
  const description = { ...track.description, taken: track.step, backend: backend ?? ("auto" as const) };
  return `${page.replace(/[?#].*$/, "")}#${writePermalink(description)}`;
}

export function recordOf(
  track: Track,
  state: Pick<SessionState, "backend" | "adapter">,
  data: PageData,
  page: string,
): ResultRecord {
  const { start, settings } = track.description;
  return {
    format: 1,
    unit: data.unitId,
    aim: track.aim,
    start,
    settings,
    stepsTaken: track.step,
    weights: data.weights.weights,
    rounding: data.weights.rounding,
    backend: state.backend ?? "none",
    adapter: state.adapter,
    release: data.release,
    versions: data.versions,
    permalink: permalinkOf(track, state, page),
    reproducible: isReproducible(start),
  };
}

/** The picture with its record inside. */
export async function pngOf(image: Float32Array, size: number, record: ResultRecord): Promise<Blob> {
  const { unit, aim, permalink, versions } = record;
  const bytes = await encodePng(image, size, {
    Title: `${unit}: ${describeAim(aim)}`,
    Software: `Vision Neuron Atlas ${versions.atlas ?? ""}`.trim(),
    Source: permalink,
    Provenance: JSON.stringify(record),
  });
  return new Blob([bytes], { type: "image/png" });
}

export function jsonOf(track: Track, record: ResultRecord): Blob {
  const text = JSON.stringify({ ...record, curve: track.curve }, null, 1);
  return new Blob([text], { type: "application/json" });
}

/** Hands a file to the reader. */
export function download(blob: Blob, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  // Browsers read the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}
