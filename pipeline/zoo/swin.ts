/**
 * Swin Transformers: tiny and small of ImageNet-1k, base and large of ImageNet-22k, fine-tuned for 1k or not.
 *
 * The tags are pinned: timm's `swin_small_patch4_window7_224` without one is today a checkpoint of ImageNet-22k, and the
 * names that end in `_in22k` are no longer timm's.
 */
import { IMAGENET, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const SIZES = {
  tiny: { width: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] },
  small: { width: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] },
  base: { width: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] },
  large: { width: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] },
} as const;

const TRAINED = {
  ms_in1k: "trained on ImageNet-1k",
  ms_in22k_ft_in1k: "trained on ImageNet-22k and fine-tuned on ImageNet-1k",
  ms_in22k: "trained on ImageNet-22k, whose 21,841 classes it tells apart",
} as const;

const citation = {
  type: "inproceedings",
  key: "liu2021swin",
  fields: {
    title: "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
    author:
      "Liu, Ze and Lin, Yutong and Cao, Yue and Hu, Han and Wei, Yixuan and Zhang, Zheng and Lin, Stephen and Guo, Baining",
    booktitle: "IEEE/CVF International Conference on Computer Vision",
    year: "2021",
  },
};

/** Buffers that hold no weights; the files of the authors have them, those of timm do not. */
const keyMap = [
  { from: "\\.attn\\.relative_position_index$", to: null },
  { from: "\\.attn_mask$", to: null },
];

function swin(
  size: keyof typeof SIZES,
  window: 7 | 12,
  training: keyof typeof TRAINED,
  parameters: number,
  top1?: readonly number[],
): ZooEntry {
  const imageSize = window === 7 ? 224 : 384;
  const variant = `swin_${size}_patch4_window${window}_${imageSize}`;
  const wide = training === "ms_in22k";
  const name = `Swin-${size[0]!.toUpperCase()}${size.slice(1)}`;
  return {
    id: wide ? `${variant}_in22k` : variant,
    hub: `timm/${variant}.${training}`,
    aliases: [`${variant}.${training}`],
    title: `${name}${imageSize === 384 ? ", 384 px" : ""}${wide ? ", ImageNet-22k" : ""}`,
    description: `A transformer over windows of ${window}×${window} tokens that are shifted from block to block, ${TRAINED[training]}; ${imageSize} px, patches of 4 px, merged between stages.`,
    architecture: "swin",
    config: { patchSize: 4, ...SIZES[size], window, mlpRatio: 4 },
    preprocessing: timmPreprocessing(imageSize, imageSize === 224 ? 0.9 : 1, IMAGENET),
    labels: wide ? "imagenet-22k" : "imagenet-1k",
    keyMap,
    license: "MIT",
    parameters,
    ...(top1 && { published: timmResults(top1) }),
    citation,
  };
}

export const swins: readonly ZooEntry[] = [
  swin("tiny", 7, "ms_in1k", 28_288_354, [81.388, 21.12, 41.397]),
  swin("small", 7, "ms_in1k", 49_606_258, [83.228, 32.373, 45.113]),
  swin("base", 7, "ms_in22k_ft_in1k", 87_768_224, [85.276, 51.813, 59.313]),
  swin("base", 7, "ms_in22k", 109_130_249),
  swin("base", 12, "ms_in22k_ft_in1k", 87_903_584, [86.442, 65.293, 63.023]),
  swin("base", 12, "ms_in22k", 109_265_609),
  swin("large", 7, "ms_in22k_ft_in1k", 196_532_476, [86.32, 61.333, 63.733]),
  swin("large", 7, "ms_in22k", 228_565_093),
  swin("large", 12, "ms_in22k_ft_in1k", 196_735_516, [87.142, 70.8, 65.96]),
  swin("large", 12, "ms_in22k", 228_768_133),
];
