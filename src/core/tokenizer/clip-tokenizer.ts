/**
 * CLIP's byte-pair tokenizer: a text as the numbers that its text tower reads.
 *
 * The merges are data (`content/clip`, read by pipeline/clip). Differs from open_clip's: what ftfy mends (mojibake,
 * ligatures, full-width letters, curly quotes) stays as it is, and of HTML's named entities only those in
 * `entities.ts` are read.
 *
 * @see Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; Radford et al. 2021, section 2.4
 */
import { unescapeHtml } from "./entities.ts";
import { utf8 } from "./utf8.ts";

export interface ClipTokenizer {
  /** Tokens of a text, without those that begin and end it. */
  encode(text: string): number[];
  /**
   * Texts as the text tower is given them: begun, ended, and filled up with zeros. Of a text that is too long the
   * beginning is kept.
   *
   * @param context tokens a text; CLIP has 77
   */
  tokenize(texts: readonly string[], context: number): TokenizedTexts;
}

interface TokenizedTexts {
  /** [texts, context], row-major */
  readonly tokens: Int32Array;
  /** [texts]: place of the token that ends each; of a text that has the mark within it, the first, as in CLIP */
  readonly last: Int32Array;
}

const START = "<start_of_text>";
const END = "<end_of_text>";
/** Marks the last piece of a word. */
const WORD_END = "</w>";

/** What Python takes for white space; JavaScript's \s has not all of it. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]+`, "gu");
const WORDS = new RegExp(
  `${START}|${END}|'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^${SPACE}\\p{L}\\p{N}]+`,
  "giu",
);

/**
 * A tokenizer from its merges, best first: two pieces with a space between them a line.
 *
 * Pieces are written in characters that stand for bytes (`byteCharacters`).
 */
export function clipTokenizer(merges: string): ClipTokenizer {
  const characters = byteCharacters();
  const ranks = new Map<string, number>();
  const ids = new Map<string, number>();
  // Numbers are given in this order: bytes, bytes that end a word, merges, the two marks.
  const order = byteOrder().map((byte) => characters[byte]!);
  for (const piece of [...order, ...order.map((character) => character + WORD_END)]) ids.set(piece, ids.size);
  for (const merge of merges.trimEnd().split("\n")) {
    ranks.set(merge, ranks.size);
    ids.set(merge.replace(" ", ""), ids.size);
  }
  for (const mark of [START, END]) ids.set(mark, ids.size);
  const start = ids.get(START)!;
  const end = ids.get(END)!;

  const encode = (text: string): number[] =>
    (clean(text).match(WORDS) ?? []).flatMap((word) => {
      if (word === START || word === END) return ids.get(word)!;
      const bytes = Array.from(utf8(word), (byte) => characters[byte]!);
      bytes.push(bytes.pop()! + WORD_END);
      return merged(bytes, ranks).map((piece) => ids.get(piece)!);
    });

  return {
    encode,
    tokenize(texts, context) {
      const tokens = new Int32Array(texts.length * context);
      const last = new Int32Array(texts.length);
      texts.forEach((text, i) => {
        const row = [start, ...encode(text).slice(0, context - 2), end];
        tokens.set(row, i * context);
        last[i] = row.indexOf(end);
      });
      return { tokens, last };
    },
  };
}

/** Joins neighbours, always the pair of the best rank, everywhere it occurs, until no pair has one. */
function merged(pieces: readonly string[], ranks: ReadonlyMap<string, number>): readonly string[] {
  let word = pieces;
  for (;;) {
    const pairs = word.slice(1).map((right, i) => `${word[i]} ${right}`);
    const rankOf = (pair: string): number => ranks.get(pair) ?? Number.POSITIVE_INFINITY;
    const best = pairs.reduce((a, b) => (rankOf(b) < rankOf(a) ? b : a), pairs[0] ?? "");
    if (!ranks.has(best)) return word;
    const joined: string[] = [];
    for (let i = 0; i < word.length; i++) {
      const pair = pairs[i] === best;
      joined.push(pair ? `${word[i]}${word[i + 1]}` : word[i]!);
      if (pair) i++;
    }
    word = joined;
  }
}

/** As open_clip: entities twice over, white space to single spaces, lower case; and NFC, which is ftfy's last step. */
function clean(text: string): string {
  const read = unescapeHtml(unescapeHtml(text.normalize("NFC")));
  return read.replace(SPACES, " ").trim().toLowerCase();
}

/** Bytes in the order of their numbers: first those that are visible characters of Latin-1, then the others. */
function byteOrder(): number[] {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return [...bytes.filter(isVisible), ...bytes.filter((byte) => !isVisible(byte))];
}

const isVisible = (byte: number): boolean =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;

/** The character that stands for each byte: its own where that is visible, else one from 256 on. */
function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
}
