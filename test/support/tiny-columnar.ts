/** The tiny models of the columnar families: what a ViT can have beside the plain one, and the mixers. */
import type { ModelConfig } from "#core/models/index.ts";

const shared = {
  imageSize: 8,
  numClasses: 5,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

const vit = { patchSize: 4, width: 8, depth: 2, heads: 2, mlpRatio: 2 };
const mixer = { patchSize: 4, width: 12, depth: 2, channelsRatio: 2 };
const clip = { ...vit, preNorm: true, activation: "quick_gelu", epsilon: 1e-5, embedding: 6 };

export const tinyClip: ModelConfig = { ...shared, architecture: "vit", config: clip };

export const columnarModels: Readonly<Record<string, ModelConfig>> = {
  "tiny distilled vit": { ...shared, architecture: "vit", config: { ...vit, distilled: true } },
  "tiny headless vit": { ...shared, architecture: "vit", config: vit, numClasses: 0 },
  "tiny clip vit": tinyClip,
  "tiny mixer": { ...shared, architecture: "mixer", config: { ...mixer, block: "mixer", tokensRatio: 0.5 } },
  "tiny gmixer": { ...shared, architecture: "mixer", config: { ...mixer, block: "gmixer", tokensRatio: 1 } },
  "tiny resmlp": { ...shared, architecture: "mixer", config: { ...mixer, block: "resmlp" } },
};
