/** Which steps of an ascent leave a point on its curve; browser and pipeline record the same ones. */

/** Points of a curve; more cannot be told apart on a page. */
const CURVE_POINTS = 80;

/** Whether a step, from 0, of so many is recorded: at even distances, and the last. */
export const isRecorded = (step: number, steps: number): boolean =>
  step % Math.ceil(steps / CURVE_POINTS) === 0 || step === steps - 1;
