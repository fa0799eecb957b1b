/**
 * The safetensors format: header text to tensor entries, tensor bytes to float32, and back. Pure, no I/O.
 *
 * A file is 8 bytes (little-endian length of the header), the header (JSON), and the tensors' bytes without
 * gaps. A checkpoint comes from strangers, so everything the header claims is checked before anything is
 * allocated or read. Not for choosing or renaming tensors: see the pipeline's weights.
 *
 * @see https://huggingface.co/docs/safetensors
 */

import { bfloat16ToFloat32, FLOAT16_MAX, float16ToFloat32, toFloat16 } from "./float16.ts";
import { FormatError } from "./format-error.ts";

/** Bytes before the header: its length as an unsigned 64-bit integer. */
export const LENGTH_BYTES = 8;

/** The reference implementation's cap. The header of a 405-billion-parameter model is under 1 MB. */
const MAX_HEADER_BYTES = 100_000_000;

/** Caps the names and entries a hostile header can make us keep; the largest timm model has under 10,000. */
const MAX_TENSORS = 1_000_000;

/** Convolutions over video have 5 dimensions; more than this is a mistake. */
const MAX_RANK = 8;

/** Bytes an element takes, for every dtype of the format. */
const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

type Dtype = keyof typeof DTYPE_BYTES;

export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly begin: number;
  /** One past the last byte, counted from the start of the file. */
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes in the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

const DOWNLOAD_AGAIN = "download or export the file again";

/**
 * Reads and checks the length of the header.
 *
 *   prefix     first bytes of the file, 8 or fewer where the file is shorter
 *   fileBytes  size of the whole file
 *   → bytes of the header that follow the prefix
 *
 * @throws FormatError if the file cannot hold such a header or the length is beyond the cap
 */
export function headerLength(prefix: Uint8Array, fileBytes: number, file: string): number {
  if (prefix.length < LENGTH_BYTES) {
    throw new FormatError(
      file,
      `a safetensors file of at least ${LENGTH_BYTES} bytes`,
      `${fileBytes} bytes`,
      DOWNLOAD_AGAIN,
    );
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new FormatError(
      `${file}: header`,
      `a length of at most ${MAX_HEADER_BYTES} bytes`,
      `${length}`,
      "check that this is a safetensors file",
    );
  }
  if (Number(length) > fileBytes - LENGTH_BYTES) {
    throw new FormatError(
      `${file}: header`,
      `a length within the file's ${fileBytes} bytes`,
      `${length}`,
      `the file is truncated or not safetensors; ${DOWNLOAD_AGAIN}`,
    );
  }
  return Number(length);
}

/**
 * Parses and checks a header.
 *
 *   text         the header, decoded from UTF-8
 *   headerBytes  its length in bytes, as `headerLength` gave it
 *   fileBytes    size of the whole file
 *
 * @throws FormatError naming file, tensor, value and limit of the first thing that is wrong
 */
export function parseHeader(
  text: string,
  headerBytes: number,
  fileBytes: number,
  file: string,
): SafetensorsHeader {
  const json = parseObject(text, file);
  refuseDuplicateNames(text, file);
  const { __metadata__: metadata = {}, ...claims } = json;
  const names = Object.keys(claims);
  if (names.length > MAX_TENSORS) {
    throw new FormatError(
      `${file}: header`,
      `at most ${MAX_TENSORS} tensors`,
      `${names.length}`,
      "split the file",
    );
  }
  const dataStart = LENGTH_BYTES + headerBytes;
  const entries = names.map((name) => parseEntry(name, claims[name], dataStart, fileBytes, file));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  refuseOverlapsAndGaps(entries, dataStart, fileBytes, file);
  return {
    metadata: parseMetadata(metadata, file),
    tensors: new Map(entries.map((entry) => [entry.name, entry])),
  };
}

/**
 * Decodes one tensor.
 *
 *   bytes      exactly the tensor's bytes
 *   → float32  [product of the shape]; for F32 at an aligned offset a view of `bytes`, else a copy
 *
 * F16, BF16 and F32 are exact; F64 is rounded to the nearest float32, I64 (counters such as
 * `num_batches_tracked`) beyond 2²⁴.
 *
 * @throws FormatError for a dtype that has no faithful float32
 */
export function decodeTensor(bytes: Uint8Array, entry: TensorEntry, file: string): Float32Array {
  if (bytes.length !== entry.end - entry.begin) {
    throw new Error(
      `internal: ${entry.name} has ${entry.end - entry.begin} bytes, was handed ${bytes.length}`,
    );
  }
  const count = bytes.length / DTYPE_BYTES[entry.dtype];
  const { buffer, byteOffset } =
    bytes.byteOffset % DTYPE_BYTES[entry.dtype] === 0 ? bytes : Uint8Array.from(bytes);
  switch (entry.dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
    case "F16":
      return float16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case "F64":
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case "I64":
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    default:
      throw undecodable(entry, file);
  }
}

const DECODABLE: readonly Dtype[] = ["F32", "F16", "BF16", "F64", "I64"];

/** Whether `decodeTensor` takes this dtype. */
export function isDecodable(dtype: Dtype): boolean {
  return DECODABLE.includes(dtype);
}

/** Why a tensor has no float32: integers and 8-bit floats are codes whose meaning the file does not say. */
export function undecodable({ name, dtype }: TensorEntry, file: string): FormatError {
  return new FormatError(
    `${file}: "${name}"`,
    "dtype F32, F16, BF16, F64 or I64",
    dtype,
    "convert the tensor, or drop it in the model card's keyMap",
  );
}

/**
 * Encodes tensors as a safetensors file, names sorted, so that equal input gives equal bytes.
 *
 *   tensors    name → shape and float32 values
 *   dtype      F32 keeps the values; F16 rounds to nearest even
 *   metadata   strings kept in `__metadata__`
 *
 * @throws FormatError if a value does not fit the shape or overflows F16
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>,
  dtype: "F16" | "F32",
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = Object.keys(tensors).sort();
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const name of names) {
    const { shape, data } = tensors[name]!;
    const count = shape.reduce((a, b) => a * b, 1);
    if (count !== data.length) {
      throw new FormatError(
        `"${name}"`,
        `${count} values for shape [${shape}]`,
        `${data.length}`,
        "fix the shape",
      );
    }
    const end = offset + count * DTYPE_BYTES[dtype];
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = asciiJson(header);
  // Spaces up to a multiple of 8, as the reference implementation does, so that tensors are aligned.
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
  const bytes = new Uint8Array(LENGTH_BYTES + padded.length + offset);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(padded.length), true);
  for (let i = 0; i < padded.length; i++) bytes[LENGTH_BYTES + i] = padded.charCodeAt(i);
  let at = LENGTH_BYTES + padded.length;
  for (const name of names) {
    for (const value of tensors[name]!.data) {
      if (dtype === "F32") view.setFloat32(at, value, true);
      else view.setUint16(at, halfOf(value, name), true);
      at += DTYPE_BYTES[dtype];
    }
  }
  return bytes;
}

function halfOf(value: number, name: string): number {
  if (Number.isFinite(value) && Math.abs(value) > FLOAT16_MAX) {
    throw new FormatError(`"${name}"`, `values within ±${FLOAT16_MAX} for F16`, `${value}`, "write F32");
  }
  return toFloat16(value);
}

/** JSON in which every character beyond ASCII is escaped, so that characters are bytes. */
function asciiJson(value: unknown): string {
  const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[\u0080-\uffff]/g, escaped);
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`${file}: header`, "JSON", (error as SyntaxError).message, DOWNLOAD_AGAIN);
  }
  if (!isObject(json)) {
    throw new FormatError(`${file}: header`, "a JSON object", describe(json), DOWNLOAD_AGAIN);
  }
  return json;
}

/**
 * JSON.parse keeps the last of two equal keys and forgets the first, whose bytes would then look like a gap:
 * so the names at depth 1 are read once more from the text, which is known to be JSON by now.
 */
function refuseDuplicateNames(text: string, file: string): void {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && token.endsWith(":")) {
      const name = JSON.parse(token.slice(0, -1)) as string;
      if (seen.has(name)) {
        throw new FormatError(
          `${file}: "${name}"`,
          "every name once in the header",
          "it twice",
          DOWNLOAD_AGAIN,
        );
      }
      seen.add(name);
    }
  }
}

function parseMetadata(metadata: unknown, file: string): Record<string, string> {
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw new FormatError(
      `${file}: "__metadata__"`,
      "an object of strings",
      describe(metadata),
      DOWNLOAD_AGAIN,
    );
  }
  return metadata as Record<string, string>;
}

function parseEntry(
  name: string,
  claim: unknown,
  dataStart: number,
  fileBytes: number,
  file: string,
): TensorEntry {
  const where = `${file}: "${name}"`;
  const refuse = (expected: string, got: unknown, next = DOWNLOAD_AGAIN): never => {
    throw new FormatError(where, expected, describe(got), next);
  };
  if (!isObject(claim)) return refuse("an object with dtype, shape and data_offsets", claim);
  const { dtype, shape, data_offsets: offsets } = claim;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    return refuse(`a dtype of ${Object.keys(DTYPE_BYTES).join(", ")}`, dtype);
  }
  if (!isSizes(shape) || shape.length > MAX_RANK) {
    return refuse(`a shape of at most ${MAX_RANK} whole numbers ≥ 0`, shape);
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return refuse("data_offsets [begin, end] with 0 ≤ begin ≤ end", offsets);
  }
  const [begin, end] = [offsets[0]!, offsets[1]!];
  const bytes = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype as Dtype]);
  if (bytes !== end - begin) {
    throw new FormatError(
      where,
      `${bytes} bytes for ${dtype} [${shape.join(", ")}]`,
      `data_offsets [${begin}, ${end}], ${end - begin} bytes`,
      DOWNLOAD_AGAIN,
    );
  }
  if (dataStart + end > fileBytes) {
    throw new FormatError(
      where,
      `bytes within the file's ${fileBytes}`,
      `an end at ${dataStart + end}`,
      `the file is truncated; ${DOWNLOAD_AGAIN}`,
    );
  }
  return { name, dtype: dtype as Dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

/** entries are sorted by their bytes; together they must cover the file after the header exactly once. */
function refuseOverlapsAndGaps(
  entries: readonly TensorEntry[],
  dataStart: number,
  fileBytes: number,
  file: string,
): void {
  let covered = dataStart;
  let before = "the header";
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      throw new FormatError(
        `${file}: "${name}"`,
        `bytes that start at ${covered}, where ${before} ends`,
        `${begin}, ${begin < covered ? "an overlap" : "a gap"} of ${Math.abs(begin - covered)} bytes`,
        DOWNLOAD_AGAIN,
      );
    }
    covered = end;
    before = `"${name}"`;
  }
  if (covered !== fileBytes) {
    throw new FormatError(
      file,
      `an end at ${covered}, where ${before} ends`,
      `${fileBytes - covered} bytes more`,
      DOWNLOAD_AGAIN,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A value from the file as it is quoted in a message: at most 80 characters of it. */
function describe(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
