/** The picture with the veil of one neuron's activation map, drawn on canvases. */

/** As the veil of the pages' examples (`src/site/activation-map.ts`). */
const INK = [12, 12, 20] as const;

/** pixels [size, size, 3] uint8 → the canvas of that size */
export function drawPicture(canvas: HTMLCanvasElement, data: Uint8Array): void {
  const { width, height } = canvas;
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) rgba[4 * p + c] = data[3 * p + c]!;
  }
  canvas.getContext("2d")!.putImageData(new ImageData(rgba, width, height), 0, 0);
}

/** map [rows × columns] → a canvas of one pixel a patch: clear at the highest patch, ink at 0 and below */
export function drawVeil(
  canvas: HTMLCanvasElement,
  map: Float32Array,
  [rows, columns]: readonly [number, number],
): void {
  canvas.width = columns;
  canvas.height = rows;
  const peak = Math.max(...map);
  const rgba = new Uint8ClampedArray(map.length * 4);
  map.forEach((value, p) => {
    const share = peak > 0 ? Math.max(0, value) / peak : 0;
    rgba.set([...INK, Math.round(255 * (1 - share))], 4 * p);
  });
  canvas.getContext("2d")!.putImageData(new ImageData(rgba, columns, rows), 0, 0);
}
