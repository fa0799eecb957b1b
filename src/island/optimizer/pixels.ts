/** Pictures from what models make, planes of 0–1, to what screens and files hold, bytes of red, green and blue. */

/** 0–1 as a byte. */
export const byteOf = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 255);

/** [3, size, size] 0–1 → bytes for a canvas, opaque. */
export function rgbaOf(image: Float32Array, size: number): Uint8ClampedArray<ArrayBuffer> {
  const plane = size * size;
  const rgba = new Uint8ClampedArray(plane * 4);
  for (let p = 0; p < plane; p++) {
    for (let c = 0; c < 3; c++) rgba[4 * p + c] = byteOf(image[c * plane + p]!);
    rgba[4 * p + 3] = 255;
  }
  return rgba;
}
