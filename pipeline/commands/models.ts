/**
 * `models`: what there is to look at. Without a word, a line for every model: those of the configuration, other cards,
 * and the zoo. With a model or a layer, its layers and how many neurons each has.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openModel, type Tap } from "#core/models/index.ts";
import type { ParamSpec } from "#core/params.ts";
import { size } from "#core/shape.ts";
import type { Surroundings } from "../build.ts";
import { CARDS, cardIds, type DescribedModel, describeModel, describeModels } from "../models.ts";
import { type Output, table } from "../output.ts";
import { checkSelection, everything, type Selection, selectsLayer } from "../selection.ts";
import { describeChecked, readChecked } from "../zoo/checked.ts";
import type { ZooEntry } from "../zoo/entry.ts";
import { modelConfigOf } from "../zoo/fit.ts";
import { zoo } from "../zoo/index.ts";

/** A model of the configuration ("atlas"), with another card in content/models, or only known to the zoo. */
interface Known {
  readonly state: "atlas" | "card" | "zoo";
  readonly id: string;
  readonly title: string;
  readonly architecture: string;
  readonly imageSize: number;
  /** Trainable ones. */
  readonly parameters: number;
  readonly taps: readonly Tap[];
  /** Where its implementation was compared with another one, and how far they are apart. */
  readonly checked: string;
}

/** @throws AtlasFailure model-unknown, tap-unknown, unit-out-of-range, config-invalid */
export async function models(
  { config, selection }: Pick<Surroundings, "config" | "selection">,
  output: Output,
): Promise<void> {
  const checked = await readChecked();
  const checkedOf = (id: string): string => (checked[id] ? describeChecked(checked[id]) : "");
  const own = (await describeModels(config, everything)).map((model) => ofCard("atlas", model, checkedOf));
  const isOwn = (id: string) => own.some((model) => model.id === id);
  const cards: Known[] = [];
  for (const id of await cardIds()) {
    if (!isOwn(id)) cards.push(ofCard("card", await describeModel(join(CARDS, `${id}.json`)), checkedOf));
  }
  const rest = zoo
    .filter(({ id }) => !isOwn(id) && !existsSync(join(CARDS, `${id}.json`)))
    .map((entry) => ofZoo(entry, checkedOf));
  const all = [...own, ...cards, ...rest];
  checkSelection(
    selection,
    all.map((model) => ({ card: model, taps: model.taps })),
  );
  const { models: ids, targets, taps } = selection;
  if (ids.length > 0 || targets.length > 0) showLayers(all, selection, output);
  else if (taps.length > 0) showLayers(own, selection, output);
  else showModels(all, output);
}

const trainable = (parameters: readonly ParamSpec[]): number =>
  parameters.filter((spec) => spec.trainable).reduce((sum, { shape }) => sum + size(shape), 0);

function ofCard(
  state: "atlas" | "card",
  { card, config, model, taps }: DescribedModel,
  checkedOf: (id: string) => string,
): Known {
  const { id, title, architecture, training } = card;
  return {
    ...{ state, id, title, architecture, imageSize: config.imageSize, taps },
    parameters: trainable(model.parameters),
    checked: training ? "trained here" : checkedOf(id),
  };
}

function ofZoo(entry: ZooEntry, checkedOf: (id: string) => string): Known {
  const { id, title, architecture } = entry;
  const config = modelConfigOf(entry);
  const { taps, parameters } = openModel(config);
  return {
    ...{ state: "zoo", id, title, architecture, imageSize: config.imageSize, taps },
    parameters: trainable(parameters),
    checked: checkedOf(id),
  };
}

const STATES = {
  atlas: "in the atlas",
  card: "has a card",
  zoo: "`add` downloads it",
} as const satisfies Record<Known["state"], string>;

/** A line a model. */
function showModels(all: readonly Known[], output: Output): void {
  const neurons = ({ taps }: Known) => taps.reduce((sum, { units }) => sum + units, 0);
  output.rows(
    all.map(({ taps, ...model }) => ({
      type: "model",
      ...model,
      taps: taps.length,
      neurons: neurons({ ...model, taps }),
    })),
    all.map((model) => [
      model.id,
      `${(model.parameters / 1e6).toFixed(2)} M parameters`,
      `${model.taps.length} layers`,
      `${neurons(model)} neurons`,
      `${model.imageSize} px`,
      STATES[model.state],
      model.checked || "not checked",
    ]),
  );
}

/** The layers of the models that are selected. */
function showLayers(all: readonly Known[], selection: Selection, output: Output): void {
  for (const { id, title, architecture, imageSize, taps } of all) {
    const selected = taps.filter(({ name }) => selectsLayer(selection, id, name));
    if (selected.length === 0) continue;
    const rows = selected.map(({ name, label, units, grid }) => [
      `  ${id}/${name}`,
      String(units),
      `neurons on ${grid.join("×")}`,
      label,
    ]);
    output.show(
      { id, title, architecture, imageSize, taps: selected },
      `${id}: ${title}, ${architecture}, ${imageSize} px\n${table(rows)}`,
    );
  }
}
