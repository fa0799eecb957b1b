/** A toy of the family, with the numbers of its step in plain JavaScript. */
import type { Check } from "../self-check.ts";

export const CHECKS: readonly Check[] = [
  {
    model: {
      architecture: "mixer",
      config: {
        block: "gmixer",
        patchSize: 3,
        width: 6,
        depth: 2,
        channelsRatio: 2,
        tokensRatio: 1,
      },
      imageSize: 6,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "blocks.1.mlp_channels.act",
    variationWeight: 300,
    expected: {
      gradient: {
        length: 0.411671,
        projections: [-0.192511, 0.203514, 0.00224244, -0.131512, 0.106064, -0.190459, 0.217671, 0.431533],
      },
      change: {
        length: 0.849692,
        projections: [0.240553, -1.46165, -0.12519, 0.526157, 0.182789, 0.608126, -0.606985, -0.357196],
      },
      objective: 0.144248,
      variation: 9.64802,
    },
  },
  {
    model: {
      architecture: "mixer",
      config: {
        block: "mixer",
        patchSize: 3,
        width: 4,
        depth: 2,
        channelsRatio: 5,
        tokensRatio: 0.5,
      },
      imageSize: 6,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      numClasses: 2,
    },
    tap: "blocks.1.mlp_channels.act",
    variationWeight: 100,
    expected: {
      gradient: {
        length: 0.127889,
        projections: [
          -0.13296, -0.0164958, 0.0430574, -0.0254607, 0.0641963, -0.0142096, 0.0254375, -0.176759,
        ],
      },
      change: {
        length: 0.57439,
        projections: [0.442607, -0.0214254, -0.147841, -0.0417279, -0.191635, 0.0265517, -0.295646, 0.9352],
      },
      objective: -0.0622691,
      variation: 9.64802,
    },
  },
];
