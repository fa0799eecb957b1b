/** MLP-Mixer and gMixer. */
import { IMAGENET, INCEPTION, TIMM_2023, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const citation = {
  type: "inproceedings",
  key: "tolstikhin2021mixer",
  fields: {
    title: "MLP-Mixer: An all-MLP Architecture for Vision",
    author:
      "Tolstikhin, Ilya and Houlsby, Neil and Kolesnikov, Alexander and Beyer, Lucas and Zhai, Xiaohua and Unterthiner, Thomas and Yung, Jessica and Steiner, Andreas and Keysers, Daniel and Uszkoreit, Jakob and Lucic, Mario and Dosovitskiy, Alexey",
    booktitle: "Advances in Neural Information Processing Systems",
    year: "2021",
  },
};

function mixer(letter: "b" | "l", width: number, depth: number, parameters: number, top1: number): ZooEntry {
  const id = `mixer_${letter}16_224`;
  return {
    id,
    hub: `timm/${id}.goog_in21k_ft_in1k`,
    aliases: [`${id}.goog_in21k_ft_in1k`],
    title: `Mixer-${letter.toUpperCase()}/16`,
    description:
      "Layers over channels and layers over positions in turn, without attention; pretrained on ImageNet-21k and fine-tuned on ImageNet-1k at 224 px, patches of 16 px.",
    architecture: "mixer",
    config: { block: "mixer", patchSize: 16, width, depth, tokensRatio: 0.5, channelsRatio: 4 },
    preprocessing: timmPreprocessing(224, 0.875, INCEPTION),
    labels: "imagenet-1k",
    license: "Apache-2.0",
    parameters,
    published: timmResults([top1], TIMM_2023),
    citation,
  };
}

const gmixer: ZooEntry = {
  id: "gmixer_24_224",
  hub: "timm/gmixer_24_224.ra3_in1k",
  aliases: ["gmixer_24_224.ra3_in1k"],
  title: "gMixer-24",
  description:
    "An MLP-Mixer whose hidden layers are gated, an experiment of timm's author; trained on ImageNet-1k at 224 px, patches of 16 px.",
  architecture: "mixer",
  config: { block: "gmixer", patchSize: 16, width: 384, depth: 24, tokensRatio: 1, channelsRatio: 4 },
  preprocessing: timmPreprocessing(224, 0.875, IMAGENET),
  labels: "imagenet-1k",
  license: "Apache-2.0",
  parameters: 24_721_096,
  published: timmResults([78.026], TIMM_2023),
  citation: {
    type: "misc",
    key: "rw2019timm",
    fields: {
      title: "PyTorch Image Models",
      author: "Wightman, Ross",
      year: "2019",
      doi: "10.5281/zenodo.4414861",
      howpublished: "\\url{https://github.com/huggingface/pytorch-image-models}",
    },
  },
};

export const mixers: readonly ZooEntry[] = [
  mixer("b", 768, 12, 59_880_472, 76.602),
  mixer("l", 1024, 24, 208_196_168, 72.054),
  gmixer,
];
