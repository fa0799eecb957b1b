/** A toy of the family with the numbers of its step, in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECK: Check = {
  model: {
    architecture: "googlenet",
    config: {
      stem: [4, 4, 5],
      groups: [1],
      transformInput: true,
      ch1x1: [3],
      ch3x3red: [5],
      ch3x3: [3],
      ch5x5red: [5],
      ch5x5: [4],
      pool_proj: [4],
    },
    imageSize: 12,
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.25, 0.3],
    numClasses: 2,
  },
  tap: "conv3.out",
  variationWeight: 100,
  expected: {
    gradient: {
      length: 0.127278,
      projections: [0.0441423, -0.0191019, 0.219418, -0.143608, 0.0829581, 0.0358154, -0.0448411, 0.31823],
    },
    change: {
      length: 0.709727,
      projections: [-0.0677938, 0.182002, -1.28734, 0.787427, -0.53792, -0.17963, 0.105128, -1.62102],
    },
    objective: 1.54094,
    variation: 20.4578,
  },
};
