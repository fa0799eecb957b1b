/** VGG-16 in torchvision's weights. */
import { IMAGENET, TIMM_2023, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

export const vggs: readonly ZooEntry[] = [
  {
    id: "vgg16",
    hub: "timm/vgg16.tv_in1k",
    aliases: ["vgg16.tv_in1k"],
    title: "VGG-16",
    description:
      "Thirteen 3×3 convolutions and three linear layers, trained on ImageNet-1k by torchvision; 224 px.",
    architecture: "vgg",
    config: { stages: [2, 2, 3, 3, 3], widths: [64, 128, 256, 512, 512], hidden: 4096 },
    preprocessing: timmPreprocessing(224, 0.875, IMAGENET, "bilinear"),
    labels: "imagenet-1k",
    license: "BSD-3-Clause",
    parameters: 138_357_544,
    published: timmResults([71.592], TIMM_2023),
    citation: {
      type: "article",
      key: "simonyan2014very",
      fields: {
        title: "Very Deep Convolutional Networks for Large-Scale Image Recognition",
        author: "Simonyan, Karen and Zisserman, Andrew",
        journal: "arXiv preprint arXiv:1409.1556",
        year: "2014",
      },
    },
  },
];
