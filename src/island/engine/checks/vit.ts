/** A toy of the family with the numbers of its step, in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECK: Check = {
  model: {
    architecture: "vit",
    config: {
      patchSize: 3,
      width: 4,
      depth: 2,
      heads: 2,
      mlpRatio: 2,
    },
    imageSize: 6,
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.25, 0.3],
    numClasses: 2,
  },
  tap: "blocks.1.mlp.act",
  variationWeight: 300,
  expected: {
    gradient: {
      length: 0.287613,
      projections: [-0.111784, -0.193137, 0.193735, -0.363195, -0.030841, -0.0623572, 0.189083, -0.1572],
    },
    change: {
      length: 0.785365,
      projections: [0.00438066, -0.131655, -0.543481, 1.10699, 0.484104, -0.157691, -0.999291, 0.77354],
    },
    objective: -0.132889,
    variation: 9.64802,
  },
};
