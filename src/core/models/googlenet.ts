/**
 * GoogLeNet (Inception v1) with torchvision's names, without the auxiliary heads, which only training has.
 *
 * An inception module has four branches, whose outputs lie one after the other: 1×1, 3×3, "5×5" and pooling. Taps are
 * the modules after their ReLUs, `inception4a.out` (lucid's and Microscope's mixed4a), and the convolutions before
 * them, `conv1.out` to `conv3.out` (conv2d0 to conv2d2).
 *
 * Differs from the paper, as torchvision does: batch norms, and 3×3 in the branch called 5×5.
 *
 * The main path is `network`.
 *
 * @see Szegedy et al. 2014, https://arxiv.org/abs/1409.4842
 */

import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, readConfig } from "../config.ts";
import { maxPool } from "../pooling.ts";
import { stops } from "../windows.ts";
import {
  type Convolution,
  convolutionSpecs,
  imageStep,
  pooledLinear,
  runEach,
  runRelu,
  tappedConvolution,
  tappedImageStep,
} from "./convolution-steps.ts";
import { type Context, type Network, type Step, sequential, type TappedStep } from "./sequence.ts";

/** The widths of an inception module, by torchvision's names of its arguments. */
const BRANCHES = ["ch1x1", "ch3x3red", "ch3x3", "ch5x5red", "ch5x5", "pool_proj"] as const;

type Widths = Readonly<Record<(typeof BRANCHES)[number], number>>;

export interface GooglenetConfig {
  readonly imageSize: number;
  /** Widths of the three convolutions before the modules. */
  readonly stem: readonly number[];
  /** Modules between poolings: [2, 5, 2]. */
  readonly groups: readonly number[];
  readonly modules: readonly Widths[];
  /**
   * Whether images normalised with ImageNet's mean and deviation are brought to mean and deviation 0.5, which the
   * weights of torchvision want: its `transform_input`.
   */
  readonly transformInput: boolean;
  readonly numClasses: number;
}

/** torchvision's BasicConv2d. */
const EPSILON = 1e-3;

const POOL = { window: 3, stride: 2, padding: 0, ceil: true };
const LAST_POOL = { window: 2, stride: 2, padding: 0, ceil: true };
const BRANCH_POOL = { window: 3, stride: 1, padding: 1, ceil: true };

/** torchvision's GoogLeNet._transform_input */
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

const KEYS = ["imageSize", "stem", "groups", ...BRANCHES, "transformInput", "numClasses"];

function parse(config: unknown): GooglenetConfig {
  const read = readConfig("googlenet", config, KEYS);
  const groups = read.counts("groups");
  const count = groups.reduce((a, b) => a + b);
  const lists = BRANCHES.map((branch) => {
    const widths = read.counts(branch);
    if (widths.length !== count)
      throw new ConfigError(
        `googlenet: expected "${branch}" to have ${count} numbers, one for each module of groups, got ${widths.length}`,
      );
    return widths;
  });
  const stem = read.counts("stem");
  if (stem.length !== 3)
    throw new ConfigError(`googlenet: expected "stem" to be three widths, got ${stem.length}`);
  return {
    imageSize: read.count("imageSize"),
    stem,
    groups,
    modules: Array.from({ length: count }, (_, module) => {
      const widths = BRANCHES.map((branch, i) => [branch, lists[i]![module]!] as const);
      return Object.fromEntries(widths) as Widths;
    }),
    transformInput: read.flag("transformInput", false),
    numClasses: read.count("numClasses"),
  };
}

function network(c: GooglenetConfig): Network<Tensor4D> {
  const [first, second, third] = c.stem as [number, number, number];
  const steps: (Step<Tensor4D> | TappedStep<Tensor4D>)[] = [];
  let inputs = 3;
  let size = c.imageSize;
  const tapped = (step: TappedStep<Tensor4D>): void => {
    steps.push(step);
    inputs = step.tap.units;
    [size] = step.tap.grid;
  };
  const pooled = (travel: typeof POOL): void => {
    steps.push(imageStep([], (x) => maxPool(x, travel)));
    size = stops(size, travel);
  };

  tapped(stemConvolution({ ...convolution("conv1", inputs, first, 7), stride: 2 }, size));
  pooled(POOL);
  tapped(stemConvolution(convolution("conv2", inputs, second, 1), size));
  tapped(stemConvolution(convolution("conv3", inputs, third, 3), size));
  let module = 0;
  c.groups.forEach((count, group) => {
    // torchvision's maxpool2 and maxpool3, and before the last group maxpool4.
    pooled(group > 0 && group === c.groups.length - 1 ? LAST_POOL : POOL);
    for (let i = 0; i < count; i++, module++) {
      const place = `${group + 3}${String.fromCharCode(97 + i)}`;
      tapped(inception(place, inputs, c.modules[module]!, size));
    }
  });
  const stem = imageStep([], c.transformInput ? centred : (images) => images);
  return { stem, steps, head: pooledLinear("fc", inputs, c.numClasses) };
}

/** Normalised by ImageNet's statistics → by 0.5 and 0.5; [B, 3, H, W] → same shape. */
function centred(images: Tensor4D): Tensor4D {
  const perChannel = (values: number[]): Tensor4D => tf.tensor4d(values, [1, 3, 1, 1]);
  const scale = perChannel(STD.map((std) => std / 0.5));
  return tf.add(tf.mul(images, scale), perChannel(MEAN.map((mean) => (mean - 0.5) / 0.5)));
}

/** torchvision's BasicConv2d. */
function convolution(name: string, inputs: number, outputs: number, window: number): Convolution {
  const norm = { name: `${name}.bn`, epsilon: EPSILON };
  return { name: `${name}.conv`, norm, inputs, outputs, window, stride: 1, padding: (window - 1) / 2 };
}

function stemConvolution(layer: Convolution, size: number): TappedStep<Tensor4D> {
  const name = layer.name.replace(".conv", "");
  return tappedConvolution(layer, { name: `${name}.out`, label: `Convolution ${name.slice(-1)}` }, size);
}

/** What a branch does to the module's input, and the convolution that makes its part of the output. */
interface Branch {
  readonly layers: readonly Convolution[];
  before(x: Tensor4D, context: Context): Tensor4D;
  readonly last: Convolution;
}

function branchesOf(name: string, inputs: number, widths: Widths): readonly Branch[] {
  const reduced = (branch: string, narrow: number, outputs: number): Branch => {
    const reduce = convolution(`${name}.${branch}.0`, inputs, narrow, 1);
    const last = convolution(`${name}.${branch}.1`, narrow, outputs, 3);
    return { layers: [reduce, last], before: (x, context) => runRelu(x, reduce, context), last };
  };
  const plain = convolution(`${name}.branch1`, inputs, widths.ch1x1, 1);
  const projection = convolution(`${name}.branch4.1`, inputs, widths.pool_proj, 1);
  return [
    { layers: [plain], before: (x) => x, last: plain },
    reduced("branch2", widths.ch3x3red, widths.ch3x3),
    reduced("branch3", widths.ch5x5red, widths.ch5x5),
    { layers: [projection], before: (x) => maxPool(x, BRANCH_POOL), last: projection },
  ];
}

/** [B, I, H, W] → [B, sum of the branches' widths, H, W] */
function inception(place: string, inputs: number, widths: Widths, size: number): TappedStep<Tensor4D> {
  const name = `inception${place}`;
  const branches = branchesOf(name, inputs, widths);
  return tappedImageStep({
    name: `${name}.out`,
    label: `Inception ${place}`,
    units: branches.reduce((sum, { last }) => sum + last.outputs, 0),
    size,
    parameters: branches.flatMap(({ layers }) => layers.flatMap(convolutionSpecs)),
    activate: (x, context) =>
      tf.concat(
        branches.map(({ before, last }) => runRelu(before(x, context), last, context)),
        1,
      ),
    choose(x, context, unit): Tensor3D {
      let first = 0;
      // A branch is 0 for the units of the others.
      const parts = branches.map(({ before, last }) => {
        const part = runEach(before(x, context), last, context, unit, first);
        first += last.outputs;
        return part;
      });
      return tf.relu(parts.reduce((a, b) => tf.add(a, b)));
    },
  });
}

export const googlenet = sequential("googlenet", parse, network);
