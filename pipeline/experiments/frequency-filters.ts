/** Which spatial frequencies a model needs: its accuracy on pictures without the high ones, and without the low ones. */
import type { Experiment, Row } from "./experiment.ts";
import { gaussianResponse, lowPass } from "./gaussian-filter.ts";
import { wilson } from "./intervals.ts";
import { ghiasi2022, park2022 } from "./references.ts";
import type { Change } from "./subject.ts";
import { IMAGES, inOrder, MODEL, share, verdict } from "./words.ts";

/** Octaves from one cycle per image up to the finest that pixels can show. */
const cutoffs = (side: number): number[] =>
  Array.from({ length: Math.floor(Math.log2(side / 2)) + 1 }, (_, octave) => 2 ** octave);

/** What the mean of the picture is replaced by where low frequencies are taken away. */
const GREY = 0.5;

export const frequencyFilters: Experiment = {
  id: "frequency-filters",
  revision: 1,
  title: "Low and high frequencies",
  question: "Which spatial frequencies does the model need to recognise what is in an image?",
  method: [
    "Every image is filtered by a Gaussian in Fourier space: of frequency f a low-pass filter of cut-off c lets exp(−f²/2c²) through, a high-pass filter the rest. What a high-pass filter leaves is added to mid-grey, and values beyond black and white are clipped. Cut-offs are in cycles per image, an octave apart.",
    "The paper shows this for low-pass filters as a plot without numbers, and the code in its repository for it does not run; so the protocol here is the atlas’s own.",
  ],
  references: [ghiasi2022, park2022],
  falsified:
    "Transformers are said to depend less on high frequencies. Under low-pass filters the transformer’s accuracy would then fall later than the convolutional network’s; a curve that lies below at middle cut-offs, with bands that do not overlap, would speak against it.",
  needs: ["classes"],
  columns: [
    MODEL,
    {
      key: "filter",
      name: "Filter",
      form: "text",
      unit: "",
      description: "Which frequencies pass: those below the cut-off, or those above.",
    },
    {
      key: "cutoff",
      name: "Cut-off",
      form: "number",
      unit: "cycles per image",
      description: "Standard deviation of the Gaussian in Fourier space.",
    },
    IMAGES,
    share("accuracy", "Top-1", "Share of the filtered images whose class is the model’s first answer."),
  ],
  chart: {
    kind: "lines",
    x: "cutoff",
    y: "accuracy",
    series: "model",
    panel: "filter",
    scale: "log2",
    axis: "Top-1 accuracy",
  },
  published: [],
  settings: (side) => ({ cutoffs: cutoffs(side), grey: GREY }),
  passes: (side) => 2 * cutoffs(side).length,

  async measure(subject, _seed): Promise<readonly Row[]> {
    const { model, side, images } = subject;
    const filters = cutoffs(side).flatMap((cutoff) => {
      const response = gaussianResponse(side, cutoff);
      return [
        { filter: "low-pass", cutoff, change: keepLow(side, response) },
        { filter: "high-pass", cutoff, change: keepHigh(side, response) },
      ];
    });
    const answers = await subject.answersTo(filters.map(({ change }) => change));
    return filters.map(({ filter, cutoff }, i) => ({
      model: model.id,
      filter,
      cutoff,
      images: images.length,
      accuracy: wilson(answers[i]!.rank.filter((place) => place === 0).length, images.length),
    }));
  },

  finding: (rows) => {
    const low = rows.filter(({ filter }) => filter === "low-pass");
    const middle = low.filter(({ cutoff }) => cutoff === 8);
    return middle.length === 0
      ? ""
      : `With little more than 8 cycles per image left: ${inOrder(middle, "accuracy")}${verdict(middle, "accuracy")}.`;
  },
};

export function keepLow(side: number, response: Float64Array): Change {
  return (picture) => {
    const low = lowPass(picture, side, response);
    for (let i = 0; i < picture.length; i++) picture[i] = clipped(low[i]!);
  };
}

export function keepHigh(side: number, response: Float64Array): Change {
  return (picture) => {
    const low = lowPass(picture, side, response);
    for (let i = 0; i < picture.length; i++) picture[i] = clipped(picture[i]! - low[i]! + GREY);
  };
}

const clipped = (value: number): number => Math.min(1, Math.max(0, value));
