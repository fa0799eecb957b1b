/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
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
  },
  {
    model: {
      architecture: "vit",
      config: {
        patchSize: 3,
        width: 4,
        depth: 2,
        heads: 2,
        mlpRatio: 4,
        preNorm: true,
        activation: "quick_gelu",
        epsilon: 0.00001,
        embedding: 2,
      },
      imageSize: 6,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "blocks.1.mlp.act",
    variationWeight: 200,
    expected: {
      gradient: {
        length: 0.246425,
        projections: [
          -0.373082, -0.0514923, 0.00767224, -0.126495, 0.198489, -0.242783, 0.0173625, -0.355019,
        ],
      },
      change: {
        length: 0.727848,
        projections: [0.530856, -0.400365, 0.16524, 0.114612, -0.461319, 0.627148, -0.564469, 1.40826],
      },
      objective: 0.0648428,
      variation: 9.64802,
    },
  },
];
