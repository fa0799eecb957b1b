/** Where the right class stands among a model's answers. */

/** How many classes of row `b` of logits [B, classes] are likelier than the right one; −1 where that is unknown. */
export function rankOf(logits: Float32Array, b: number, classes: number, truth: number): number {
  if (truth < 0) return -1;
  const right = logits[b * classes + truth]!;
  let rank = 0;
  for (let c = 0; c < classes; c++) {
    const other = logits[b * classes + c]!;
    if (other > right || (other === right && c < truth)) rank++;
  }
  return rank;
}
