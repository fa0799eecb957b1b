/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "clip_resnet",
      config: {
        layers: [1, 1],
        width: 10,
        heads: 2,
        embedding: 2,
      },
      imageSize: 8,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 0,
    },
    tap: "stages.1.0.out",
    variationWeight: 40,
    expected: {
      gradient: {
        length: 0.0572248,
        projections: [
          -0.0733126, -0.0013286, -0.0822514, 0.0875976, 0.00121906, -0.0263907, -0.0238792, 0.0388532,
        ],
      },
      change: {
        length: 0.352888,
        projections: [0.44021, -0.00608904, 0.536428, -0.5361, -0.0259339, 0.16545, 0.160487, -0.238078],
      },
      objective: 0.187901,
      variation: 13.8796,
    },
  },
];
