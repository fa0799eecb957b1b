/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "squeezenet",
      config: {
        stem: 3,
        stemWindow: 3,
        groups: [1, 1],
        squeeze: [3, 5],
        expand: [4, 3],
      },
      imageSize: 10,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "features.5.out",
    variationWeight: 70,
    expected: {
      gradient: {
        length: 0.0962422,
        projections: [-0.00940644, -0.0634592, -0.10027, 0.0058704, -0.038191, 0.0235975, 0.155161, 0.111028],
      },
      change: {
        length: 0.536181,
        projections: [0.131606, 0.224036, 0.524074, -0.01398, 0.266855, -0.113207, -0.720888, -0.508069],
      },
      objective: 0.0722891,
      variation: 17.4805,
    },
  },
];
