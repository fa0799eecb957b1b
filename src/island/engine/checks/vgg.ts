/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "vgg",
      config: {
        stages: [1, 1],
        widths: [3, 4],
        hidden: 3,
      },
      imageSize: 4,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "features.4.out",
    variationWeight: 200,
    expected: {
      gradient: {
        length: 0.223628,
        projections: [-0.00119976, 0.228288, 0.175251, 0.064673, -0.246871, 0.109302, -0.243603, -0.0546312],
      },
      change: {
        length: 0.528478,
        projections: [-0.266754, -0.922035, -0.311448, 0.0257538, 0.581891, 0.0693651, 0.588682, -0.093227],
      },
      objective: 0.456321,
      variation: 5.2565,
    },
  },
];
