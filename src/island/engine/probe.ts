/** One image seen by the whole network: its class scores, and what every neuron makes of every position. */
import { dispose, tensor } from "@tensorflow/tfjs-core";
import { forwardDefinition } from "#core/ascent.ts";
import { runEagerly } from "#core/definition.ts";
import { openModel } from "#core/models/open.ts";
import type { Answer, Probe } from "../protocol.ts";
import type { Workplace } from "./workplace.ts";

/** @throws ConfigError for an unknown tap, ShapeError for an image of another size, ReaderError */
export async function probe(place: Workplace, { image, taps }: Probe): Promise<Answer & { say: "probed" }> {
  const { config } = place.source.manifest;
  const names = taps ?? openModel(config).taps.map(({ name }) => name);
  const definition = forwardDefinition(config, names, 1);
  const params = await place.weights();
  const images = tensor(image, [1, 3, config.imageSize, config.imageSize]);
  const outputs = runEagerly(definition, { images }, params);
  const read = async (name: string): Promise<Float32Array> =>
    (await outputs[name]!.data<"float32">()).slice();
  try {
    const [logits, ...maps] = await Promise.all(["logits", ...names].map(read));
    const activations = Object.fromEntries(names.map((name, i) => [name, maps[i]!]));
    return { say: "probed", logits: logits!, activations };
  } finally {
    dispose(outputs);
    images.dispose();
  }
}
