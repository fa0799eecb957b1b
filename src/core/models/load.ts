/**
 * The list of model families, and how each is loaded: one at a time in a page, all at once by `index.ts`.
 *
 * Adding a family: a file beside this one that exports an `Architecture`, and a line in `FAMILIES`.
 */
import { type Family, register, unknownFamily } from "./registry.ts";

const FAMILIES: Readonly<Record<string, () => Promise<Family>>> = {
  vit: async () => (await import("./vit.ts")).vit,
  resnet: async () => (await import("./resnet.ts")).resnet,
  mixer: async () => (await import("./mixer.ts")).mixer,
  swin: async () => (await import("./swin.ts")).swin,
  convit: async () => (await import("./convit.ts")).convit,
  pit: async () => (await import("./pit.ts")).pit,
  twins: async () => (await import("./twins.ts")).twins,
  coat: async () => (await import("./coat.ts")).coat,
  levit: async () => (await import("./levit.ts")).levit,
  clip_resnet: async () => (await import("./clip-resnet.ts")).clipResnet,
  mobilenet: async () => (await import("./mobilenet.ts")).mobilenet,
  densenet: async () => (await import("./densenet.ts")).densenet,
  squeezenet: async () => (await import("./squeezenet.ts")).squeezenet,
  vgg: async () => (await import("./vgg.ts")).vgg,
  googlenet: async () => (await import("./googlenet.ts")).googlenet,
};

export const familyNames: readonly string[] = Object.keys(FAMILIES);

/**
 * Makes a family known to `openModel`.
 *
 * @throws ConfigError for a name that is not in the list
 */
export async function loadFamily(name: string): Promise<void> {
  if (!Object.hasOwn(FAMILIES, name)) throw unknownFamily(name, familyNames);
  register(name, await FAMILIES[name]!());
}
