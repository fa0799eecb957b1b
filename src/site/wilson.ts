/** How sure a share is that was counted on a sample. */

/** Two-sided 95 % of the standard normal distribution. */
const Z = 1.959964;

/**
 * Wilson's score interval of 95 %.
 *
 * Unlike the interval of the normal approximation it stays within 0–1 and is no point where all or none succeed.
 *
 * @param share of successes, 0–1
 * @param trials how many there were, at least 1
 * @see Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
 */
export function wilsonInterval(share: number, trials: number): readonly [low: number, high: number] {
  const spread = Z ** 2 / trials;
  const centre = share + spread / 2;
  const half = Math.sqrt(spread * (share * (1 - share) + spread / 4));
  return [Math.max(0, (centre - half) / (1 + spread)), Math.min(1, (centre + half) / (1 + spread))];
}
