/**
 * SHA-256 for pages that were not fetched by https, where browsers keep `crypto.subtle` to themselves.
 *
 * Elsewhere the browser's own is used; see `chunks.ts`. Not for secrets: it makes no effort to take constant time.
 *
 * @see FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4
 */

/** The first 32 bits of the fractional part of a root of a prime. */
const fraction = (prime: number, root: number): number => Math.floor((prime ** (1 / root) % 1) * 2 ** 32) | 0;

const PRIMES = Array.from({ length: 312 }, (_, n) => n).filter(
  (n) => n > 1 && !Array.from({ length: n }, (_, d) => d).some((d) => d > 1 && n % d === 0),
);
const ROUNDS = Int32Array.from(PRIMES.slice(0, 64), (prime) => fraction(prime, 3));
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(prime, 2));

const BLOCK = 64;

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/** bytes → SHA-256 in lower-case hex */
export function sha256(bytes: Uint8Array): string {
  const state = INITIAL.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % BLOCK);
  for (let at = 0; at < whole; at += BLOCK) absorb(state, view, at);
  const rest = padded(bytes.subarray(whole), bytes.length);
  for (let at = 0; at < rest.byteLength; at += BLOCK) absorb(state, rest, at);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** The last bytes, a 1 bit, zeros, and the length in bits as 64-bit big-endian. */
function padded(rest: Uint8Array, length: number): DataView {
  const last = new Uint8Array(rest.length + 9 <= BLOCK ? BLOCK : 2 * BLOCK);
  last.set(rest);
  last[rest.length] = 0x80;
  const view = new DataView(last.buffer);
  view.setUint32(last.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(last.length - 4, length << 3);
  return view;
}

const words = new Int32Array(BLOCK);

function absorb(state: Int32Array, view: DataView, at: number): void {
  for (let t = 0; t < 16; t++) words[t] = view.getInt32(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const [x, y] = [words[t - 15]!, words[t - 2]!];
    const small0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const small1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    words[t] = words[t - 16]! + small0 + words[t - 7]! + small1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let t = 0; t < 64; t++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + big1 + ((e & f) ^ (~e & g)) + ROUNDS[t]! + words[t]!) | 0;
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => {
    state[i] = state[i]! + value;
  });
}
