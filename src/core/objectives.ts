/** What an ascent climbs: one number a neuron from its activations. */
import { mean, mul, reshape, sum, type Tensor1D, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";

/**
 * The mean over positions of the unit's activation, averaged over the augmented copies.
 *
 *   activations [n·k, P]  copies of one neuron in a row
 *   → [n]
 *
 * The paper writes a sum over patches; the authors' code, and this, take the mean (class token excluded), so that
 * step sizes and coefficients do not depend on the image size.
 * @see Ghiasi et al. 2022, section 3, https://arxiv.org/abs/2212.06727; loss/image_net.py, ViTEnsFeatHook
 */
export function meanActivation(activations: Tensor2D, neurons: number): Tensor1D {
  return mean(reshape(activations, [neurons, -1]), 1);
}

/**
 * How far the activations go in a direction of the layer's space: `meanActivation` of a weighted sum of units.
 *
 *   activations [n·k, P, units]
 *   direction   [n, units]  one row a neuron; a row with a single 1 is that unit
 *   → [n]
 *
 * The mean is taken before the product: it is linear, and the product is then of a row and not of a map.
 */
export function meanAlong(activations: Tensor3D, direction: Tensor2D): Tensor1D {
  const [neurons, units] = direction.shape;
  const means = mean(reshape(activations, [neurons, -1, units]), 1);
  return sum(mul(means, direction), 1);
}
