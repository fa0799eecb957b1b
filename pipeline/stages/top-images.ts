/**
 * One pass of every model over the image set, for all units of all taps at once.
 *
 * A job is a stretch of the set. Of each image it keeps, for every unit, the mean over positions (float32), and maps
 * only of the best images so far and of the images drawn for quantile examples. Memory is that of one batch and of
 * these lists, whatever the number of images; what is kept of all images lies on disk until `layer-statistics` has
 * read it.
 */
import { type Build, found } from "../build.ts";
import type { AtlasConfig } from "../config.ts";
import { AtlasFailure } from "../failure.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { compile, type Runner } from "../run/index.ts";
import { selectsModel } from "../selection.ts";
import { type Shape, summarise, writeGrid } from "../statistics/activations.ts";
import { rankOf } from "../statistics/rank.ts";
import { TopImages } from "../statistics/top-images.ts";
import { packArrays } from "../store/pack.ts";
import { type Outputs, openWorklist } from "../store/work.ts";
import type { OpenedModel } from "./fetch-weights.ts";
import {
  classMap,
  isMeasured,
  layerOutput,
  RANKS,
  STRETCH,
  type Stretch,
  sampleIn,
  stretchJobs,
} from "./image-jobs.ts";
import type { ImageIndex } from "./index-images.ts";
import { deviceOf, FORWARD_BATCH, type ModelPrograms } from "./trace-programs.ts";

export async function topImages(build: Build): Promise<void> {
  for (const opened of found(build, "models")) {
    if (!selectsModel(build.selection, opened) || (await isMeasured(build, opened))) continue;
    await passOver(build, opened);
  }
}

async function passOver(build: Build, opened: OpenedModel): Promise<void> {
  const { config, report, signal } = build;
  const { length } = found(build, "images");
  const programs = found(build, "programs").get(opened.card.id)!;
  const work = await openWorklist(build.store, stretchJobs(build, opened), signal);
  const fresh = work.done;
  let images = 0;
  const progress = () =>
    report({
      type: "progress",
      stage: "top-images",
      of: opened.card.id,
      done: Math.min(length, work.done * STRETCH + images),
      total: length,
      fresh: Math.min(length, fresh * STRETCH),
      unit: "images",
    });
  progress();

  let runner: Runner | undefined;
  try {
    for (let next = await work.claim(); next; next = await work.claim()) {
      runner ??= await openForward(opened, programs, config);
      const outputs = await runStretch(build, opened, runner, next.task, (seen) => {
        images = seen;
        progress();
      });
      images = 0;
      await work.finish(next, outputs);
      progress();
    }
  } finally {
    await runner?.dispose();
  }
}

async function openForward(
  opened: OpenedModel,
  { forward }: ModelPrograms,
  config: AtlasConfig,
): Promise<Runner> {
  return compile(forward.definition, await opened.weights(), {
    device: deviceOf(config),
    program: forward.program,
    apart: true,
    ...(config.threads > 0 && { threads: config.threads }),
  });
}

async function runStretch(
  build: Build,
  opened: OpenedModel,
  runner: Runner,
  stretch: Stretch,
  onProgress: (seen: number) => void,
): Promise<Outputs> {
  const index = found(build, "images");
  const keepers = opened.taps.map(
    (tap) => new LayerKeeper(tap.units, tap.grid, build.config, index, stretch),
  );
  const ranks = new Int32Array(stretch.end - stretch.first);
  const classes = classMap(opened, index.set.classes);
  const { preprocessing } = opened.card;
  // The last batch of a stretch is filled up with zeros: their results are not read.
  const read = async (indices: readonly number[]): Promise<Float32Array> => {
    const images = new Float32Array(FORWARD_BATCH * 3 * preprocessing.size ** 2);
    return index.set.read(indices, preprocessing, images);
  };

  for await (const { indices, images } of readAhead(batchesOf(stretch), read)) {
    throwIfInterrupted(build.signal);
    const outputs = await runner.run({ images });
    indices.forEach((image, b) => {
      const truth = classes[index.set.facts(image).classIndex ?? -1] ?? -1;
      ranks[image - stretch.first] = rankOf(outputs.logits as Float32Array, b, opened.labels.length, truth);
    });
    opened.taps.forEach((tap, t) => {
      const values = outputs[tap.name] as Float32Array;
      indices.forEach((image, b) => {
        if (!keepers[t]!.add(image, values, b)) throw notFinite(opened, tap.name, image);
      });
    });
    onProgress(indices.at(-1)! + 1 - stretch.first);
  }
  return {
    [RANKS]: packArrays({ ranks }),
    ...Object.fromEntries(opened.taps.map((tap, t) => [layerOutput(tap.name), keepers[t]!.pack()])),
  };
}

/** What is kept of one layer over one stretch. */
class LayerKeeper {
  readonly #shape: Shape;
  readonly #stretch: Stretch;
  readonly #top: TopImages;
  readonly #means: Float32Array;
  readonly #peak: Float32Array;
  readonly #positive: Float64Array;
  readonly #sample: readonly number[];
  readonly #samplePeaks: Float32Array;
  readonly #sampleMaps: Uint8Array;

  constructor(
    units: number,
    [rows, columns]: readonly [number, number],
    config: AtlasConfig,
    { length }: ImageIndex,
    stretch: Stretch,
  ) {
    this.#shape = { units, positions: rows * columns };
    this.#stretch = stretch;
    this.#top = new TopImages(this.#shape, config.examples.top);
    this.#means = new Float32Array((stretch.end - stretch.first) * units);
    this.#peak = new Float32Array(units);
    this.#positive = new Float64Array(units);
    this.#sample = sampleIn(length, stretch);
    this.#samplePeaks = new Float32Array(this.#sample.length * units);
    this.#sampleMaps = new Uint8Array(this.#sample.length * units * this.#shape.positions);
  }

  /** Image b of a batch, [B, positions, units]; false where an activation is not a finite number. */
  add(image: number, values: Float32Array, b: number): boolean {
    const { units, positions } = this.#shape;
    const activations = { values, offset: b * positions * units };
    const at = (image - this.#stretch.first) * units;
    summarise(activations, this.#shape, this.#means, at, this.#peak, this.#positive);
    for (let u = 0; u < units; u++) if (!Number.isFinite(this.#means[at + u])) return false;
    this.#top.add(image, this.#means, at, this.#peak, activations);

    const place = this.#sample.indexOf(image);
    if (place < 0) return true;
    this.#samplePeaks.set(this.#peak, place * units);
    for (let u = 0; u < units; u++) {
      writeGrid(
        activations,
        this.#shape,
        u,
        this.#peak[u]!,
        this.#sampleMaps,
        (place * units + u) * positions,
      );
    }
    return true;
  }

  pack(): Uint8Array {
    const { image, activation, peak, maps } = this.#top.lists;
    return packArrays({
      means: this.#means,
      positive: this.#positive,
      image,
      activation,
      peak,
      maps,
      samplePeaks: this.#samplePeaks,
      sampleMaps: this.#sampleMaps,
    });
  }
}

function notFinite({ card }: OpenedModel, tap: string, image: number): AtlasFailure {
  return new AtlasFailure(
    "weights-invalid",
    `${card.id}/${tap}`,
    "finite activations",
    `NaN or infinity on image ${image}`,
    "check the weights file and the card's preprocessing",
  );
}

/** Reads each batch of images while the model looks at the one before. */
async function* readAhead(
  batches: readonly (readonly number[])[],
  read: (indices: readonly number[]) => Promise<Float32Array>,
): AsyncGenerator<{ indices: readonly number[]; images: Float32Array }> {
  let next = read(batches[0]!);
  for (const [turn, indices] of batches.entries()) {
    const images = await next;
    const following = batches[turn + 1];
    if (following) next = read(following);
    // It is awaited in the next turn; if there is none, for an error elsewhere, its own error is of no interest.
    next.catch(() => {});
    yield { indices, images };
  }
}

/** The images of a stretch in batches; the last may be smaller. */
function batchesOf({ first, end }: Stretch): number[][] {
  const images = Array.from({ length: end - first }, (_, i) => first + i);
  return Array.from({ length: Math.ceil(images.length / FORWARD_BATCH) }, (_, b) =>
    images.slice(b * FORWARD_BATCH, (b + 1) * FORWARD_BATCH),
  );
}
