/** What the experiments follow. */
import type { Reference } from "#format/experiment.ts";

export const ghiasi2022: Reference = {
  type: "article",
  key: "ghiasi2022vision",
  fields: {
    title: "What do Vision Transformers Learn? A Visual Exploration",
    author:
      "Ghiasi, Amin and Kazemi, Hamid and Borgnia, Eitan and Reich, Steven and Shu, Manli and Goldblum, Micah and Wilson, Andrew Gordon and Goldstein, Tom",
    journal: "arXiv preprint arXiv:2212.06727",
    year: "2022",
    url: "https://arxiv.org/abs/2212.06727",
  },
};
