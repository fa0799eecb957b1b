/**
 * The image towers of OpenAI's CLIP that are transformers.
 *
 * They were trained with QuickGELU: timm's tags without "quickgelu" run another activation on the same file.
 */
import { clipCitation, clipText } from "./clip-text.ts";
import { OPENAI_CLIP, timmPreprocessing } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

function clip(patchSize: 16 | 32, parameters: number, zeroShot: number): ZooEntry {
  const hub = `timm/vit_base_patch${patchSize}_clip_224.openai`;
  return {
    id: `vit_base_patch${patchSize}_clip_224`,
    hub,
    aliases: [
      `vit_base_patch${patchSize}_clip_quickgelu_224.openai`,
      `vit_base_patch${patchSize}_clip_224.openai`,
      `ViT-B/${patchSize}`,
    ],
    title: `CLIP ViT-B/${patchSize}`,
    description: `The image tower of OpenAI's CLIP, trained on 400 million images with their captions; 224 px, patches of ${patchSize} px. Its classes are texts.`,
    architecture: "vit",
    config: {
      ...{ patchSize, width: 768, depth: 12, heads: 12, mlpRatio: 4 },
      ...{ preNorm: true, activation: "quick_gelu", epsilon: 1e-5, embedding: 512 },
    },
    preprocessing: timmPreprocessing(224, 0.9, OPENAI_CLIP),
    labels: "clip",
    text: clipText(hub, { width: 512, embedding: 512 }),
    license: "MIT",
    parameters,
    published: [
      {
        on: "ImageNet-1k validation, zero-shot with the paper's prompts",
        top1: zeroShot,
        source: "Radford et al. 2021, table 11, https://arxiv.org/abs/2103.00020",
      },
    ],
    citation: clipCitation,
  };
}

export const clipVits: readonly ZooEntry[] = [clip(32, 87_849_728, 0.632), clip(16, 86_193_152, 0.686)];
