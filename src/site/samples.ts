/** A few pictures of an image set that differ, for readers who have none at hand. */

import type { ImageSetData } from "#format/atlas-data.ts";
import type { CaptionedPicture } from "./units.ts";

const SAMPLES = 8;

/** The first cited picture of some classes, spread over all of them; without classes some pictures of the set. */
export function samplesOf(set: ImageSetData): CaptionedPicture[] {
  const positions = set.index.map((_, position) => position);
  const classesSeen = new Set<number>();
  const firsts = positions.filter((at) => {
    const label = set.class[at];
    if (label == null || classesSeen.has(label)) return false;
    classesSeen.add(label);
    return true;
  });
  const candidates = firsts.length > 0 ? firsts : positions;
  const step = Math.max(1, candidates.length / SAMPLES);
  return Array.from({ length: Math.min(SAMPLES, candidates.length) }, (_, k) => {
    const at = candidates[Math.floor(k * step)]!;
    const label = set.class[at];
    const caption = set.caption[at] ?? (label == null ? `image ${set.index[at]}` : set.classes[label]!);
    return { picture: set.picture[at]!, caption };
  });
}
