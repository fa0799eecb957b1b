/** PiT in four sizes, with and without distillation. */
import { IMAGENET, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const small = { patchSize: 16, stride: 8, depths: [2, 6, 4], mlpRatio: 4 };

const SIZES = {
  ti: { name: "Ti", config: { ...small, headWidths: [32, 32, 32], heads: [2, 4, 8] } },
  xs: { name: "XS", config: { ...small, headWidths: [48, 48, 48], heads: [2, 4, 8] } },
  s: { name: "S", config: { ...small, headWidths: [48, 48, 48], heads: [3, 6, 12] } },
  b: {
    name: "B",
    config: {
      ...small,
      ...{ patchSize: 14, stride: 7, depths: [3, 6, 4] },
      ...{ headWidths: [64, 64, 64], heads: [4, 8, 16] },
    },
  },
} as const;

const citation = {
  type: "inproceedings",
  key: "heo2021rethinking",
  fields: {
    title: "Rethinking Spatial Dimensions of Vision Transformers",
    author:
      "Heo, Byeongho and Yun, Sangdoo and Han, Dongyoon and Chun, Sanghyuk and Choe, Junsuk and Oh, Seong Joon",
    booktitle: "IEEE/CVF International Conference on Computer Vision",
    year: "2021",
  },
};

function pit(
  size: keyof typeof SIZES,
  distilled: boolean,
  parameters: number,
  top1: readonly number[],
): ZooEntry {
  const id = `pit_${size}_${distilled ? "distilled_" : ""}224`;
  const { name, config } = SIZES[size];
  const trained = distilled
    ? "trained on ImageNet-1k, with a second token that learned from a convolutional teacher"
    : "trained on ImageNet-1k";
  return {
    id,
    hub: `timm/${id}.in1k`,
    aliases: [`${id}.in1k`],
    title: `PiT-${name}${distilled ? " distilled" : ""}`,
    description: `A vision transformer that halves rows and columns of its tokens twice, by convolutions, ${trained}; 224 px, overlapping patches of ${config.patchSize} px.`,
    architecture: "pit",
    config: { ...config, ...(distilled && { distilled }) },
    preprocessing: timmPreprocessing(224, 0.9, IMAGENET),
    labels: "imagenet-1k",
    // The authors' files count the poolings from 0, timm the stages that they begin.
    keyMap: [
      { from: "^pools\\.0\\.", to: "transformers.1.pool." },
      { from: "^pools\\.1\\.", to: "transformers.2.pool." },
    ],
    license: "Apache-2.0",
    parameters,
    published: timmResults(top1),
    citation,
  };
}

export const pits: readonly ZooEntry[] = [
  pit("ti", false, 4_847_272, [72.926, 6.067, 34.63]),
  pit("xs", false, 10_618_888, [78.196, 12.72, 40.52]),
  pit("s", false, 23_461_912, [81.114, 21.08, 43.893]),
  pit("b", false, 73_764_840, [82.458, 32.773, 44.083]),
  pit("ti", true, 5_104_336, [74.276, 6.933, 37.783]),
  pit("xs", true, 11_003_984, [79.172, 13.507, 43.757]),
  pit("s", true, 24_039_056, [81.826, 22.987, 47.557]),
  pit("b", true, 74_790_096, [83.774, 36.653, 50.253]),
];
