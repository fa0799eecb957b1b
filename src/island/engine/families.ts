/**
 * What the engine loads for a family of models besides its code: groups of kernels, and a toy to check them with.
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
  readonly check: () => Promise<{ readonly CHECK: Check }>;
}

export const FAMILIES: Readonly<Record<string, Entry>> = {
  vit: { groups: ["transformers"], check: () => import("./checks/vit.ts") },
  resnet: { groups: ["convolutions"], check: () => import("./checks/resnet.ts") },
  mixer: { groups: ["transformers"], check: () => import("./checks/mixer.ts") },
  swin: { groups: ["transformers"], check: () => import("./checks/swin.ts") },
  convit: { groups: ["transformers"], check: () => import("./checks/convit.ts") },
  pit: { groups: ["transformers", "convolutions", "rest"], check: () => import("./checks/pit.ts") },
  twins: { groups: ["transformers", "rest"], check: () => import("./checks/twins.ts") },
  coat: { groups: ["transformers", "rest"], check: () => import("./checks/coat.ts") },
  levit: { groups: ["transformers", "convolutions", "rest"], check: () => import("./checks/levit.ts") },
  clip_resnet: { groups: ["transformers", "convolutions"], check: () => import("./checks/clip-resnet.ts") },
  mobilenet: { groups: ["convolutions", "rest"], check: () => import("./checks/mobilenet.ts") },
  densenet: { groups: ["transformers", "convolutions"], check: () => import("./checks/densenet.ts") },
  squeezenet: { groups: ["transformers", "convolutions"], check: () => import("./checks/squeezenet.ts") },
  vgg: { groups: ["convolutions"], check: () => import("./checks/vgg.ts") },
  googlenet: { groups: ["transformers", "convolutions"], check: () => import("./checks/googlenet.ts") },
};

/** @throws Error where the check does not come */
export async function needsOf(family: string): Promise<Needs> {
  const entries = Object.hasOwn(FAMILIES, family) ? [FAMILIES[family]!] : Object.values(FAMILIES);
  const groups = new Set<Group>(["base", ...entries.flatMap((entry) => entry.groups)]);
  const checks = await Promise.all(entries.map(async ({ check }) => (await check()).CHECK));
  return { groups: [...groups], checks };
}
