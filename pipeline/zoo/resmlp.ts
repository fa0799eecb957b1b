/** ResMLP: trained on ImageNet-1k, distilled, and once on ImageNet-22k before. */
import { IMAGENET, TIMM_2023, timmPreprocessing, timmResults } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

const SIZES = {
  12: { title: "ResMLP-12", name: "12", patchSize: 16, width: 384, depth: 12, parameters: 15_350_872 },
  24: { title: "ResMLP-24", name: "24", patchSize: 16, width: 384, depth: 24, parameters: 30_020_680 },
  36: { title: "ResMLP-36", name: "36", patchSize: 16, width: 384, depth: 36, parameters: 44_690_488 },
  big: {
    title: "ResMLP-B24/8",
    name: "big_24",
    patchSize: 8,
    width: 768,
    depth: 24,
    parameters: 129_138_280,
  },
} as const;

const TRAINING = {
  plain: { suffix: "224", tag: "fb_in1k", title: "", how: "trained on ImageNet-1k" },
  distilled: {
    suffix: "distilled_224",
    tag: "fb_distilled_in1k",
    title: " distilled",
    how: "trained on ImageNet-1k with a convolutional teacher",
  },
  pretrained: {
    suffix: "224_in22ft1k",
    tag: "fb_in22k_ft_in1k",
    title: ", ImageNet-22k",
    how: "pretrained on ImageNet-22k and fine-tuned on ImageNet-1k",
  },
} as const;

function resmlp(
  size: keyof typeof SIZES,
  training: keyof typeof TRAINING,
  published: NonNullable<ZooEntry["published"]>,
): ZooEntry {
  const { title, name, parameters, ...numbers } = SIZES[size];
  const { suffix, tag, title: addition, how } = TRAINING[training];
  const timm = `resmlp_${name}_224.${tag}`;
  return {
    id: `resmlp_${name}_${suffix}`,
    hub: `timm/${timm}`,
    aliases: [timm],
    title: `${title}${addition}`,
    description: `A residual network of linear layers over positions and feed-forward layers over channels, without attention and without norms; ${how}, 224 px, patches of ${numbers.patchSize} px.`,
    architecture: "mixer",
    config: { block: "resmlp", ...numbers, channelsRatio: 4 },
    preprocessing: timmPreprocessing(224, 0.875, IMAGENET),
    labels: "imagenet-1k",
    license: "Apache-2.0",
    parameters,
    published,
    citation: {
      type: "article",
      key: "touvron2021resmlp",
      fields: {
        title: "ResMLP: Feedforward networks for image classification with data-efficient training",
        author:
          "Touvron, Hugo and Bojanowski, Piotr and Caron, Mathilde and Cord, Matthieu and El-Nouby, Alaaeldin and Grave, Edouard and Izacard, Gautier and Joulin, Armand and Synnaeve, Gabriel and Verbeek, Jakob and J{\\'e}gou, Herv{\\'e}",
        journal: "arXiv preprint arXiv:2105.03404",
        year: "2021",
      },
    },
  };
}

const top1 = (percent: number) => timmResults([percent], TIMM_2023);

export const resmlps: readonly ZooEntry[] = [
  resmlp(12, "plain", top1(76.648)),
  resmlp(24, "plain", top1(79.374)),
  resmlp(36, "plain", top1(79.772)),
  resmlp("big", "plain", top1(81.036)),
  resmlp(12, "distilled", top1(77.954)),
  resmlp(24, "distilled", top1(80.756)),
  resmlp(36, "distilled", top1(81.148)),
  resmlp("big", "distilled", top1(83.592)),
  resmlp("big", "pretrained", [
    {
      on: "ImageNet-1k validation",
      top1: 0.844,
      source: "Touvron et al. 2021, https://arxiv.org/abs/2105.03404",
    },
  ]),
];
