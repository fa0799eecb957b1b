/** CoaT and CoaT-Lite. */
import { IMAGENET, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const CONFIGS = {
  lite_tiny: { widths: [64, 128, 256, 320], mlpRatios: [8, 8, 4, 4], depths: [2, 2, 2, 2] },
  lite_mini: { widths: [64, 128, 320, 512], mlpRatios: [8, 8, 4, 4], depths: [2, 2, 2, 2] },
  lite_small: { widths: [64, 128, 320, 512], mlpRatios: [8, 8, 4, 4], depths: [3, 4, 6, 3] },
  tiny: { widths: [152, 152, 152, 152], mlpRatios: [4, 4, 4, 4], depths: [2, 2, 2, 2], parallelDepth: 6 },
  mini: { widths: [152, 216, 216, 216], mlpRatios: [4, 4, 4, 4], depths: [2, 2, 2, 2], parallelDepth: 6 },
} as const;

const citation = {
  type: "inproceedings",
  key: "xu2021coscale",
  fields: {
    title: "Co-Scale Conv-Attentional Image Transformers",
    author: "Xu, Weijian and Xu, Yifan and Chang, Tyler and Tu, Zhuowen",
    booktitle: "IEEE/CVF International Conference on Computer Vision",
    year: "2021",
  },
};

/** Other names of modules that blocks share, which files repeat; and norms that the authors' files have without use. */
const aliases = [
  { from: "^serial_blocks\\d+\\.\\d+\\.cpe\\.", to: null },
  { from: "\\.factoratt_crpe\\d?\\.crpe\\.", to: null },
  { from: "^norm1\\.", to: null },
];
const keyMaps = {
  joined: [...aliases, { from: "^parallel_blocks\\.\\d+\\.mlp[34]\\.", to: null }],
  lite: [...aliases, { from: "^norm[23]\\.", to: null }, { from: "^aggregate\\.", to: null }],
};

function coat(variant: keyof typeof CONFIGS, parameters: number, top1: readonly number[]): ZooEntry {
  const id = `coat_${variant}`;
  const lite = variant.startsWith("lite");
  const words = variant.split("_").map((word) => word[0]!.toUpperCase() + word.slice(1));
  return {
    id,
    hub: `timm/${id}.in1k`,
    aliases: [`${id}.in1k`],
    title: `CoaT-${words.join(" ")}`,
    description: lite
      ? "A transformer of four scales one after the other, with attention factorised into two small products and convolutions for positions. Trained on ImageNet-1k; 224 px, patches of 4 px."
      : "A transformer of four scales with attention factorised into two small products, whose last six blocks join three scales. Trained on ImageNet-1k; 224 px, patches of 4 px.",
    architecture: "coat",
    config: CONFIGS[variant],
    preprocessing: timmPreprocessing(224, 0.9, IMAGENET),
    labels: "imagenet-1k",
    keyMap: lite ? keyMaps.lite : keyMaps.joined,
    license: "Apache-2.0",
    parameters,
    published: timmResults(top1),
    citation,
  };
}

export const coats: readonly ZooEntry[] = [
  coat("lite_tiny", 5_721_960, [77.548, 12.28, 38.077]),
  coat("lite_mini", 11_011_560, [79.104, 14.4, 40.3]),
  coat("lite_small", 19_838_504, [82.304, 27.667, 43.803]),
  coat("tiny", 5_498_540, [78.442, 15.467, 36.103]),
  coat("mini", 10_337_004, [81.32, 25.72, 40.313]),
];
