/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "mobilenet",
      config: {
        stem: 3,
        depths: [1, 2],
        widths: [3, 4],
        strides: [1, 2],
        expansions: [1, 2],
        head: 4,
      },
      imageSize: 8,
      mean: [0.5, 0.4, 0.3],
      std: [0.03, 0.03, 0.03],
      numClasses: 2,
    },
    tap: "bn2.act",
    variationWeight: 200,
    expected: {
      gradient: {
        length: 0.248093,
        projections: [-0.580794, -0.102673, 0.0696937, 0.343694, 0.112379, 0.0171158, -0.390249, -0.379611],
      },
      change: {
        length: 0.875632,
        projections: [1.95119, 0.253247, -0.819826, -1.30104, -0.600077, -0.0183629, 1.46096, 1.55418],
      },
      objective: 0.105531,
      variation: 13.8796,
    },
  },
];
