/** Numbers and failures as readers see them. Not for markup: `escapeText` of src/charts makes text safe in it. */

/** `digits` decimals, with U+2212 as the minus sign. */
export function fixed(value: number, digits = 2): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** Three significant digits or so, for speeds: 0.42, 8.1, 120. */
export const speed = (value: number): string => value.toFixed(value < 1 ? 2 : value < 20 ? 1 : 0);

/** Decimal megabytes of bytes: "1.3". */
export const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** What went wrong, for readers: failures here carry `where: expected, got; next` as their message. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
