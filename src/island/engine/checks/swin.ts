/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "swin",
      config: {
        patchSize: 1,
        width: 4,
        depths: [2, 2],
        heads: [1, 2],
        window: 4,
        mlpRatio: 1,
      },
      imageSize: 8,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "layers.1.blocks.1.mlp.act",
    variationWeight: 100,
    expected: {
      gradient: {
        length: 0.168287,
        projections: [
          -0.0516846, -0.0311744, -0.146141, -0.0082722, 0.156516, -0.104602, -0.112826, -0.260761,
        ],
      },
      change: {
        length: 0.641157,
        projections: [0.726913, 0.36974, 0.662, -0.421731, -0.335937, 0.457559, 0.618396, 1.02442],
      },
      objective: 0.13019,
      variation: 13.8796,
    },
  },
];
