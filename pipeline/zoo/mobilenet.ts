/** MobileNetV2 in timm's own weights: torchvision's, which the paper's table has, are not on the hub. */
import { IMAGENET, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

export const mobilenets: readonly ZooEntry[] = [
  {
    id: "mobilenetv2_100",
    hub: "timm/mobilenetv2_100.ra_in1k",
    aliases: ["mobilenetv2_100.ra_in1k"],
    title: "MobileNetV2",
    description:
      "A small network of inverted residual blocks with depthwise convolutions, trained on ImageNet-1k by timm; 224 px.",
    architecture: "mobilenet",
    config: {
      stem: 32,
      depths: [1, 2, 3, 4, 3, 3, 1],
      widths: [16, 24, 32, 64, 96, 160, 320],
      strides: [1, 2, 2, 2, 1, 2, 1],
      expansions: [1, 6, 6, 6, 6, 6, 6],
      head: 1280,
    },
    preprocessing: timmPreprocessing(224, 0.875, IMAGENET),
    labels: "imagenet-1k",
    license: "Apache-2.0",
    parameters: 3_504_872,
    published: timmResults([72.91]),
    citation: {
      type: "inproceedings",
      key: "sandler2018mobilenetv2",
      fields: {
        title: "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
        author:
          "Sandler, Mark and Howard, Andrew and Zhu, Menglong and Zhmoginov, Andrey and Chen, Liang-Chieh",
        booktitle: "IEEE Conference on Computer Vision and Pattern Recognition",
        year: "2018",
      },
    },
  },
];
