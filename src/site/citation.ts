/** How a model and a neuron are cited: BibTeX. */

import type { AtlasData } from "#format/atlas-data.ts";
import type { Citation } from "#format/literature.ts";
import type { UnitData } from "#format/unit-data.ts";

/** An entry with a field a line, their values below each other. */
export function bibtexEntry({ type, key, fields }: Citation): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  const lines = Object.entries(fields).map(([name, value]) => `  ${name.padEnd(width)} = {${value}},`);
  return `@${type}{${key},\n${lines.join("\n")}\n}`;
}

/**
 * A BibTeX entry of one neuron's page.
 *
 * @param url absolute where the site's origin is known at build time, else the unit id, which the reader's
 *   browser replaces by the page's address
 */
export function bibtex(unit: UnitData, modelTitle: string, atlas: AtlasData, url: string): string {
  const key = `atlas-${unit.id.replaceAll(/[^\w]+/g, "-")}-${atlas.release}`;
  return bibtexEntry({
    type: "misc",
    key,
    fields: {
      title: `Neuron ${unit.index} of ${unit.label}, ${modelTitle}`,
      howpublished: atlas.title,
      note: `Unit \\texttt{${unit.id.replaceAll("_", "\\_")}}`,
      version: atlas.release,
      year: atlas.built.slice(0, 4),
      url,
    },
  });
}
