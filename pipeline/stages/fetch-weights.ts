/**
 * Opens the weights of every model of the configuration, checked against its architecture.
 *
 * Weights that a card names on the hub and this machine lacks are downloaded. None is read here: names and shapes come
 * from the file's header, and the stage that runs a model maps or reads the values.
 */
import { join } from "node:path";
import { checkParams } from "#core/params.ts";
import type { Build } from "../build.ts";
import { openConnection } from "../hub/connection.ts";
import { obtainWeights } from "../hub/obtain.ts";
import { hubSettings } from "../hub/settings.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { checked, type DescribedModel, describeModels } from "../models.ts";
import type { Weights } from "../run/index.ts";
import { inFloat32 } from "../weights/float32.ts";
import { loadWeights } from "../weights/load.ts";

export interface OpenedModel extends Omit<DescribedModel, "path" | "root"> {
  /** Of the weights file. */
  readonly digest: string;
  /** All weights, opened anew. */
  weights(): Promise<Weights>;
}

/** @throws AtlasFailure model-unknown, tap-unknown, unit-out-of-range, config-invalid, weights-…, and the hub's */
export async function fetchWeights(build: Build): Promise<void> {
  const connection = openConnection(hubSettings(), build.signal, build.report);
  const models: OpenedModel[] = [];
  for (const described of await describeModels(build.config, build.selection)) {
    throwIfInterrupted(build.signal);
    await obtainWeights(connection, described.card);
    models.push(await openWeightsOf(described, join(build.store.root, "float32")));
  }
  build.found.models = models;
}

/**
 * Opens the weights of a model, which must be on this machine.
 *
 * @param copies folder for float32 copies of weights that cannot be mapped
 */
async function openWeightsOf(
  { path, root, ...described }: DescribedModel,
  copies: string,
): Promise<OpenedModel> {
  const { card, model } = described;
  const { weights, digest } = await loadWeights(card, root);
  const shapes = Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape]));
  checked(path, "weights-mismatch", () => checkParams(card.id, model.parameters, shapes));
  return { ...described, digest, weights: async () => inFloat32(await loadWeights(card, root), copies) };
}
