/** From an entry of the zoo and what was found of its weights to a model card. */
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { ModelCard } from "#format/model-card.ts";
import { ROOT } from "../config.ts";
import type { ZooEntry } from "./entry.ts";

export interface CardFacts {
  readonly id: string;
  /** Folder of the card. */
  readonly folder: string;
  readonly weights: Pick<ModelCard["weights"], "hub" | "revision" | "url" | "file" | "sha256">;
  /** Path of a label file, where it is not the entry's own. */
  readonly labels?: string;
  /** Where the weights come from, where it is not the entry's repository. */
  readonly source?: string;
}

/** A path as a card has it: relative to the card's folder, with slashes. */
export const relativeTo = (folder: string, path: string): string =>
  relative(folder, path).split(sep).join("/");

/** Path of the names of an entry's classes; undefined where it has none of its own. */
function labelsFileOf({ labels }: ZooEntry): string | undefined {
  const path = join(ROOT, "content/labels", `${labels}.txt`);
  return existsSync(path) ? path : undefined;
}

/** The text of the card, which `parseModelCard` still has to accept: ids come from the command line. */
export function cardText(entry: ZooEntry, { id, folder, weights, labels, source }: CardFacts): string {
  const labelsFile = labels ?? labelsFileOf(entry);
  const isOriginal = source === undefined;
  const { title, description, architecture, config, preprocessing, keyMap, license, published, citation } =
    entry;
  const card = {
    id,
    title: id === entry.id ? title : id,
    description: isOriginal ? description : `Weights of ${source}, in the architecture of ${title}.`,
    architecture,
    config,
    weights: { ...weights, ...(keyMap && { keyMap }) },
    preprocessing,
    labels: labelsFile === undefined ? [] : { file: relativeTo(folder, labelsFile) },
    license: isOriginal ? license : "LicenseRef-unknown",
    source: source ?? `https://huggingface.co/${entry.hub}`,
    ...(isOriginal && { citation, ...(published && { published }) }),
  };
  return `${JSON.stringify(card, null, 2)}\n`;
}
