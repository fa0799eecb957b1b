/** ViT-S trained by DINO, without labels and without a head. */
import { IMAGENET, timmPreprocessing } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

function dino(patchSize: 8 | 16, parameters: number): ZooEntry {
  return {
    id: `vit_small_patch${patchSize}_224_dino`,
    hub: `timm/vit_small_patch${patchSize}_224.dino`,
    aliases: [`vit_small_patch${patchSize}_224.dino`, `dino_vits${patchSize}`],
    title: `DINO ViT-S/${patchSize}`,
    description: `A small vision transformer trained on ImageNet-1k by self-distillation, without labels; 224 px, patches of ${patchSize} px. It gives features, not classes.`,
    architecture: "vit",
    config: { patchSize, width: 384, depth: 12, heads: 6, mlpRatio: 4 },
    preprocessing: timmPreprocessing(224, 0.9, IMAGENET),
    labels: "none",
    license: "Apache-2.0",
    parameters,
    citation: {
      type: "inproceedings",
      key: "caron2021emerging",
      fields: {
        title: "Emerging Properties in Self-Supervised Vision Transformers",
        author:
          "Caron, Mathilde and Touvron, Hugo and Misra, Ishan and J{\\'e}gou, Herv{\\'e} and Mairal, Julien and Bojanowski, Piotr and Joulin, Armand",
        booktitle: "International Conference on Computer Vision",
        year: "2021",
      },
    },
  };
}

export const dinos: readonly ZooEntry[] = [dino(16, 21_665_664), dino(8, 21_670_272)];
