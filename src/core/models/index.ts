/** Models of all families, for whoever is no page: importing this file makes every one of them known. */
import { familyNames, loadFamily } from "./load.ts";

export type { Architecture, Tap } from "./architecture.ts";
export { type Model, type ModelConfig, normalize, openModel } from "./open.ts";
export { architectures } from "./registry.ts";

// One after the other: their order is that of the list, in messages too.
for (const name of familyNames) await loadFamily(name);
