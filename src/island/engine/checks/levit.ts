/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "levit",
      config: {
        widths: [64, 12],
        heads: [1, 2],
        depths: [1, 1],
        keyWidth: 4,
      },
      imageSize: 32,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "stages.1.blocks.0.mlp.act",
    variationWeight: 40,
    expected: {
      gradient: {
        length: 0.0545228,
        projections: [
          -0.00471489, -0.0448414, 0.0278556, 0.0158048, -0.0346036, 0.0103627, 0.0417757, 0.0964242,
        ],
      },
      change: {
        length: 0.36192,
        projections: [0.0193949, 0.302667, -0.192345, -0.101961, 0.22305, -0.0555346, -0.268894, -0.638319],
      },
      objective: -0.132612,
      variation: 56.2429,
    },
  },
];
