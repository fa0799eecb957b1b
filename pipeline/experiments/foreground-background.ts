/** How much of what a model recognises it sees in the object, and how much in what is around it. */
import type { Experiment, Row } from "./experiment.ts";
import { bootstrap, wilson } from "./intervals.ts";
import { ghiasi2022 } from "./references.ts";
import type { Answers } from "./subject.ts";
import { IMAGES, inOrder, MODEL, share, verdict } from "./words.ts";

const top1 = "Share of the images whose class is the model’s first answer";
const normalised = "divided by that of the whole images: 100 % is no loss";

export const foregroundBackground: Experiment = {
  id: "foreground-background",
  revision: 1,
  title: "Foreground and background",
  question:
    "How much of what a model recognises does it see in the object, and how much in what is around it?",
  method: [
    "Every image is shown three times: whole, with its object only on mid-grey, and with its background only. In the picturebook the background is the scene drawn without the object and its shadow, so not even an outline of it is left; the paper blackens boxes.",
    "Three measures: raw top-1 accuracy; the paper’s normalised top-5, which divides by the accuracy on the whole images; and top-1 among those images that the model gets right whole. The last one compares models that are equally good by construction, on images that they know.",
  ],
  references: [ghiasi2022],
  falsified:
    "The paper claims that transformers draw more on the background than convolutional networks do, and lose less without it. A normalised accuracy on backgrounds that is lower for the transformer, with intervals that do not overlap, would speak against it.",
  needs: ["classes", "parts"],
  columns: [
    MODEL,
    IMAGES,
    share("whole", "Whole, top-1", `${top1}.`),
    share("object", "Object, top-1", `${top1}, with the object only.`),
    share("background", "Background, top-1", `${top1}, with the background only.`),
    share("objectTop5", "Object, normalised top-5", `Top-5 accuracy with the object only, ${normalised}.`),
    share(
      "backgroundTop5",
      "Background, normalised top-5",
      `Top-5 accuracy with the background only, ${normalised}.`,
    ),
    share("objectMatched", "Object, matched", `${top1} with the object only, of those it gets right whole.`),
    share(
      "backgroundMatched",
      "Background, matched",
      `${top1} with the background only, of those it gets right whole.`,
    ),
  ],
  chart: {
    kind: "bars",
    labels: ["model"],
    values: ["whole", "object", "background"],
    axis: "Top-1 accuracy",
  },
  published: [
    {
      title: "Normalised top-5, in percent",
      columns: ["Model", "Full", "Foreground", "Background"],
      rows: [
        ["ViT-B/32", 98.44, 93.91, 28.1],
        ["ViT-L/16", 99.57, 96.18, 33.69],
        ["ViT-L/32", 99.32, 93.89, 31.07],
        ["ViT-B/16", 99.22, 95.64, 31.59],
        ["ResNet-50", 98.0, 89.69, 18.69],
        ["ResNet-152", 98.85, 90.74, 19.68],
        ["MobileNetV2", 96.09, 86.84, 15.94],
        ["DenseNet-121", 96.55, 89.58, 17.53],
      ],
      source: "Ghiasi et al. 2022, Table 2",
      note: "Measured on ImageNet training images with boxes, whose masked region is 0; foreground and background are divided by full.",
    },
  ],
  settings: () => ({}),
  passes: () => 3,

  async measure(subject, seed): Promise<readonly Row[]> {
    const whole = await subject.answers("whole");
    const object = await subject.answers("object");
    const background = await subject.answers("background");
    const n = subject.images.length;
    const known = subject.images.flatMap((_, i) => (whole.rank[i] === 0 ? [i] : []));
    const matched = ({ rank }: Answers) => wilson(known.filter((i) => rank[i] === 0).length, known.length);
    const ratio = ({ rank }: Answers) =>
      bootstrap(
        n,
        (indices) => countWithin(rank, indices, 5) / countWithin(whole.rank, indices, 5),
        seed,
        "images",
      );
    const first = ({ rank }: Answers) => wilson(rank.filter((place) => place === 0).length, n);
    return [
      {
        model: subject.model.id,
        images: n,
        whole: first(whole),
        object: first(object),
        background: first(background),
        objectTop5: ratio(object),
        backgroundTop5: ratio(background),
        objectMatched: matched(object),
        backgroundMatched: matched(background),
      },
    ];
  },

  finding: (rows) =>
    `From the background alone: ${inOrder(rows, "backgroundMatched")} of what each model gets right whole${verdict(rows, "backgroundMatched")}. From the object alone: ${inOrder(rows, "objectMatched")}${verdict(rows, "objectMatched")}.`,
};

/** How many of the drawn images have their class among the first `places` answers. */
function countWithin(rank: Int32Array, indices: Int32Array, places: number): number {
  let count = 0;
  for (const i of indices) if (rank[i]! < places) count++;
  return count;
}
