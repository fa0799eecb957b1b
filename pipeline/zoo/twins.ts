/** Twins in two designs, each in three sizes. */
import { IMAGENET, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const pcpvt = { widths: [64, 128, 320, 512], heads: [1, 2, 5, 8], mlpRatios: [8, 8, 4, 4] };
const svt = { mlpRatios: [4, 4, 4, 4], windows: [7, 7, 7, 7] };

const CONFIGS = {
  pcpvt_small: { ...pcpvt, depths: [3, 4, 6, 3] },
  pcpvt_base: { ...pcpvt, depths: [3, 4, 18, 3] },
  pcpvt_large: { ...pcpvt, depths: [3, 8, 27, 3] },
  svt_small: { ...svt, widths: [64, 128, 256, 512], heads: [2, 4, 8, 16], depths: [2, 2, 10, 4] },
  svt_base: { ...svt, widths: [96, 192, 384, 768], heads: [3, 6, 12, 24], depths: [2, 2, 18, 2] },
  svt_large: { ...svt, widths: [128, 256, 512, 1024], heads: [4, 8, 16, 32], depths: [2, 2, 18, 2] },
} as const;

const DESIGNS = {
  pcpvt: "in which every token attends to a coarser map of all",
  svt: "in which tokens attend within windows and to a coarser map of all by turns",
} as const;

const citation = {
  type: "inproceedings",
  key: "chu2021twins",
  fields: {
    title: "Twins: Revisiting the Design of Spatial Attention in Vision Transformers",
    author:
      "Chu, Xiangxiang and Tian, Zhi and Wang, Yuqing and Zhang, Bo and Ren, Haibing and Wei, Xiaolin and Xia, Huaxia and Shen, Chunhua",
    booktitle: "Advances in Neural Information Processing Systems",
    year: "2021",
  },
};

function twins(variant: keyof typeof CONFIGS, parameters: number, top1: readonly number[]): ZooEntry {
  const id = `twins_${variant}`;
  const [design, size] = variant.split("_") as [keyof typeof DESIGNS, string];
  return {
    id,
    hub: `timm/${id}.in1k`,
    aliases: [`${id}.in1k`],
    title: `Twins-${design.toUpperCase()}-${size[0]!.toUpperCase()}${size.slice(1)}`,
    description: `A transformer of four stages ${DESIGNS[design]}, trained on ImageNet-1k; 224 px, patches of 4 px.`,
    architecture: "twins",
    config: { patchSize: 4, ...CONFIGS[variant], reductions: [8, 4, 2, 1] },
    preprocessing: timmPreprocessing(224, 0.9, IMAGENET),
    labels: "imagenet-1k",
    license: "Apache-2.0",
    parameters,
    published: timmResults(top1),
    citation,
  };
}

export const allTwins: readonly ZooEntry[] = [
  twins("pcpvt_small", 24_106_216, [81.116, 22.68, 43.117]),
  twins("pcpvt_base", 43_828_456, [82.724, 29.84, 45.9]),
  twins("pcpvt_large", 60_989_672, [83.158, 33.133, 46.553]),
  twins("svt_small", 24_060_776, [81.694, 24.013, 42.94]),
  twins("svt_base", 56_070_952, [83.122, 33.08, 45.887]),
  twins("svt_large", 99_271_400, [83.718, 37.347, 47.927]),
];
