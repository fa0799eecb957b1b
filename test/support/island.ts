/**
 * The island's worker in a browser: bundled as the site bundles it, with a page that does nothing but ask it, and with
 * the committed models beside it as a site publishes them.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { build } from "vite";
import type { ModelConfig } from "#core/models/index.ts";
import type { ModelCard } from "#format/model-card.ts";
import type { ModelWeights } from "#format/model-weights.ts";
import { objectPath } from "#format/object.ts";
import type { Answer, Frame, Question } from "#island/protocol.ts";
import { tfjsSlim } from "#island/tfjs-slim.ts";
import { weightChunks } from "#pipeline/publish/weight-chunks.ts";
import type { Weights } from "#pipeline/run/index.ts";
import { loadWeights, readCard } from "#pipeline/weights/load.ts";
import type { Harness } from "./island-harness/main.ts";

const HARNESS = fileURLToPath(new URL("./island-harness/", import.meta.url));
const MODELS = fileURLToPath(new URL("../../content/models/", import.meta.url));

/** Bundles the harness page and the worker into a folder. */
export async function buildHarness(folder: string): Promise<void> {
  await build({
    configFile: false,
    root: HARNESS,
    base: "./",
    logLevel: "error",
    plugins: [tfjsSlim()],
    worker: { format: "es", plugins: () => [tfjsSlim()] },
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      target: "es2023",
      modulePreload: false,
    },
  });
}

/** A committed model as the pipeline opens it. */
export async function openCommitted(model: string): Promise<Committed> {
  const { card, root } = await readCard(join(MODELS, `${model}.json`));
  const { weights, digest } = await loadWeights(card, root);
  const { size, mean, std } = card.preprocessing;
  const classes = card.labels as string[];
  const { architecture, config } = card;
  const numClasses = classes.length;
  return {
    card,
    weights,
    digest,
    classes,
    config: { architecture, config, imageSize: size, mean, std, numClasses },
  };
}

interface Committed {
  readonly card: ModelCard;
  readonly weights: Weights;
  readonly digest: string;
  readonly classes: string[];
  readonly config: ModelConfig;
}

/** Writes a committed model's chunks below a folder, as a site has them; gives the manifest. */
export async function writeChunks(folder: string, model: string): Promise<ModelWeights> {
  const { card, weights, digest, classes, config } = await openCommitted(model);
  const { size, resize, interpolation } = card.preprocessing;
  const { chunks, taps, rounding, bytes } = weightChunks(config, weights);
  for (const [i, { object }] of chunks.entries()) {
    const path = join(folder, objectPath(object));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes[i]!);
  }
  return {
    format: 1,
    model,
    config: { ...config, mean: [...config.mean], std: [...config.std] },
    preprocessing: { size, resize, interpolation },
    weights: digest,
    rounding,
    classes,
    chunks,
    taps,
  };
}

/** An image as it passes between page and test. */
export interface PlainFrame extends Omit<Frame, "image"> {
  readonly image: number[];
}

/** Asks the worker of a harness page. */
export const ask = (page: Page, question: Question): Promise<Answer> =>
  page.evaluate((asked) => (globalThis as unknown as { harness: Harness }).harness.ask(asked), question);

/** All that has come unasked; images are plain arrays. */
export async function unasked(page: Page): Promise<{ frames: PlainFrame[]; recovered: Answer[] }> {
  const told = await page.evaluate(() =>
    (globalThis as unknown as { harness: Harness }).harness.unasked.map((answer) =>
      answer.say === "frame"
        ? { ...answer, frame: { ...answer.frame, image: [...answer.frame.image] } }
        : answer,
    ),
  );
  return {
    frames: told.flatMap((answer) => (answer.say === "frame" ? [answer.frame as PlainFrame] : [])),
    recovered: told.filter((answer) => answer.say === "recovered") as Answer[],
  };
}
