/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "resnet",
      config: {
        block: "basic",
        layers: [1, 2],
        widths: [3, 4],
        stem: "small",
        stemStride: 1,
      },
      imageSize: 6,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "layer2.1.out",
    variationWeight: 300,
    expected: {
      gradient: {
        length: 0.47971,
        projections: [0.163752, -0.489078, -0.230446, -0.462958, 0.051407, -0.331197, 0.710334, 0.278191],
      },
      change: {
        length: 0.883579,
        projections: [-0.343898, 1.28737, 0.594603, 1.03799, 0.0697461, 0.0283777, -1.22406, -0.5928],
      },
      objective: 2.3329,
      variation: 9.64802,
    },
  },
];
