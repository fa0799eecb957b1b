/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "coat",
      config: {
        widths: [8, 8, 8, 8],
        mlpRatios: [1, 1, 1, 1],
        depths: [1, 1, 1, 1],
        parallelDepth: 1,
      },
      imageSize: 32,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "parallel_blocks.0.mlp2.act",
    variationWeight: 400,
    expected: {
      gradient: {
        length: 0.528492,
        projections: [0.191068, -0.236619, 0.6388, 0.226578, 0.0280103, -0.336471, 0.212847, -0.0254405],
      },
      change: {
        length: 2.53721,
        projections: [-0.212059, 1.43829, -3.71987, -0.30138, 0.46949, 1.8983, -1.08611, 0.134276],
      },
      objective: -0.0504145,
      variation: 56.2429,
    },
  },
];
