/** The smallest models of the hierarchical and hybrid transformers; the same as in test/golden/make_hierarchical.py. */
import type { ModelConfig } from "#core/models/index.ts";

const shared = { numClasses: 5, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

const model = (architecture: string, imageSize: number, config: Record<string, unknown>): ModelConfig => ({
  architecture,
  config,
  imageSize,
  ...shared,
});

const pit = { patchSize: 8, stride: 4, headWidths: [4, 4], heads: [1, 3], depths: [1, 1], mlpRatio: 2 };
const twins = {
  patchSize: 1,
  widths: [8, 12],
  heads: [1, 3],
  mlpRatios: [2, 1],
  depths: [2, 1],
  reductions: [4, 1],
};

export const hierarchicalModels: Readonly<Record<string, ModelConfig>> = {
  "tiny swin": model("swin", 8, {
    patchSize: 1,
    width: 8,
    depths: [2, 2],
    heads: [2, 4],
    window: 4,
    mlpRatio: 1,
  }),
  "tiny convit": model("convit", 12, {
    patchSize: 4,
    width: 12,
    depth: 3,
    heads: 3,
    localBlocks: 2,
    mlpRatio: 2,
  }),
  "tiny pit": model("pit", 24, pit),
  "tiny distilled pit": model("pit", 24, { ...pit, distilled: true }),
  "tiny twins pcpvt": model("twins", 8, twins),
  "tiny twins svt": model("twins", 8, { ...twins, windows: [4, 2] }),
  "tiny coat lite": model("coat", 32, {
    widths: [8, 8, 16, 8],
    mlpRatios: [1, 2, 1, 1],
    depths: [1, 1, 1, 1],
  }),
  "tiny coat": model("coat", 32, {
    widths: [8, 8, 8, 8],
    mlpRatios: [1, 1, 1, 1],
    depths: [1, 1, 1, 1],
    parallelDepth: 1,
  }),
  "tiny levit": model("levit", 32, { widths: [8, 12], heads: [2, 3], depths: [1, 1], keyWidth: 4 }),
};
