/**
 * Whether a checkpoint is what an entry of the zoo says, and which entry it would fit. Names and shapes alone are
 * compared: numbers are not looked at.
 */
import { ConfigError } from "#core/config.ts";
import { type ModelConfig, openModel } from "#core/models/index.ts";
import { checkParams, type ParamSpec } from "#core/params.ts";
import { ShapeError } from "#core/shape.ts";
import { AtlasFailure } from "../failure.ts";
import { list } from "../suggest.ts";
import { namedTensors } from "../weights/load.ts";
import type { WeightsFile } from "../weights/read.ts";
import type { ZooEntry } from "./entry.ts";
import { zoo } from "./index.ts";

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Classes of a set of labels; a model whose classes are texts has none until it is given texts. */
const CLASSES: Readonly<Record<ZooEntry["labels"], number>> = {
  "imagenet-1k": 1000,
  "imagenet-22k": 21_841,
  none: 0,
  clip: 0,
};

export const classesOf = ({ labels }: ZooEntry): number => CLASSES[labels];

export function modelConfigOf(entry: ZooEntry, numClasses = classesOf(entry)): ModelConfig {
  const { architecture, config, preprocessing } = entry;
  const { size, mean, std } = preprocessing;
  return { architecture, config, imageSize: size, mean, std, numClasses };
}

export const parametersOf = (entry: ZooEntry, classes = classesOf(entry)): readonly ParamSpec[] =>
  openModel(modelConfigOf(entry, classes)).parameters;

/**
 * Checks a checkpoint against an entry.
 *
 * @param source what the user named it by, for the next step
 * @param classes labels that there are
 * @throws AtlasFailure weights-mismatch: a head of other classes, another variant by name, or all tensors that are
 *   missing, mis-shaped or unused
 */
export function checkFit(entry: ZooEntry, file: WeightsFile, classes: number, source: string): void {
  const shapes = shapesOf(entry, file);
  const problem = problemOf(entry, shapes, classes);
  if (problem === undefined) return;
  const found = headOf(entry, shapes);
  if (found !== undefined && problemOf(entry, shapes, found) === undefined) {
    throw new AtlasFailure(
      "weights-mismatch",
      source,
      `a head of ${classes} classes, as there are labels`,
      `one of ${found}`,
      `give the names of the ${found} classes: --labels FILE, one a line, in the order of the head`,
    );
  }
  const others = entriesThatFit(file).filter(({ entry: other }) => other !== entry);
  const ids = others.map(({ entry: { id } }) => id);
  throw new AtlasFailure(
    "weights-mismatch",
    source,
    `the parameters of ${entry.id}`,
    ids.length > 0 ? `those of ${list(ids)}` : problem,
    ids.length > 0
      ? `npm run atlas -- add ${source} --as ${ids[0]}`
      : "is it another variant, or does its key map lack a rule? pipeline/zoo has the known ones",
  );
}

/** Entries whose parameters a checkpoint has, and the number of classes that its head has then. */
export function entriesThatFit(file: WeightsFile): { entry: ZooEntry; classes: number }[] {
  return zoo.flatMap((entry) => {
    const shapes = shapesOf(entry, file);
    const classes = headOf(entry, shapes) ?? classesOf(entry);
    return problemOf(entry, shapes, classes) === undefined ? [{ entry, classes }] : [];
  });
}

/** Shapes under the entry's names; none where its key map makes no sense of this file. */
function shapesOf(entry: ZooEntry, file: WeightsFile): Shapes {
  try {
    const tensors = namedTensors(entry.id, file, entry.keyMap);
    return Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  } catch (error) {
    if (error instanceof AtlasFailure) return {};
    throw error;
  }
}

/** What is wrong with shapes, a line a tensor; undefined where nothing is. */
function problemOf(entry: ZooEntry, shapes: Shapes, classes: number): string | undefined {
  try {
    checkParams(entry.id, parametersOf(entry, classes), shapes);
    return undefined;
  } catch (error) {
    if (error instanceof ShapeError || error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** How many classes the file's head has: read where the architecture's shapes change with their number. */
function headOf(entry: ZooEntry, shapes: Shapes): number | undefined {
  if (classesOf(entry) === 0) return undefined;
  const wider = new Map(parametersOf(entry, classesOf(entry) + 1).map(({ name, shape }) => [name, shape]));
  for (const { name, shape } of parametersOf(entry)) {
    const axis = shape.findIndex((extent, i) => wider.get(name)![i] !== extent);
    const extent = shapes[name]?.[axis];
    if (axis >= 0 && extent !== undefined && extent > 0) return extent;
  }
  return undefined;
}
