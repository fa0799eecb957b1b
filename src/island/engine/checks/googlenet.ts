/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "googlenet",
      config: {
        stem: [4, 4, 5],
        groups: [1],
        transformInput: true,
        ch1x1: [1],
        ch3x3red: [3],
        ch3x3: [3],
        ch5x5red: [4],
        ch5x5: [4],
        pool_proj: [4],
      },
      imageSize: 16,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "inception3a.out",
    variationWeight: 10,
    expected: {
      gradient: {
        length: 0.0169754,
        projections: [
          0.0039356, 0.0000842315, -0.0010177, 0.000612925, 0.00661686, 0.0154633, -0.0210764, -0.0379842,
        ],
      },
      change: {
        length: 0.113682,
        projections: [
          -0.0254722, -0.00109972, 0.00687898, -0.00331892, -0.0442762, -0.103511, 0.139775, 0.254453,
        ],
      },
      objective: 0.0547261,
      variation: 27.3116,
    },
  },
];
