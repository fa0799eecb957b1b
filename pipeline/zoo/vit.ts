/**
 * Google's Vision Transformers: fine-tuned on ImageNet-1k at 384 px, and pretrained on ImageNet-21k alone.
 *
 * B/32 and L/16 at 384 px are Google's own weights from its repositories, by transformers' names: timm has only others
 * (augreg) under its names for them.
 */
import type { KeyRule } from "#format/model-card.ts";
import { INCEPTION, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const SIZES = {
  base: { letter: "B", width: 768, depth: 12, heads: 12 },
  large: { letter: "L", width: 1024, depth: 24, heads: 16 },
} as const;
type Size = keyof typeof SIZES;
type Patch = 16 | 32;

const citation = {
  type: "inproceedings",
  key: "dosovitskiy2021image",
  fields: {
    title: "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
    author:
      "Dosovitskiy, Alexey and Beyer, Lucas and Kolesnikov, Alexander and Weissenborn, Dirk and Zhai, Xiaohua and Unterthiner, Thomas and Dehghani, Mostafa and Minderer, Matthias and Heigold, Georg and Gelly, Sylvain and Uszkoreit, Jakob and Houlsby, Neil",
    booktitle: "International Conference on Learning Representations",
    year: "2021",
  },
};

const shared = (size: Size, patchSize: Patch) => {
  const { width, depth, heads } = SIZES[size];
  return {
    architecture: "vit",
    config: { patchSize, width, depth, heads, mlpRatio: 4 },
    license: "Apache-2.0",
    citation,
  };
};

/** Fine-tuned on ImageNet-1k, in timm's repositories. */
function tuned(size: Size, patchSize: Patch, parameters: number, top1: readonly number[]): ZooEntry {
  const { letter } = SIZES[size];
  const id = `vit_${size}_patch${patchSize}_384`;
  return {
    ...shared(size, patchSize),
    id,
    hub: `timm/${id}.orig_in21k_ft_in1k`,
    aliases: [`${id}.orig_in21k_ft_in1k`, `${letter}_${patchSize}_imagenet1k`],
    title: `ViT-${letter}/${patchSize}, 384 px`,
    description: `The original vision transformer, pretrained on ImageNet-21k and fine-tuned on ImageNet-1k at 384 px; patches of ${patchSize} px.`,
    preprocessing: timmPreprocessing(384, 1, INCEPTION),
    labels: "imagenet-1k",
    parameters,
    published: timmResults(top1),
  };
}

const block = "^vit\\.encoder\\.layer\\.(\\d+)\\.";
const qkv = (part: string): string => `${block}attention\\.attention\\.${part}\\.(weight|bias)$`;

/** transformers' names for a ViT with a classifier → timm's. */
export const transformersKeys: readonly KeyRule[] = [
  { concat: [qkv("query"), qkv("key"), qkv("value")], to: "blocks.$1.attn.qkv.$2" },
  { from: `${block}attention\\.output\\.dense\\.`, to: "blocks.$1.attn.proj." },
  { from: `${block}intermediate\\.dense\\.`, to: "blocks.$1.mlp.fc1." },
  { from: `${block}output\\.dense\\.`, to: "blocks.$1.mlp.fc2." },
  { from: `${block}layernorm_before\\.`, to: "blocks.$1.norm1." },
  { from: `${block}layernorm_after\\.`, to: "blocks.$1.norm2." },
  { from: "^vit\\.embeddings\\.patch_embeddings\\.projection\\.", to: "patch_embed.proj." },
  { from: "^vit\\.embeddings\\.cls_token$", to: "cls_token" },
  { from: "^vit\\.embeddings\\.position_embeddings$", to: "pos_embed" },
  { from: "^vit\\.layernorm\\.", to: "norm." },
  { from: "^classifier\\.", to: "head." },
];

/** Fine-tuned on ImageNet-1k, in Google's repositories. */
function google(
  size: Size,
  patchSize: Patch,
  parameters: number,
  published?: ZooEntry["published"],
): ZooEntry {
  const { letter } = SIZES[size];
  const { config, ...rest } = shared(size, patchSize);
  return {
    ...rest,
    id: `vit_${size}_patch${patchSize}_384`,
    hub: `google/vit-${size}-patch${patchSize}-384`,
    aliases: [`${letter}_${patchSize}_imagenet1k`],
    title: `ViT-${letter}/${patchSize}, 384 px`,
    description: `The original vision transformer, pretrained on ImageNet-21k and fine-tuned on ImageNet-1k at 384 px; patches of ${patchSize} px. Google's own weights, which timm does not have.`,
    // layer_norm_eps of the repositories' config.json
    config: { ...config, epsilon: 1e-12 },
    preprocessing: timmPreprocessing(384, 1, INCEPTION),
    labels: "imagenet-1k",
    keyMap: transformersKeys,
    parameters,
    ...(published && { published }),
  };
}

/** Pretrained on ImageNet-21k; the published files have no head. */
function pretrained(size: Size, patchSize: Patch, parameters: number): ZooEntry {
  const { letter } = SIZES[size];
  const name = `vit_${size}_patch${patchSize}_224`;
  return {
    ...shared(size, patchSize),
    id: `${name}_orig_in21k`,
    hub: `timm/${name}.orig_in21k`,
    aliases: [`${name}.orig_in21k`, `${letter}_${patchSize}`],
    title: `ViT-${letter}/${patchSize}, ImageNet-21k`,
    description: `The original vision transformer, pretrained on ImageNet-21k at 224 px; patches of ${patchSize} px. Its file has no head: it gives features, not classes.`,
    preprocessing: timmPreprocessing(224, 0.9, INCEPTION),
    labels: "none",
    parameters,
  };
}

export const vits: readonly ZooEntry[] = [
  tuned("base", 16, 86_859_496, [84.212, 50.05, 51.05]),
  tuned("large", 32, 306_632_680, [81.508, 38.84, 48.36]),
  google("base", 32, 88_297_192, [
    {
      on: "ImageNet-1k validation",
      top1: 0.8173,
      source: "Ghiasi et al. 2022, https://arxiv.org/abs/2212.06727",
    },
  ]),
  google("large", 16, 304_715_752),
  pretrained("base", 16, 85_798_656),
  pretrained("base", 32, 87_455_232),
  pretrained("large", 16, 303_301_632),
  pretrained("large", 32, 305_510_400),
];
