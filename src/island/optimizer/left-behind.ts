/**
 * The last picture of a run, kept for the time of the browser's session: a reader who follows a link, or whose phone
 * drops the page, finds it again.
 */
import { readPermalink } from "./permalink.ts";
import { byteOf } from "./pixels.ts";

export interface LeftBehind {
  /** Fragment of its permalink. */
  readonly link: string;
  /** [3, H, W] 0–1, of 256 levels. */
  readonly image: Float32Array;
}

const keyOf = (unitId: string): string => `refine ${unitId}`;

/** Does nothing where storage is full or forbidden: the picture can still be saved by hand. */
export function leaveBehind(unitId: string, { link, image }: LeftBehind): void {
  const bytes = Array.from(image, (value) => String.fromCharCode(byteOf(value))).join("");
  try {
    sessionStorage.setItem(keyOf(unitId), JSON.stringify({ link, image: btoa(bytes) }));
  } catch {
    // Storage is full or forbidden here.
  }
}

/** Null where nothing was left, or nothing that this version can read. */
export function findLeftBehind(unitId: string, length: number): LeftBehind | null {
  try {
    const { link, image } = JSON.parse(sessionStorage.getItem(keyOf(unitId)) ?? "null");
    readPermalink(link);
    const bytes = Float32Array.from(atob(image), (character) => character.charCodeAt(0) / 255);
    return bytes.length === length ? { link, image: bytes } : null;
  } catch {
    return null;
  }
}
