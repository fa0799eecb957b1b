/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "twins",
      config: {
        patchSize: 1,
        widths: [4, 6],
        heads: [1, 3],
        mlpRatios: [2, 1],
        depths: [2, 1],
        reductions: [4, 1],
        windows: [4, 2],
      },
      imageSize: 8,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "blocks.1.0.mlp.act",
    variationWeight: 100,
    expected: {
      gradient: {
        length: 0.157264,
        projections: [
          -0.296291, -0.0203905, -0.21213, 0.21982, -0.00572697, -0.0927193, 0.0118293, -0.252436,
        ],
      },
      change: {
        length: 0.671847,
        projections: [1.4991, 0.48526, 0.669148, -0.978437, 0.0403063, 0.44005, 0.117046, 1.20624],
      },
      objective: 0.260501,
      variation: 13.8796,
    },
  },
];
