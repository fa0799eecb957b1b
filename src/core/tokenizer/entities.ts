/**
 * HTML's character references, read as HTML 5 and Python's `html.unescape` read them.
 *
 * Of the 2,231 named ones those of Latin-1, of punctuation and a few signs: captions have no others, and the whole list
 * would be larger than the tokenizer. Unknown names stay as they are.
 *
 * @see https://html.spec.whatwg.org/multipage/parsing.html#numeric-character-reference-end-state
 */

/** From U+00A0 on; these may stand without their semicolon. */
const LATIN_1 =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

const LEGACY: ReadonlyMap<string, string> = new Map([
  ...LATIN_1.split(" ").map((name, i) => [name, String.fromCharCode(160 + i)] as const),
  ...[
    ...([
      ["amp", "&"],
      ["lt", "<"],
      ["gt", ">"],
      ["quot", '"'],
    ] as const),
  ],
]);

const OTHERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ apos: "'", ndash: "–", mdash: "—", lsquo: "‘", rsquo: "’", sbquo: "‚", ldquo: "“", rdquo: "”" },
    ...{ bdquo: "„", dagger: "†", bull: "•", hellip: "…", prime: "′", lsaquo: "‹", rsaquo: "›", euro: "€" },
    ...{ trade: "™", larr: "←", uarr: "↑", rarr: "→", darr: "↓", minus: "−", infin: "∞", ne: "≠" },
    ...{ le: "≤", ge: "≥" },
  }),
);

const REFERENCE = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g;

export function unescapeHtml(text: string): string {
  return text.replace(REFERENCE, (whole, reference: string) =>
    reference.startsWith("#") ? numeric(reference.slice(1)) : (named(reference) ?? whole),
  );
}

/** "hellip;", "amp", and the longest name that "notit" begins with; undefined for an unknown one. */
function named(reference: string): string | undefined {
  const closed = reference.endsWith(";") ? reference.slice(0, -1) : undefined;
  const found = closed === undefined ? undefined : (OTHERS.get(closed) ?? LEGACY.get(closed));
  if (found !== undefined) return found;
  for (let length = reference.length; length > 1; length--) {
    const character = LEGACY.get(reference.slice(0, length));
    if (character !== undefined) return character + reference.slice(length);
  }
  return undefined;
}

/** What Windows-1252 has in 0x80–0x9f; HTML reads references to those as it. Itself where it has nothing. */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

function numeric(digits: string): string {
  const hexadecimal = /^[xX]/.test(digits);
  const point = Number.parseInt(hexadecimal ? digits.slice(1) : digits, hexadecimal ? 16 : 10);
  if (point >= 0x80 && point <= 0x9f) return WINDOWS_1252[point - 0x80]!;
  if (point === 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return "\ufffd";
  const control = point < 0x20 && ![0x9, 0xa, 0xc, 0xd].includes(point);
  const noCharacter = (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) === 0xfffe;
  return control || point === 0x7f || noCharacter ? "" : String.fromCodePoint(point);
}
