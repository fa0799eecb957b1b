/**
 * `add`: a published model, or a file, becomes a model card, and its weights are on this machine.
 *
 * The main path from a name to a card. What a name means is `hub/source.ts`; whether weights fit, `zoo/fit.ts`.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseLabelList } from "#format/labels.ts";
import { parseModelCard } from "#format/model-card.ts";
import { AtlasFailure } from "../failure.ts";
import type { Connection } from "../hub/connection.ts";
import { fetchFromAddress } from "../hub/index.ts";
import { fetchCheckpoint, obtainWeights } from "../hub/obtain.ts";
import { parseSource, type Source } from "../hub/source.ts";
import { describeModel } from "../models.ts";
import type { Output } from "../output.ts";
import { list } from "../suggest.ts";
import { asFailure } from "../weights/as-failure.ts";
import { loadWeights, openWeights, readCard } from "../weights/load.ts";
import type { WeightsFile } from "../weights/read.ts";
import { type CardFacts, cardText, relativeTo } from "../zoo/card.ts";
import type { ZooEntry } from "../zoo/entry.ts";
import { checkFit, classesOf, entriesThatFit } from "../zoo/fit.ts";
import { entryOf } from "../zoo/index.ts";

export interface AddOptions {
  /** A tag, repository, address or path. */
  readonly source: string;
  /** The entry of the zoo that it is, where its name does not say. */
  readonly as?: string;
  /** Of the card; the entry's own where absent. */
  readonly id?: string;
  /** Path of a label file, where the head tells other classes apart than the entry's. */
  readonly labels?: string;
  /** Folder of the card. */
  readonly folder: string;
}

/** Weights on this machine, and how a card names them. */
interface Found {
  readonly path: string;
  readonly weights: CardFacts["weights"];
  readonly entry: ZooEntry | undefined;
  /** For the card; undefined for the entry's own repository. */
  readonly source: string | undefined;
}

/** @throws AtlasFailure of every kind that a hub, a disk or a checkpoint can be wrong in */
export async function add(options: AddOptions, connection: Connection, output: Output): Promise<void> {
  const known = join(options.folder, `${options.id ?? options.source}.json`);
  if (/^[a-z0-9][\w.-]*$/.test(options.source) && existsSync(known))
    return refresh(known, connection, output);
  const source = parseSource(options.source, connection.settings);
  const found = await fetchSource(source, options.folder, connection);
  const file = await openWeights(found.path);
  const entry = chooseEntry(options, found, file);
  const labels = options.labels === undefined ? undefined : resolve(options.labels);
  const classes = await countLabels(entry, labels);
  checkFit(entry, file, classes, options.source);

  const id = options.id ?? (found.source === undefined ? entry.id : idOf(found));
  const path = join(options.folder, `${id}.json`);
  const text = cardText(entry, {
    ...{ id, folder: options.folder, weights: { ...found.weights, sha256: file.digest } },
    ...(labels !== undefined && { labels }),
    ...(found.source !== undefined && { source: found.source }),
  });
  await refuseTaken(path, found);
  await writeCard(path, text);
  await say(path, "added", output);
}

/** A card that is there keeps its commit: only what it names is brought to this machine. */
async function refresh(path: string, connection: Connection, output: Output): Promise<void> {
  const { card, root } = await describeModel(path);
  await obtainWeights(connection, card);
  await loadWeights(card, root);
  await say(path, "there already", output);
}

async function say(path: string, what: string, output: Output): Promise<void> {
  const { card, model, taps } = await describeModel(path);
  const neurons = taps.reduce((sum, { units }) => sum + units, 0);
  output.show(
    {
      type: "added",
      id: card.id,
      card: path,
      taps: taps.length,
      neurons,
      parameters: model.parameters.length,
    },
    `${card.id}: ${what}, ${taps.length} layers with ${neurons} neurons; name "${card.id}" in \`models\` of content/atlas.config.ts, or of a configuration of its own`,
  );
}

async function fetchSource(source: Source, folder: string, connection: Connection): Promise<Found> {
  if (source.kind === "hub") {
    const { repo, file } = source.file;
    const { path, commit } = await fetchCheckpoint(connection, source.file);
    const isOwn = source.entry?.hub === repo;
    const page = isOwn ? undefined : `https://huggingface.co/${repo}`;
    return { path, weights: { hub: repo, revision: commit, file }, entry: source.entry, source: page };
  }
  if (source.kind === "address") {
    const { path } = await fetchFromAddress(connection, source.address);
    const url = new URL(".", source.address).href;
    return { path, weights: { url, file: basename(path) }, entry: undefined, source: source.address };
  }
  const file = relativeTo(folder, source.path);
  return { path: source.path, weights: { file }, entry: undefined, source: basename(source.path) };
}

/** The entry that the user or the name says, or else the only one whose parameters these are. */
function chooseEntry({ as, source }: AddOptions, { entry }: Found, file: WeightsFile): ZooEntry {
  if (as !== undefined) return entryOf(as);
  if (entry) return entry;
  const fitting = entriesThatFit(file).map((fit) => fit.entry);
  if (fitting.length === 1) return fitting[0]!;
  const ids = fitting.map(({ id }) => id);
  throw new AtlasFailure(
    "weights-mismatch",
    source,
    "a checkpoint that says what it is",
    ids.length > 0 ? `one that may be ${list(ids)}` : "one whose parameters no model of the zoo has",
    ids.length > 0
      ? `say which: --as ${ids[0]}`
      : "write its card by hand: content/docs/your-own-model.md; where it is a variant of a known model, --as NAME says what differs",
  );
}

/** How many classes there are names for. */
async function countLabels(entry: ZooEntry, path: string | undefined): Promise<number> {
  if (path === undefined) return classesOf(entry);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new AtlasFailure("config-invalid", path, "a label file", error.code ?? "none", "correct --labels");
  });
  try {
    return parseLabelList(text, path).length;
  } catch (error) {
    throw asFailure(error, "config-invalid");
  }
}

/** An id from the name of a file or repository. */
function idOf({ path, weights }: Found): string {
  const name =
    weights.hub?.split("/").at(-1) ?? basename(path).replace(/(\.index)?\.(safetensors|json)$/, "");
  const usual = /^model(\.safetensors)?$/.test(name) ? basename(dirname(path)) : name;
  return (
    usual
      .toLowerCase()
      .replace(/[^a-z0-9_.-]+/g, "_")
      .replace(/^[^a-z0-9]+/, "") || "model"
  );
}

/** A card of other weights is not written over. */
async function refuseTaken(path: string, { weights }: Found): Promise<void> {
  if (!existsSync(path)) return;
  const { card } = await readCard(path);
  const { hub, url, file } = card.weights;
  if (hub === weights.hub && url === weights.url && file === weights.file) return;
  throw new AtlasFailure(
    "usage",
    path,
    "an id that is free",
    `the card of ${hub ?? url ?? file}`,
    "choose another one: --id ID",
  );
}

/** @throws AtlasFailure usage where the text is no card, which an id can do */
async function writeCard(path: string, text: string): Promise<void> {
  try {
    parseModelCard(text, path);
  } catch (error) {
    throw asFailure(error, "usage");
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, text);
  await rename(`${path}.${process.pid}`, path);
}
