/** What every model family offers. A family is one file beside this one, and one line in `load.ts`. */
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { ParamSpec, Params } from "../params.ts";

/**
 * A named place where activations are read. In every family they are [B, P, units]: positions in row-major order
 * over the grid, without class or distillation tokens.
 */
export interface Tap {
  /** timm's module path: "blocks.3.mlp.act", "layer2.1.out". */
  readonly name: string;
  readonly kind: "mlp.act" | "conv";
  readonly units: number;
  /** Rows and columns of positions; their product is P. */
  readonly grid: readonly [rows: number, columns: number];
  /** Place in the order of computation, from 0. */
  readonly depth: number;
  /** For readers: "Block 4 · feed-forward". */
  readonly label: string;
}

export interface ForwardOptions {
  /** Names of the taps to give; none by default. */
  readonly taps?: readonly string[];
  /** True: batch norms use the batch's own statistics and report the new running ones. */
  readonly training?: boolean;
}

export interface ForwardResult {
  /** [B, classes], before softmax; of a model without classes its pooled features, [B, features]. */
  readonly logits: Tensor2D;
  /** By tap name, [B, P, units]. */
  readonly taps: Record<string, Tensor3D>;
  /** New running statistics by parameter name; present when training. */
  readonly statistics?: Record<string, Tensor>;
}

/**
 * A family of models as pure functions of images and weights.
 *
 * `images` here are float32 [B, 3, H, W], **already normalised**: definitions take pixels in 0–1 and normalise them
 * with the card's mean and std (`normalize` in models/open.ts), so that an ascent step can merge that with its
 * colour shift.
 */
export interface Architecture<C> {
  readonly name: string;
  /** @throws ConfigError, ShapeError */
  parse(config: unknown): C;
  parameters(config: C): readonly ParamSpec[];
  taps(config: C): readonly Tap[];
  /** The parameters that `feature` reads for a tap: what a page that takes one neuron further has to load. */
  featureParameters(config: C, tap: string): readonly ParamSpec[];
  forward(config: C, images: Tensor4D, params: Params, options: ForwardOptions): ForwardResult;
  /**
   * One chosen unit an image, stopping at the tapped layer and reading only the chosen rows of its weights.
   *
   *   images [B, 3, H, W]  normalised
   *   unit   [n] int32     n divides B; image b reads unit[⌊b·n/B⌋]
   *   → [B, P]
   */
  feature(config: C, images: Tensor4D, params: Params, tap: string, unit: Tensor1D): Tensor2D;
  /**
   * All units of a tap, stopping at the tapped layer; reads the parameters that `feature` reads.
   *
   *   images [B, 3, H, W]  normalised
   *   → [B, P, units]
   */
  activations(config: C, images: Tensor4D, params: Params, tap: string): Tensor3D;
}
