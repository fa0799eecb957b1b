/** The tiny models of the convolutional families beside the residual networks; test/golden/make_convolutional.py. */
import type { ModelConfig } from "#core/models/index.ts";

const shared = { numClasses: 5, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

export const convolutionalModels: Readonly<Record<string, ModelConfig>> = {
  "tiny clip resnet": {
    ...shared,
    architecture: "clip_resnet",
    config: { layers: [2, 2], width: 8, heads: 4, embedding: 6 },
    imageSize: 16,
    numClasses: 0,
  },
  "tiny mobilenet": {
    ...shared,
    architecture: "mobilenet",
    config: {
      ...{ stem: 6, depths: [1, 2, 1], widths: [6, 8, 5], strides: [1, 2, 1], expansions: [1, 4, 2] },
      head: 12,
    },
    imageSize: 16,
    // So small that activations reach 6, where ReLU6 cuts.
    std: [0.03, 0.03, 0.03],
  },
  "tiny densenet": {
    ...shared,
    architecture: "densenet",
    config: { stem: 12, growth: 6, layers: [2, 2], bottleneck: 2 },
    imageSize: 16,
  },
  "tiny squeezenet": {
    ...shared,
    architecture: "squeezenet",
    config: { stem: 4, stemWindow: 3, groups: [1, 2], squeeze: [7, 7, 6], expand: [6, 5, 4] },
    imageSize: 18,
  },
  "tiny vgg": {
    ...shared,
    architecture: "vgg",
    config: { stages: [1, 2], widths: [4, 8], hidden: 7 },
    imageSize: 8,
  },
  "tiny googlenet": {
    ...shared,
    architecture: "googlenet",
    config: {
      ...{ stem: [5, 4, 5], groups: [1, 1, 1], transformInput: true },
      ...{ ch1x1: [3, 4, 3], ch3x3red: [5, 4, 3], ch3x3: [3, 5, 3] },
      ...{ ch5x5red: [5, 4, 4], ch5x5: [5, 4, 4], pool_proj: [5, 5, 3] },
    },
    imageSize: 16,
  },
};
