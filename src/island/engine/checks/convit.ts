/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "convit",
      config: {
        patchSize: 3,
        width: 4,
        depth: 3,
        heads: 2,
        localBlocks: 2,
        mlpRatio: 3,
      },
      imageSize: 6,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "blocks.2.mlp.act",
    variationWeight: 3000,
    expected: {
      gradient: {
        length: 3.74024,
        projections: [0.208324, 2.24499, -0.483878, -2.82975, 0.960365, -1.16689, 1.52159, 0.268889],
      },
      change: {
        length: 1.0656,
        projections: [0.17917, -1.01926, 0.0306743, 0.0143384, 0.0499385, 0.0110667, -1.36629, 0.102007],
      },
      objective: 1.23864,
      variation: 9.64802,
    },
  },
];
