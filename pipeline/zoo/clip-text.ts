/** What the entries of CLIP's image towers share: their text towers, and whom to cite. */
import type { ZooEntry } from "./entry.ts";

/**
 * The text tower beside an image tower: in the same repository, in open_clip's file of the whole model.
 *
 * @param numbers width of its tokens (heads are 64 wide), and of the space it shares with images
 */
export const clipText = (
  hub: string,
  { width, embedding }: { readonly width: number; readonly embedding: number },
): NonNullable<ZooEntry["text"]> => ({
  hub,
  file: "open_clip_model.safetensors",
  config: { context: 77, vocabulary: 49_408, width, depth: 12, heads: width / 64, embedding },
});

export const clipCitation: ZooEntry["citation"] = {
  type: "inproceedings",
  key: "radford2021learning",
  fields: {
    title: "Learning Transferable Visual Models From Natural Language Supervision",
    author:
      "Radford, Alec and Kim, Jong Wook and Hallacy, Chris and Ramesh, Aditya and Goh, Gabriel and Agarwal, Sandhini and Sastry, Girish and Askell, Amanda and Mishkin, Pamela and Clark, Jack and Krueger, Gretchen and Sutskever, Ilya",
    booktitle: "International Conference on Machine Learning",
    year: "2021",
  },
};
