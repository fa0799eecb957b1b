/**
 * The mean of each value and its neighbours, the same number on either side: at the ends the window shrinks, so that
 * the curve begins and ends where the values do and is not drawn towards its middle.
 *
 * @param reach values on either side
 */
export function movingMean(values: readonly number[], reach: number): number[] {
  return values.map((_, at) => {
    const side = Math.min(reach, at, values.length - 1 - at);
    const near = values.slice(at - side, at + side + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}
