/** Models made ready from their cards; which families there are is no concern of this file, see `load.ts`. */

import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError } from "../config.ts";
import type { ParamSpec, Params } from "../params.ts";
import type { ForwardOptions, ForwardResult, Tap } from "./architecture.ts";
import { familyNamed } from "./registry.ts";
import { findTap } from "./taps.ts";

type Channels = readonly [number, number, number];

/** What a model card says about the network; the rest of a card is no concern of the core. */
export interface ModelConfig {
  /** A name in `load.ts`. */
  readonly architecture: string;
  /** The family's own configuration, without image size and classes, which stand beside it. */
  readonly config: unknown;
  /** Height and width of its images, in pixels. */
  readonly imageSize: number;
  /** Of the training images' channels, in 0–1: pixels become (x − mean)/std. */
  readonly mean: Channels;
  readonly std: Channels;
  /** 0: a model without a head, as in timm; it gives features in place of logits. */
  readonly numClasses: number;
}

/** A model whose configuration has been checked: its functions, on normalised images. */
export interface Model {
  readonly config: ModelConfig;
  readonly parameters: readonly ParamSpec[];
  readonly taps: readonly Tap[];
  /** @throws ConfigError */
  tap(name: string): Tap;
  featureParameters(tap: string): readonly ParamSpec[];
  forward(images: Tensor4D, params: Params, options?: ForwardOptions): ForwardResult;
  feature(images: Tensor4D, params: Params, tap: string, unit: Tensor1D): Tensor2D;
  activations(images: Tensor4D, params: Params, tap: string): Tensor3D;
}

/**
 * Checks a model's configuration. Its family must be known: import `index.ts`, or load the one by `load.ts`.
 *
 * @throws ConfigError, ShapeError
 */
export function openModel(config: ModelConfig): Model {
  const family = familyNamed(config.architecture);
  const own = config.config;
  const { imageSize, numClasses } = config;
  const merged =
    typeof own === "object" && own !== null && !Array.isArray(own) ? { imageSize, numClasses, ...own } : own;
  const parsed = family.parse(merged);
  if (parsed.imageSize !== imageSize || parsed.numClasses !== numClasses)
    throw new ConfigError(
      `${config.architecture}: expected config and card to agree, got imageSize ${parsed.imageSize} and ${imageSize}, numClasses ${parsed.numClasses} and ${numClasses}`,
    );
  const taps = family.taps(parsed);
  return {
    config,
    parameters: family.parameters(parsed),
    taps,
    tap: (name) => findTap(config.architecture, taps, name),
    featureParameters: (tap) => family.featureParameters(parsed, tap),
    forward: (images, params, options = {}) => family.forward(parsed, images, params, options),
    feature: (images, params, tap, unit) => family.feature(parsed, images, params, tap, unit),
    activations: (images, params, tap) => family.activations(parsed, images, params, tap),
  };
}

/**
 * Pixels to what the network was trained on.
 *
 *   images [B, 3, H, W]  float32, 0–1
 *   → same shape; (x − mean)/std a channel
 */
export function normalize(config: Pick<ModelConfig, "mean" | "std">, images: Tensor4D): Tensor4D {
  const perChannel = (values: number[]): Tensor => tf.tensor(values, [1, 3, 1, 1]);
  const scale = perChannel(config.std.map((std) => 1 / std));
  const shift = perChannel(config.mean.map((mean, channel) => -mean / config.std[channel]!));
  return tf.add(tf.mul(images, scale), shift);
}
