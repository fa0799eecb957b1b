/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "levit",
      config: {
        widths: [8, 28],
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
    variationWeight: 30,
    expected: {
      gradient: {
        length: 0.0424561,
        projections: [
          0.0101807, -0.00143919, 0.0299271, 0.00873425, -0.0108026, 0.0110757, -0.0415818, 0.0547663,
        ],
      },
      change: {
        length: 0.283445,
        projections: [
          -0.0641394, 0.0171115, -0.207204, -0.0613292, 0.0562159, -0.0708824, 0.277608, -0.36189,
        ],
      },
      objective: 1.04938,
      variation: 56.2429,
    },
  },
];
