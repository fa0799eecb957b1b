/**
 * Gaussian filters in Fourier space: frequency f, in cycles per image, passes by exp(−f² / 2σ²), and σ is the cut-off.
 *
 * The Gaussian of a sum is a product, so the filter of an image is one circulant matrix applied to its rows and to its
 * columns, exactly what a discrete Fourier transform would give and for any side. Borders wrap around, as there.
 */

/**
 * The low-pass filter along one axis.
 *
 * @param side pixels
 * @param cutoff σ, cycles per image
 * @returns [side]: the response to a unit impulse at 0; it sums to 1
 */
export function gaussianResponse(side: number, cutoff: number): Float64Array {
  const response = new Float64Array(side);
  for (let x = 0; x < side; x++) {
    for (let k = 0; k < side; k++) {
      const frequency = Math.min(k, side - k);
      const gain = Math.exp(-(frequency ** 2) / (2 * cutoff ** 2));
      response[x]! += (gain * Math.cos((2 * Math.PI * k * x) / side)) / side;
    }
  }
  return response;
}

/** Weights below this move no pixel by a thousandth of a grey level; leaving them out saves most of the work. */
const NEGLIGIBLE = 1e-7;

/**
 * Filters each plane of a picture.
 *
 *   picture  [channels, side, side], only read
 *   response [side], of `gaussianResponse`
 *   → [channels, side, side], new; not clipped
 */
export function lowPass(picture: Float32Array, side: number, response: Float64Array): Float32Array {
  const rows = new Float32Array(picture.length);
  const both = new Float32Array(picture.length);
  along(picture, rows, side, 1, side, response);
  along(rows, both, side, side, 1, response);
  return both;
}

/**
 * Convolves along the axis of stride `step`, for every line of the axis of stride `across` and every plane.
 *
 * The response is even, so pixels at equal distances on both sides share a product.
 */
function along(
  from: Float32Array,
  to: Float32Array,
  side: number,
  step: number,
  across: number,
  response: Float64Array,
): void {
  const half = Math.floor((side - 1) / 2);
  let reach = half;
  while (reach > 0 && Math.abs(response[reach]!) < NEGLIGIBLE) reach--;
  // An even side has one pixel that is equally far on both sides.
  const opposite = side % 2 === 0 && Math.abs(response[side / 2]!) >= NEGLIGIBLE ? response[side / 2]! : 0;
  // Three times the line, so that no index wraps.
  const line = new Float64Array(3 * side);
  for (let plane = 0; plane < from.length; plane += side * side) {
    for (let l = 0; l < side; l++) {
      const start = plane + l * across;
      for (let x = 0; x < side; x++) {
        const pixel = from[start + x * step]!;
        line[x] = pixel;
        line[x + side] = pixel;
        line[x + 2 * side] = pixel;
      }
      for (let x = side; x < 2 * side; x++) {
        let sum = response[0]! * line[x]!;
        for (let d = 1; d <= reach; d++) sum += response[d]! * (line[x - d]! + line[x + d]!);
        if (opposite !== 0) sum += opposite * line[x + side / 2]!;
        to[start + (x - side) * step] = sum;
      }
    }
  }
}
