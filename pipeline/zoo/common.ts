/** What entries of several families share: timm's preprocessing, the training sets' statistics, its tables of results. */
import type { Preprocessing } from "#format/model-card.ts";
import type { ZooEntry } from "./entry.ts";

/** Mean and standard deviation of the channels, as timm's constants of the same names. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
export const INCEPTION = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
export const OPENAI_CLIP = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

type Statistics = typeof IMAGENET | typeof INCEPTION | typeof OPENAI_CLIP;

/**
 * timm's evaluation transform: the shorter side to ⌊size/crop⌋ pixels, of which the middle square is seen.
 *
 * @param crop `crop_pct` of the model's default_cfg
 */
export function timmPreprocessing(
  size: number,
  crop: number,
  { mean, std }: Statistics,
  interpolation: Preprocessing["interpolation"] = "bicubic",
): Preprocessing {
  return {
    size,
    resize: Math.floor(size / crop),
    interpolation,
    crop: "center",
    mean: [...mean],
    std: [...std],
  };
}

const TABLES = [
  ["ImageNet-1k validation", "results-imagenet.csv"],
  ["ImageNet-A", "results-imagenet-a.csv"],
  ["ImageNet-R", "results-imagenet-r.csv"],
] as const;

/**
 * Accuracies of timm's tables.
 *
 * @param top1 in percent: on ImageNet-1k, -A and -R, as many of them as are known
 * @param commit of huggingface/pytorch-image-models
 */
export function timmResults(
  top1: readonly number[],
  commit = "aa4b5850",
): NonNullable<ZooEntry["published"]> {
  return top1.map((percent, i) => ({
    on: TABLES[i]![0],
    top1: Number((percent / 100).toFixed(5)),
    source: `https://github.com/huggingface/pytorch-image-models/blob/${commit}/results/${TABLES[i]![1]}`,
  }));
}

/** An older revision of the tables, from which the models are that the paper does not have. */
export const TIMM_2023 = "0173a139a2c66db3a41ebfe1d8ac4fb02483642e";
