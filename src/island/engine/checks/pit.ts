/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "pit",
      config: {
        patchSize: 4,
        stride: 2,
        headWidths: [2, 2],
        heads: [1, 2],
        depths: [1, 1],
        mlpRatio: 1,
      },
      imageSize: 12,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "transformers.1.blocks.0.mlp.act",
    variationWeight: 200,
    expected: {
      gradient: {
        length: 0.249354,
        projections: [0.196838, 0.00431649, -0.143403, -0.39293, -0.0256868, 0.15249, 0.150319, -0.173457],
      },
      change: {
        length: 1.0711,
        projections: [-0.423214, -0.107703, 0.0442285, 1.44152, 0.0675868, -0.311469, -0.883354, 0.823853],
      },
      objective: 0.382221,
      variation: 20.4578,
    },
  },
];
