/** Whether a model goes by the shape or by the texture where the two speak for different classes. */
import type { Experiment, Row } from "./experiment.ts";
import { wilson } from "./intervals.ts";
import { geirhos2019, naseer2021 } from "./references.ts";
import type { Answers, Subject } from "./subject.ts";
import { IMAGES, inOrder, MODEL, share, verdict } from "./words.ts";

const GROUNDS = { "in its scene": "conflict", "on grey": "conflict-object" } as const;

export const cueConflict: Experiment = {
  id: "cue-conflict",
  revision: 1,
  title: "Shape against texture",
  question: "Where shape and texture speak for different classes, which of them does the model follow?",
  method: [
    "Every object is drawn with the texture and the colours of another class. An answer is decided where it is the class of the shape or the class of the texture; the shape bias is the share of shapes among the decided answers.",
    "Every picture is shown twice: in a scene that usually goes with the shape, and on mid-grey, where only the object can decide. The second is the fair question; the first says what a scene adds. Several classes share a texture and are told apart by its colours, so an answer may miss the class of the texture by little; such answers are counted as undecided.",
  ],
  references: [geirhos2019, naseer2021],
  falsified:
    "Convolutional networks are said to go by texture and transformers more by shape. A shape bias of the convolutional network that is above the transformer’s on grey, with intervals that do not overlap, would speak against it.",
  needs: ["classes", "conflicts"],
  columns: [
    MODEL,
    {
      key: "ground",
      name: "Ground",
      form: "text",
      unit: "",
      description: "What is around the object: the scene of its shape, or mid-grey.",
    },
    IMAGES,
    share(
      "bias",
      "Shape bias",
      "Share of shapes among the answers that are the shape’s or the texture’s class.",
    ),
    share("shape", "Shape", "Share of all answers that are the class of the shape."),
    share("texture", "Texture", "Share of all answers that are the class of the texture."),
  ],
  chart: { kind: "bars", labels: ["model", "ground"], values: ["bias"], axis: "Shape bias" },
  published: [
    {
      title: "Shape bias, in percent",
      columns: ["Observer", "Shape bias"],
      rows: [
        ["Humans", 95.9],
        ["ResNet-50", 22.1],
      ],
      source: "Geirhos et al. 2019",
      note: "On photographs whose texture was replaced by style transfer, in 16 categories.",
    },
    {
      title: "Shape bias after training on stylised images, as a share",
      columns: ["Model", "Top-1, in percent", "Shape bias"],
      rows: [
        ["DeiT-T-SIN", 40.5, 0.87],
        ["DeiT-S-SIN", 52.5, 0.93],
      ],
      source: "Naseer et al. 2021",
      note: "The models here were not trained on stylised images.",
    },
  ],
  settings: () => ({ grounds: Object.values(GROUNDS).join() }),
  passes: () => Object.keys(GROUNDS).length,

  async measure(subject, _seed): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (const [ground, version] of Object.entries(GROUNDS)) {
      rows.push({ model: subject.model.id, ground, ...decisions(subject, await subject.answers(version)) });
    }
    return rows;
  },

  finding: (rows) => {
    const onGrey = rows.filter(({ ground }) => ground === "on grey");
    return `Shape bias of objects on grey: ${inOrder(onGrey, "bias")}${verdict(onGrey, "bias")}.`;
  },
};

/** Pictures whose texture is of a class that the model does not know say nothing and are left out. */
function decisions({ images, truth, worn }: Subject, { choice }: Answers): Row {
  const trials = images.flatMap((_, i) => (worn[i]! >= 0 ? [i] : []));
  const shape = trials.filter((i) => choice[i] === truth[i]).length;
  const texture = trials.filter((i) => choice[i] === worn[i]).length;
  const n = trials.length;
  return {
    images: n,
    bias: wilson(shape, shape + texture),
    shape: wilson(shape, n),
    texture: wilson(texture, n),
  };
}
