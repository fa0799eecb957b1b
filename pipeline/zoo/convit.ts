/** ConViT in three sizes. */
import { IMAGENET, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

/** Width of each head. */
const HEAD_WIDTH = 48;

const citation = {
  type: "inproceedings",
  key: "dascoli2021convit",
  fields: {
    title: "ConViT: Improving Vision Transformers with Soft Convolutional Inductive Biases",
    author:
      "d'Ascoli, St{\\'e}phane and Touvron, Hugo and Leavitt, Matthew L and Morcos, Ari S and Biroli, Giulio and Sagun, Levent",
    booktitle: "International Conference on Machine Learning",
    year: "2021",
  },
};

function convit(
  size: "tiny" | "small" | "base",
  heads: number,
  parameters: number,
  top1: readonly number[],
): ZooEntry {
  const id = `convit_${size}`;
  return {
    id,
    hub: `timm/${id}.fb_in1k`,
    aliases: [`${id}.fb_in1k`],
    title: `ConViT-${size[0]!.toUpperCase()}${size.slice(1)}`,
    description:
      "A vision transformer whose first ten blocks begin as convolutions: a gate a head decides between attention by place and attention by content. Trained on ImageNet-1k; 224 px, patches of 16 px.",
    architecture: "convit",
    config: { patchSize: 16, width: HEAD_WIDTH * heads, depth: 12, heads, localBlocks: 10, mlpRatio: 4 },
    // timm names no crop for ConViT, which means its default.
    preprocessing: timmPreprocessing(224, 0.875, IMAGENET),
    labels: "imagenet-1k",
    license: "Apache-2.0",
    parameters,
    published: timmResults(top1),
    citation,
  };
}

export const convits: readonly ZooEntry[] = [
  convit("tiny", 4, 5_710_512, [73.14, 8.707, 35.1]),
  convit("small", 9, 27_777_322, [81.412, 24.813, 45.25]),
  convit("base", 16, 86_540_040, [82.296, 29.387, 48.247]),
];
