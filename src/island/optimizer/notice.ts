/** The line under the controls: what a reader should know now, and what can be done about it. */

import { escapeText } from "#charts/svg.ts";
import { megabytes } from "../text.ts";
import type { LeftBehind } from "./left-behind.ts";
import { isReproducible, readPermalink } from "./permalink.ts";
import type { SessionState } from "./session.ts";

/**
 * @param dirty whether the controls say something else than the run that is shown
 * @returns HTML; empty where there is nothing to say
 */
export function noticeFor(state: SessionState, left: LeftBehind | null, dirty: boolean): string {
  const { track, phase, loaded, total, note } = state;
  if (phase === "loading" && total > 0) return `Loading: ${megabytes(loaded)} of ${megabytes(total)} MB.`;
  if (left) {
    const { taken, settings } = readPermalink(left.link);
    return `This is the picture that you left at step ${taken} of ${settings.steps}. ${button("further", "Go on from it")} ${button("again", "Begin again")}`;
  }
  if (!track) return button("begin", "Begin");
  if (dirty) return `Changed settings take effect when you begin again. ${button("begin", "Begin again")}`;
  const recovered =
    note && `The graphics device was lost (${escapeText(note)}); the run goes on from its last picture.`;
  if (track.running || track.step < track.description.settings.steps) return recovered;
  const link = isReproducible(track.description.start)
    ? ""
    : " A link to it holds the settings and not its beginning.";
  return `${recovered} All ${track.step} steps are taken.${link} ${button("further", "Go on from this picture")}`.trim();
}

const button = (action: string, text: string): string =>
  `<button type="button" data-do="${action}">${text}</button>`;
