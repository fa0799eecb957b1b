/** DenseNet-121 in torchvision's weights. */
import { IMAGENET, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

export const densenets: readonly ZooEntry[] = [
  {
    id: "densenet121",
    hub: "timm/densenet121.tv_in1k",
    aliases: ["densenet121.tv_in1k"],
    title: "DenseNet-121",
    description:
      "A network whose every layer reads the outputs of all layers before it in its block, trained on ImageNet-1k by torchvision; 224 px.",
    architecture: "densenet",
    config: { stem: 64, growth: 32, layers: [6, 12, 24, 16], bottleneck: 4 },
    preprocessing: timmPreprocessing(224, 0.875, IMAGENET),
    labels: "imagenet-1k",
    license: "BSD-3-Clause",
    parameters: 7_978_856,
    published: timmResults([74.75]),
    citation: {
      type: "inproceedings",
      key: "huang2017densely",
      fields: {
        title: "Densely Connected Convolutional Networks",
        author: "Huang, Gao and Liu, Zhuang and van der Maaten, Laurens and Weinberger, Kilian Q.",
        booktitle: "IEEE Conference on Computer Vision and Pattern Recognition",
        year: "2017",
      },
    },
  },
];
