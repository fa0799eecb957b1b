/** What the experiments follow. */
import type { Citation } from "#format/literature.ts";

export const ghiasi2022: Citation = {
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

export const geirhos2019: Citation = {
  type: "inproceedings",
  key: "geirhos2019imagenet",
  fields: {
    title:
      "{ImageNet}-trained {CNNs} are biased towards texture; increasing shape bias improves accuracy and robustness",
    author:
      "Geirhos, Robert and Rubisch, Patricia and Michaelis, Claudio and Bethge, Matthias and Wichmann, Felix A. and Brendel, Wieland",
    booktitle: "International Conference on Learning Representations",
    year: "2019",
    url: "https://arxiv.org/abs/1811.12231",
  },
};

export const naseer2021: Citation = {
  type: "inproceedings",
  key: "naseer2021intriguing",
  fields: {
    title: "Intriguing Properties of Vision Transformers",
    author:
      "Naseer, Muzammal and Ranasinghe, Kanchana and Khan, Salman and Hayat, Munawar and Khan, Fahad Shahbaz and Yang, Ming-Hsuan",
    booktitle: "Advances in Neural Information Processing Systems",
    year: "2021",
    url: "https://arxiv.org/abs/2105.10497",
  },
};

export const park2022: Citation = {
  type: "inproceedings",
  key: "park2022how",
  fields: {
    title: "How Do Vision Transformers Work?",
    author: "Park, Namuk and Kim, Songkuk",
    booktitle: "International Conference on Learning Representations",
    year: "2022",
    url: "https://arxiv.org/abs/2202.06709",
  },
};
