/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "densenet",
      config: {
        stem: 4,
        growth: 2,
        layers: [1, 2],
        bottleneck: 2,
      },
      imageSize: 8,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "features.norm5.act",
    variationWeight: 200,
    expected: {
      gradient: {
        length: 0.248789,
        projections: [-0.301099, -0.115315, -0.12612, 0.301822, 0.114635, -0.0957276, 0.0401589, -0.35742],
      },
      change: {
        length: 0.851835,
        projections: [0.944412, 0.768887, -0.215008, -0.721694, 0.172289, -0.126646, -0.376738, 1.52749],
      },
      objective: 0.353743,
      variation: 13.8796,
    },
  },
];
