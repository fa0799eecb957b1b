/**
 * SqueezeNets with torchvision's names: 1.0 and 1.1.
 *
 * A fire module squeezes to few channels and expands them by 1×1 and by 3×3 filters, whose outputs lie one after the
 * other. Taps are the modules of `features` after their activation: the first convolution, `features.1.out`, and the
 * fire modules, `features.3.out` and on.
 *
 * The main path is `network`.
 *
 * @see Iandola et al. 2016, https://arxiv.org/abs/1602.07360
 */

import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import { maxPool } from "../pooling.ts";
import { stops } from "../windows.ts";
import {
  type Convolution,
  convolutionSpecs,
  imageStep,
  runEach,
  runRelu,
  tappedConvolution,
  tappedImageStep,
} from "./convolution-steps.ts";
import { type Context, type Network, type Step, sequential, type TappedStep } from "./sequence.ts";

export interface SqueezenetConfig {
  readonly imageSize: number;
  /** Width and window of the first convolution: 64 and 3 in version 1.1, 96 and 7 in 1.0. */
  readonly stem: number;
  readonly stemWindow: number;
  /** Fire modules between poolings: [2, 2, 4] in version 1.1. */
  readonly groups: readonly number[];
  /** Of each fire module: its narrow width, and the width of each half of its output. */
  readonly squeeze: readonly number[];
  readonly expand: readonly number[];
  readonly numClasses: number;
}

const POOL = { window: 3, stride: 2, padding: 0, ceil: true };

const KEYS = ["imageSize", "stem", "stemWindow", "groups", "squeeze", "expand", "numClasses"];

function parse(config: unknown): SqueezenetConfig {
  const read = readConfig("squeezenet", config, KEYS);
  const parsed: SqueezenetConfig = {
    imageSize: read.count("imageSize"),
    stem: read.count("stem"),
    stemWindow: read.count("stemWindow"),
    groups: read.counts("groups"),
    squeeze: read.counts("squeeze"),
    expand: read.counts("expand"),
    numClasses: read.count("numClasses"),
  };
  const modules = parsed.groups.reduce((a, b) => a + b);
  const { squeeze, expand } = parsed;
  if (squeeze.length !== modules || expand.length !== modules)
    throw new ConfigError(
      `squeezenet: expected squeeze and expand of ${modules} numbers, one for each module of groups, got ${squeeze.length} and ${expand.length}`,
    );
  return parsed;
}

function network(c: SqueezenetConfig): Network<Tensor4D> {
  const first = firstConvolution(c);
  const steps: (Step<Tensor4D> | TappedStep<Tensor4D>)[] = [first];
  let inputs = c.stem;
  let [size] = first.tap.grid;
  // Index in torchvision's `features`, where the first convolution, its ReLU, and every pooling count too.
  let index = 2;
  let module = 0;
  for (const count of c.groups) {
    steps.push(imageStep([], (x) => maxPool(x, POOL)));
    size = stops(size, POOL);
    index++;
    for (let i = 0; i < count; i++, index++, module++) {
      const [squeeze, expand] = [c.squeeze[module]!, c.expand[module]!];
      steps.push(fire({ index, inputs, squeeze, expand, size }));
      inputs = 2 * expand;
    }
  }
  return { stem: imageStep([], (images) => images), steps, head: classifier(inputs, c.numClasses) };
}

function convolution(name: string, inputs: number, outputs: number, window: number): Convolution {
  return { name, bias: true, inputs, outputs, window, stride: 1, padding: (window - 1) / 2 };
}

function firstConvolution(c: SqueezenetConfig): TappedStep<Tensor4D> {
  const layer = { ...convolution("features.0", 3, c.stem, c.stemWindow), stride: 2, padding: 0 };
  return tappedConvolution(layer, { name: "features.1.out", label: "First convolution" }, c.imageSize);
}

/** The numbers of a fire module. */
interface Fire {
  readonly index: number;
  readonly inputs: number;
  readonly squeeze: number;
  readonly expand: number;
  readonly size: number;
}

/** [B, I, H, W] → [B, 2·expand, H, W] */
function fire({ index, inputs, squeeze, expand, size }: Fire): TappedStep<Tensor4D> {
  const name = `features.${index}`;
  const narrow = convolution(`${name}.squeeze`, inputs, squeeze, 1);
  const halves = [
    convolution(`${name}.expand1x1`, squeeze, expand, 1),
    convolution(`${name}.expand3x3`, squeeze, expand, 3),
  ];
  return tappedImageStep({
    name: `${name}.out`,
    label: `Fire module ${index}`,
    units: 2 * expand,
    size,
    parameters: [narrow, ...halves].flatMap(convolutionSpecs),
    activate(x, context: Context) {
      const squeezed = runRelu(x, narrow, context);
      return tf.concat(
        halves.map((half) => runRelu(squeezed, half, context)),
        1,
      );
    },
    choose(x, context, unit): Tensor3D {
      const squeezed = runRelu(x, narrow, context);
      // A half is 0 for the units of the other.
      const parts = halves.map((half, i) => runEach(squeezed, half, context, unit, i * expand));
      return tf.relu(parts.reduce((a, b) => tf.add(a, b)));
    },
  });
}

/** A 1×1 convolution with ReLU, and its mean over positions. */
function classifier(inputs: number, classes: number): Step<Tensor4D, Tensor2D> {
  const layer = convolution("classifier.1", inputs, classes, 1);
  return {
    parameters: convolutionSpecs(layer),
    run: (x, context) => tf.mean(runRelu(x, layer, context), [2, 3]) as Tensor2D,
  };
}

export const squeezenet = sequential("squeezenet", parse, network);
