/** A toy of the family with the numbers of its step, in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECK: Check = {
  model: {
    architecture: "clip_resnet",
    config: {
      layers: [1, 2],
      width: 14,
      heads: 2,
      embedding: 2,
    },
    imageSize: 8,
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.25, 0.3],
    numClasses: 0,
  },
  tap: "stages.1.1.out",
  variationWeight: 20,
  expected: {
    gradient: {
      length: 0.0277294,
      projections: [
        -0.0214963, -0.0405825, 0.00578657, 0.0523308, 0.0346216, -0.018149, -0.0301454, -0.0337999,
      ],
    },
    change: {
      length: 0.180088,
      projections: [0.14526, 0.267485, -0.031983, -0.337344, -0.214654, 0.107247, 0.193364, 0.221797],
    },
    objective: 0.0371072,
    variation: 13.8796,
  },
};
