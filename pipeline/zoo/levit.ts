/** LeViT in five sizes, with the linear layers of timm's `levit_*`; its `levit_conv_*` hold the same as convolutions. */
import { IMAGENET, TIMM_2023, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const CONFIGS = {
  "128s": { widths: [128, 256, 384], heads: [4, 6, 8], depths: [2, 3, 4], keyWidth: 16 },
  "128": { widths: [128, 256, 384], heads: [4, 8, 12], depths: [4, 4, 4], keyWidth: 16 },
  "192": { widths: [192, 288, 384], heads: [3, 5, 6], depths: [4, 4, 4], keyWidth: 32 },
  "256": { widths: [256, 384, 512], heads: [4, 6, 8], depths: [4, 4, 4], keyWidth: 32 },
  "384": { widths: [384, 512, 768], heads: [6, 9, 12], depths: [4, 4, 4], keyWidth: 32 },
} as const;

const citation = {
  type: "inproceedings",
  key: "graham2021levit",
  fields: {
    title: "LeViT: a Vision Transformer in ConvNet's Clothing for Faster Inference",
    author:
      "Graham, Benjamin and El-Nouby, Alaaeldin and Touvron, Hugo and Stock, Pierre and Joulin, Armand and J{\\'e}gou, Herv{\\'e} and Douze, Matthijs",
    booktitle: "IEEE/CVF International Conference on Computer Vision",
    year: "2021",
  },
};

function levit(size: keyof typeof CONFIGS, parameters: number, top1: number): ZooEntry {
  const id = `levit_${size}`;
  return {
    id,
    hub: `timm/${id}.fb_dist_in1k`,
    aliases: [`${id}.fb_dist_in1k`],
    title: `LeViT-${size.toUpperCase()}`,
    description:
      "A transformer made for speed: a stem of convolutions, batch norms, hard-swish, and attention that shrinks the map. Trained on ImageNet-1k with a convolutional teacher; 224 px, 16 px to a token.",
    architecture: "levit",
    config: CONFIGS[size],
    preprocessing: timmPreprocessing(224, 0.9, IMAGENET),
    labels: "imagenet-1k",
    keyMap: [{ from: "attention_bias_idxs$", to: null }],
    license: "Apache-2.0",
    parameters,
    published: timmResults([top1], TIMM_2023),
    citation,
  };
}

export const levits: readonly ZooEntry[] = [
  levit("128s", 7_777_058, 76.526),
  levit("128", 9_213_936, 78.49),
  levit("192", 10_947_069, 79.838),
  levit("256", 18_893_876, 81.514),
  levit("384", 39_128_836, 82.596),
];
