/** DeiT with and without distillation, at 224 and 384 px. */
import { IMAGENET, TIMM_2023, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const SIZES = { tiny: [192, 3], small: [384, 6], base: [768, 12] } as const;

const citation = {
  type: "inproceedings",
  key: "touvron2021training",
  fields: {
    title: "Training data-efficient image transformers & distillation through attention",
    author:
      "Touvron, Hugo and Cord, Matthieu and Douze, Matthijs and Massa, Francisco and Sablayrolles, Alexandre and J{\\'e}gou, Herv{\\'e}",
    booktitle: "International Conference on Machine Learning",
    year: "2021",
  },
};

function deit(
  size: keyof typeof SIZES,
  imageSize: 224 | 384,
  distilled: boolean,
  parameters: number,
  published: ZooEntry["published"],
): ZooEntry {
  const id = `deit_${size}_${distilled ? "distilled_" : ""}patch16_${imageSize}`;
  const [width, heads] = SIZES[size];
  const name = `DeiT-${size[0]!.toUpperCase()}${size.slice(1)}/16`;
  return {
    id,
    hub: `timm/${id}.fb_in1k`,
    aliases: [`${id}.fb_in1k`],
    title: `${name}${distilled ? " distilled" : ""}${imageSize === 384 ? ", 384 px" : ""}`,
    description: distilled
      ? `A vision transformer trained on ImageNet-1k, with a second token that learned from a convolutional teacher; ${imageSize} px, patches of 16 px.`
      : `A vision transformer trained on ImageNet-1k without distillation; ${imageSize} px, patches of 16 px.`,
    architecture: "vit",
    config: { patchSize: 16, width, depth: 12, heads, mlpRatio: 4, ...(distilled && { distilled }) },
    preprocessing: timmPreprocessing(imageSize, imageSize === 224 ? 0.9 : 1, IMAGENET),
    labels: "imagenet-1k",
    license: "Apache-2.0",
    parameters,
    ...(published && { published }),
    citation,
  };
}

export const deits: readonly ZooEntry[] = [
  deit("tiny", 224, false, 5_717_416, timmResults([72.172], TIMM_2023)),
  deit("small", 224, false, 22_050_664, timmResults([79.844], TIMM_2023)),
  deit("base", 224, false, 86_567_656, timmResults([81.98, 27.173, 44.913])),
  deit("base", 384, false, 86_859_496, timmResults([83.108, 39.893, 44.657])),
  deit("tiny", 224, true, 5_910_800, timmResults([74.538, 7.72, 36.12])),
  deit("small", 224, true, 22_436_432, timmResults([81.204, 20.733, 46.15])),
  deit("base", 224, true, 87_338_192, timmResults([83.384, 29.48, 50.07])),
  deit("base", 384, true, 87_630_032, timmResults([85.438, 49.04, 52.2])),
];
