/** How the neurons' specialisation changes with depth: what labels explain of them, layer by layer. */
import type { Experiment, Row } from "./experiment.ts";
import { bootstrap } from "./intervals.ts";
import { ghiasi2022 } from "./references.ts";
import { intervalOf, MODEL, share } from "./words.ts";

const KINDS = ["class", "scene", "texture", "concept"] as const;

export const specialisation: Experiment = {
  id: "specialisation",
  revision: 1,
  title: "Specialisation over depth",
  question:
    "What are the neurons of each layer about: textures and scenes first, classes and concepts later?",
  method: [
    "For every neuron, η²: the share of the variance of its mean activation over images that a kind of labels explains, on all images of the set. The mean over the neurons of a layer, with an interval from resampling its neurons.",
    "The four kinds are not independent: in the picturebook a class usually comes in its own scene and texture, so a neuron for a class is explained by scenes too, in part. By chance alone a kind explains about as much as it has groups an image.",
  ],
  references: [ghiasi2022],
  falsified:
    "The paper sees features go from textures over parts to objects. A share explained by classes that does not rise from the first to the last layer, or one explained by textures that rises more, would speak against it.",
  needs: ["selectivity"],
  columns: [
    MODEL,
    {
      key: "tap",
      name: "Layer",
      form: "text",
      unit: "",
      description: "The tap that its neurons are read at.",
    },
    {
      key: "depth",
      name: "Depth",
      form: "count",
      unit: "layers",
      description: "Place of the layer in the atlas, counted from the input, from 1.",
    },
    {
      key: "labels",
      name: "Labels",
      form: "text",
      unit: "",
      description: "What the neurons are compared with.",
    },
    share("explained", "Explained", "Mean over the layer’s neurons of η², with n neurons."),
  ],
  chart: {
    kind: "lines",
    x: "depth",
    y: "explained",
    series: "labels",
    panel: "model",
    scale: "linear",
    axis: "Mean η² of the layer’s neurons",
  },
  published: [],
  settings: () => ({ kinds: KINDS.join() }),
  passes: () => 0,

  async measure({ model, layers }, seed): Promise<readonly Row[]> {
    return layers.flatMap(({ tap, depth, explained }) =>
      KINDS.flatMap((labels): Row[] => {
        const values = explained[labels];
        if (!values) return [];
        const mean = (units: Int32Array) =>
          units.reduce((sum, unit) => sum + values[unit]!, 0) / units.length;
        return [
          {
            model: model.id,
            tap,
            depth: depth + 1,
            labels,
            explained: bootstrap(values.length, mean, seed, `units of ${tap}`),
          },
        ];
      }),
    );
  },

  finding: (rows) => {
    const models = [...new Set(rows.map(({ model }) => model))];
    const told = models.map((model) => {
      const own = rows.filter((row) => row.model === model);
      const last = Math.max(...own.map(({ depth }) => depth as number));
      const risen = KINDS.flatMap((kind) => {
        const [from, to] = [at(own, 1, kind), at(own, last, kind)];
        return from && to ? [`${kind} ${from} to ${to}`] : [];
      });
      return `in ${model} ${risen.join(", ")}`;
    });
    return `Explained by labels, from the first layer to the last: ${told.join("; ")}.`;
  },
};

/** The share that labels explain of a layer; undefined where they were not known there. */
function at(rows: readonly Row[], depth: number, labels: string): string | undefined {
  const row = rows.find((candidate) => candidate.depth === depth && candidate.labels === labels);
  if (!row) return undefined;
  const { value } = intervalOf(row.explained);
  return value === null ? undefined : `${Math.round(value * 100)} %`;
}
