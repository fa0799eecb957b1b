/** The page of the docs that lists the zoo, and what each of its models was checked against. */
import type { ZooEntry } from "#pipeline/zoo/entry.ts";

export interface Checked {
  readonly reference: string;
  /** Largest relative errors of a run at full size, where one was made. */
  readonly forward?: number;
  readonly gradient?: number;
}

const HEAD = `---
title: The zoo
description: Every published checkpoint that the atlas knows by name, and how far it is from its reference.
---

\`npm run atlas -- add <name>\` downloads one and writes its card; checkpoints without an owner are timm's. Names, shapes and number of the parameters and the preprocessing of every model below are those of its reference, REFERENCE. Where errors are given, the whole model was run at full size with random weights through the traced programs in float32, and held against the reference in float64: the largest difference of logits and activations, and of the gradient of a neuron for the pixels, each relative to the largest value of its kind. The bound is 1e-4. The gradient of a network of ReLUs and maxima is not continuous: where two values tie, a change of 1e-6 in a pixel moves a late layer's gradient by percents in the reference itself; those models' bound is twice what the reference's own float32 is off. Of every family a model is among them, and small models of all families are compared in every run of the tests.

This page is written by \`ZOO=1 npm test -- test/core/zoo-variants.test.ts\`.
`;

/** Markdown, one table a family of architectures. */
export function zooPage(zoo: readonly ZooEntry[], checked: Readonly<Record<string, Checked>>): string {
  const references = [...new Set(Object.values(checked).map(({ reference }) => reference))];
  const head = HEAD.replace("REFERENCE", references.join(" and "));
  const families = [...new Set(zoo.map(({ architecture }) => architecture))];
  const tables = families.map((family) => {
    const rows = zoo.filter(({ architecture }) => architecture === family);
    return `## ${family}\n\n${table(rows.map((entry) => cells(entry, checked[entry.id]!)))}`;
  });
  return [head, ...tables].join("\n");
}

const COLUMNS = ["name", "checkpoint", "parameters", "image", "published top-1", "activations", "gradient"];

function cells(entry: ZooEntry, { forward, gradient }: Checked): string[] {
  const [published] = entry.published ?? [];
  return [
    `\`${entry.id}\``,
    `\`${entry.hub.replace(/^timm\//, "")}\``,
    `${(entry.parameters / 1e6).toFixed(2)} M`,
    `${entry.preprocessing.size} px`,
    published ? `${(published.top1 * 100).toFixed(2)} %` : "–",
    forward?.toExponential(1) ?? "–",
    gradient?.toExponential(1) ?? "–",
  ];
}

const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
const table = (rows: readonly string[][]): string =>
  `${[line(COLUMNS), line(COLUMNS.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
