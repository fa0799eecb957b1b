/**
 * What the engine loads for a family of models besides its code: groups of kernels, and toys to check them with.
 *
 * One that is not in the list gets everything: slower to begin with, and no less right.
 */
import type { Group } from "./kernels.ts";
import type { Check } from "./self-check.ts";

export interface Needs {
  readonly groups: readonly Group[];
  readonly checks: readonly Check[];
}

interface Entry {
  /** Beside `base`. */
  readonly groups: readonly Exclude<Group, "base">[];
  readonly checks: () => Promise<{ readonly CHECKS: readonly Check[] }>;
}

export const FAMILIES: Readonly<Record<string, Entry>> = {
  vit: { groups: ["transformers"], checks: () => import("./checks/vit.ts") },
  resnet: { groups: ["convolutions"], checks: () => import("./checks/resnet.ts") },
  mixer: { groups: ["transformers"], checks: () => import("./checks/mixer.ts") },
  swin: { groups: ["transformers"], checks: () => import("./checks/swin.ts") },
  convit: { groups: ["transformers"], checks: () => import("./checks/convit.ts") },
  pit: { groups: ["transformers", "convolutions", "rest"], checks: () => import("./checks/pit.ts") },
  twins: { groups: ["transformers", "rest"], checks: () => import("./checks/twins.ts") },
  coat: { groups: ["transformers", "rest"], checks: () => import("./checks/coat.ts") },
  levit: { groups: ["transformers", "convolutions", "rest"], checks: () => import("./checks/levit.ts") },
  clip_resnet: { groups: ["transformers", "convolutions"], checks: () => import("./checks/clip-resnet.ts") },
  mobilenet: { groups: ["convolutions", "rest"], checks: () => import("./checks/mobilenet.ts") },
  densenet: { groups: ["transformers", "convolutions"], checks: () => import("./checks/densenet.ts") },
  squeezenet: { groups: ["transformers", "convolutions"], checks: () => import("./checks/squeezenet.ts") },
  vgg: { groups: ["convolutions"], checks: () => import("./checks/vgg.ts") },
  googlenet: { groups: ["transformers", "convolutions"], checks: () => import("./checks/googlenet.ts") },
};

/** @throws Error where the checks do not come */
export async function needsOf(family: string): Promise<Needs> {
  const entries = Object.hasOwn(FAMILIES, family) ? [FAMILIES[family]!] : Object.values(FAMILIES);
  const groups = new Set<Group>(["base", ...entries.flatMap((entry) => entry.groups)]);
  const loaded = await Promise.all(entries.map(({ checks }) => checks()));
  return { groups: [...groups], checks: loaded.flatMap(({ CHECKS }) => CHECKS) };
}
