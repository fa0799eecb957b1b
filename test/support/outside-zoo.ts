/**
 * torchvision's models that no repository of the hub has in safetensors, so that the zoo has no entry for them. A card
 * of one's own runs them: test/real/squeezenet1_1.json.
 */
import type { ModelConfig } from "#core/models/index.ts";

const shared = {
  imageSize: 224,
  numClasses: 1000,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

const fires = {
  squeeze: [16, 16, 32, 32, 48, 48, 64, 64],
  expand: [64, 64, 128, 128, 192, 192, 256, 256],
};

export const outsideZoo: Readonly<Record<string, ModelConfig>> = {
  squeezenet1_0: {
    ...shared,
    architecture: "squeezenet",
    config: { stem: 96, stemWindow: 7, groups: [3, 4, 1], ...fires },
  },
  squeezenet1_1: {
    ...shared,
    architecture: "squeezenet",
    config: { stem: 64, stemWindow: 3, groups: [2, 2, 4], ...fires },
  },
  googlenet: {
    ...shared,
    architecture: "googlenet",
    config: {
      stem: [64, 64, 192],
      groups: [2, 5, 2],
      ch1x1: [64, 128, 192, 160, 128, 112, 256, 256, 384],
      ch3x3red: [96, 128, 96, 112, 128, 144, 160, 160, 192],
      ch3x3: [128, 192, 208, 224, 256, 288, 320, 320, 384],
      ch5x5red: [16, 32, 16, 24, 24, 32, 32, 32, 48],
      ch5x5: [32, 96, 48, 64, 64, 64, 128, 128, 128],
      pool_proj: [32, 64, 64, 64, 64, 64, 128, 128, 128],
      transformInput: true,
    },
  },
};
