/** Numbers as readers see them: fixed digits, real minus signs, units. Not for data files. */

const MINUS = "−";

/** `digits` decimals, with U+2212 as the minus sign: 0.5 → "0.50". */
export function fixed(value: number, digits = 2): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", MINUS);
}

/** Groups of three digits: 4096 → "4,096". */
export function count(value: number): string {
  return value.toLocaleString("en-GB");
}

/** A share of 1 in percent, with one decimal below 10 %: 0.0312 → "3.1 %", 0.41 → "41 %". */
export function percent(share: number, digits = Math.abs(share) < 0.0995 ? 1 : 0): string {
  return `${fixed(share * 100, digits)} %`;
}

const SIZES = ["B", "kB", "MB", "GB", "TB"];

/** Decimal units of bytes: 1 234 567 → "1.2 MB". */
export function bytes(value: number): string {
  const power = value < 1000 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${fixed(scaled, power > 0 && scaled < 99.5 ? 1 : 0)} ${SIZES[power]}`;
}

/** Large counts in words: 3 214 000 → "3.2 M". */
export function compact(value: number): string {
  if (value < 10_000) return count(value);
  if (value < 1e6) return `${fixed(value / 1e3, 0)} k`;
  return value < 1e9 ? `${fixed(value / 1e6, 1)} M` : `${fixed(value / 1e9, 1)} G`;
}

/** The first twelve digits of a digest, enough to tell objects of an atlas apart. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}

/** "1 image", "2 images". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A key of settings in words: "learningRate" → "learning rate". */
export function words(key: string): string {
  return key.replace(/[A-Z]+/g, (capitals) => ` ${capitals.toLowerCase()}`);
}

/** First letter large: "class η²" → "Class η²". */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A quantile's level, with a decimal only where it has one: 0.99 → "99 %", 0.999 → "99.9 %". */
export function quantile(level: number): string {
  return percent(level, Math.round(level * 1000) % 10 === 0 ? 0 : 1);
}
