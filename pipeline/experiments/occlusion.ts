/** How much of an image can be taken away, in random patches, before a model no longer recognises it. */
import { stream } from "#core/random.ts";
import type { Experiment, Row } from "./experiment.ts";
import { wilson } from "./intervals.ts";
import { naseer2021 } from "./references.ts";
import type { Change } from "./subject.ts";
import { IMAGES, inOrder, MODEL, share, verdict } from "./words.ts";

const SHARES = [0, 0.1, 0.25, 0.5, 0.6, 0.75, 0.9, 1] as const;

/** The share that the finding is about, and that Naseer et al. print. */
const HALF = 0.5;

const GREY = 0.5;

/** Patches along a side: 14 as in the paper at its sizes, 8 where pictures are small. */
const gridOf = (side: number): number => (side >= 128 ? 14 : 8);

export const occlusion: Experiment = {
  id: "occlusion",
  revision: 1,
  title: "Occlusion",
  question:
    "How much of an image can be taken away, in patches at random places, before it is no longer recognised?",
  method: [
    "Each image is cut into 8 × 8 patches (14 × 14 where it has 128 pixels a side or more), and a share of them, at random places, is made mid-grey. Every image has its own places; a larger share takes away what a smaller one does, and more. All models of one size see the same.",
  ],
  references: [naseer2021],
  falsified:
    "Transformers are said to bear occlusion far better than convolutional networks. Curves whose bands overlap at every share, or a transformer that falls first, would speak against it.",
  needs: ["classes"],
  columns: [
    MODEL,
    share("dropped", "Occluded", "Share of the patches that were made grey."),
    IMAGES,
    share("accuracy", "Top-1", "Share of the occluded images whose class is the model’s first answer."),
  ],
  chart: {
    kind: "lines",
    x: "dropped",
    y: "accuracy",
    series: "model",
    panel: null,
    scale: "linear",
    axis: "Top-1 accuracy",
  },
  published: [
    {
      title: "Top-1 with half of the patches dropped, in percent",
      columns: ["Model", "Top-1"],
      rows: [
        ["ResNet-50", 0.1],
        ["DeiT-S", 70],
      ],
      source: "Naseer et al. 2021",
      note: "On ImageNet at 224 pixels, the mean of five draws.",
    },
  ],
  settings: (side) => ({ shares: [...SHARES], grid: gridOf(side), grey: GREY }),
  passes: () => SHARES.length,

  async measure(subject, seed): Promise<readonly Row[]> {
    const { model, side, images } = subject;
    const changes = SHARES.map((dropped) => occlude(dropped, side, images, seed));
    const answers = await subject.answersTo(changes);
    return SHARES.map((dropped, i) => ({
      model: model.id,
      dropped,
      images: images.length,
      accuracy: wilson(answers[i]!.rank.filter((place) => place === 0).length, images.length),
    }));
  },

  finding: (rows) => {
    const half = rows.filter(({ dropped }) => dropped === HALF);
    return `With half of the patches gone: ${inOrder(half, "accuracy")}${verdict(half, "accuracy")}.`;
  },
};

/**
 * Makes a share of a picture's patches grey.
 *
 * @param images [pictures]: index in the image set, which decides the places
 */
export function occlude(dropped: number, side: number, images: readonly number[], seed: number): Change {
  const grid = gridOf(side);
  const count = Math.round(dropped * grid ** 2);
  const edge = (line: number) => Math.floor((line * side) / grid);
  return (picture, position) => {
    for (const patch of shuffled(grid ** 2, seed, images[position]!).slice(0, count)) {
      const [row, column] = [Math.floor(patch / grid), patch % grid];
      for (let plane = 0; plane < picture.length; plane += side * side) {
        for (let y = edge(row); y < edge(row + 1); y++) {
          const line = plane + y * side;
          picture.fill(GREY, line + edge(column), line + edge(column + 1));
        }
      }
    }
  };
}

/** The patches of an image in the order in which they go. */
function shuffled(patches: number, seed: number, image: number): number[] {
  const random = stream(seed, "occlusion", image);
  const order = Array.from({ length: patches }, (_, i) => i);
  for (let last = patches - 1; last > 0; last--) {
    const other = random.int(0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
