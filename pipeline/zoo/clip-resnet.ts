/** The image towers of OpenAI's CLIP that are residual networks. */
import { clipCitation, clipText } from "./clip-text.ts";
import { OPENAI_CLIP, timmPreprocessing } from "./common.ts";
import type { ZooEntry } from "./entry.ts";

interface Tower {
  /** timm's and OpenAI's names. */
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly layers: readonly number[];
  readonly width: number;
  readonly embedding: number;
  /** Width of the text tower. */
  readonly text: number;
  readonly parameters: number;
  readonly zeroShot: number;
}

function clip({ id, name, size, layers, width, embedding, text, parameters, zeroShot }: Tower): ZooEntry {
  const hub = `timm/${id}.openai`;
  return {
    id,
    hub,
    aliases: [`${id}.openai`, name],
    title: `CLIP ${name}`,
    description: `The image tower of OpenAI's CLIP, a residual network that pools by attention, trained on 400 million images with their captions; ${size} px. Its classes are texts.`,
    architecture: "clip_resnet",
    // Heads are 64 wide; the last stage has 32 times the stem's channels.
    config: { layers, width, heads: width / 2, embedding },
    preprocessing: timmPreprocessing(size, 0.9, OPENAI_CLIP),
    labels: "clip",
    text: clipText(hub, { width: text, embedding }),
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

export const clipResnets: readonly ZooEntry[] = [
  clip({
    ...{ id: "resnet50_clip", name: "RN50", size: 224, layers: [3, 4, 6, 3], width: 64 },
    ...{ embedding: 1024, text: 512, parameters: 38_316_896, zeroShot: 0.596 },
  }),
  clip({
    ...{ id: "resnet101_clip", name: "RN101", size: 224, layers: [3, 4, 23, 3], width: 64 },
    ...{ embedding: 512, text: 512, parameters: 56_259_936, zeroShot: 0.622 },
  }),
  clip({
    ...{ id: "resnet50x4_clip", name: "RN50x4", size: 288, layers: [4, 6, 10, 6], width: 80 },
    ...{ embedding: 640, text: 640, parameters: 87_137_080, zeroShot: 0.658 },
  }),
  clip({
    ...{ id: "resnet50x16_clip", name: "RN50x16", size: 384, layers: [6, 8, 18, 8], width: 96 },
    ...{ embedding: 768, text: 768, parameters: 167_328_912, zeroShot: 0.705 },
  }),
];
