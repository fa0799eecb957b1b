/** torchvision's residual networks, by their first weights (IMAGENET1K_V1), which the literature reports. */
import { IMAGENET, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

function resnet(
  depth: 50 | 152,
  layers: readonly number[],
  parameters: number,
  published: ZooEntry["published"],
): ZooEntry {
  return {
    id: `resnet${depth}`,
    hub: `timm/resnet${depth}.tv_in1k`,
    aliases: [`resnet${depth}.tv_in1k`],
    title: `ResNet-${depth}`,
    description: `A residual network of ${depth} layers, trained on ImageNet-1k by torchvision; 224 px.`,
    architecture: "resnet",
    config: { block: "bottleneck", layers, widths: [64, 128, 256, 512], stem: "imagenet" },
    preprocessing: timmPreprocessing(224, 0.875, IMAGENET, "bilinear"),
    labels: "imagenet-1k",
    license: "BSD-3-Clause",
    parameters,
    ...(published && { published }),
    citation: {
      type: "inproceedings",
      key: "he2016deep",
      fields: {
        title: "Deep Residual Learning for Image Recognition",
        author: "He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing and Sun, Jian",
        booktitle: "IEEE Conference on Computer Vision and Pattern Recognition",
        year: "2016",
      },
    },
  };
}

export const resnets: readonly ZooEntry[] = [
  resnet(50, [3, 4, 6, 3], 25_557_032, timmResults([76.156])),
  resnet(152, [3, 8, 36, 3], 60_192_808, timmResults([78.33])),
];
