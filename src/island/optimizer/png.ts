/**
 * Writes a picture as PNG with text in it: where it comes from travels with the file.
 *
 * By hand and not from a canvas, whose pixels some browsers change so that readers cannot be told apart by them, and
 * whose encoder takes no text. The browser's own deflate compresses.
 *
 * @see https://www.w3.org/TR/png-3/, sections 5, 11.2 and 11.3.3.4 (iTXt)
 */

import { byteOf } from "./pixels.ts";

/** Texts by keyword: 1 to 79 Latin-1 characters, without spaces at the ends. */
export type PngTexts = Readonly<Record<string, string>>;

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/**
 * Encodes a picture, lossless.
 *
 *   image [3, size, size] 0–1, rounded to bytes as the pipeline rounds
 *
 * @throws RangeError for a keyword that the format does not allow
 */
export async function encodePng(
  image: Float32Array,
  size: number,
  texts: PngTexts = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, size);
  header.setUint32(4, size);
  header.setUint8(8, 8); // bits of a channel
  header.setUint8(9, 2); // red, green, blue
  return joined([
    SIGNATURE,
    chunk("IHDR", new Uint8Array(header.buffer)),
    ...Object.entries(texts).map(([keyword, text]) => chunk("iTXt", internationalText(keyword, text))),
    chunk("IDAT", await deflate(scanlines(image, size))),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** Rows of red, green and blue, each after the byte that names its filter: 0, none. */
function scanlines(image: Float32Array, size: number): Uint8Array<ArrayBuffer> {
  const stride = 1 + 3 * size;
  const rows = new Uint8Array(stride * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 3; c++) {
        rows[y * stride + 1 + 3 * x + c] = byteOf(image[(c * size + y) * size + x]!);
      }
    }
  }
  return rows;
}

/** Keyword, uncompressed, no language, no translated keyword, text in UTF-8. */
function internationalText(keyword: string, text: string): Uint8Array<ArrayBuffer> {
  if (!/^[!-~\u00a1-\u00ff](?:[ -~\u00a1-\u00ff]{0,77}[!-~\u00a1-\u00ff])?$/.test(keyword)) {
    throw new RangeError(
      `png: expected a keyword of 1 to 79 Latin-1 characters, got "${keyword}"; shorten it`,
    );
  }
  const latin1 = Uint8Array.from(keyword, (character) => character.charCodeAt(0));
  return joined([latin1, new Uint8Array(5), new TextEncoder().encode(text.replaceAll("\0", ""))]);
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** CRC-32 of ISO 3309 as the specification's annex D computes it, bit by bit: text and a small picture need no table. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
