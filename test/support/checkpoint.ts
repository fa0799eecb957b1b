/** Checkpoints of the right names and shapes and nothing else: all zeros, so that even a large one is quickly made. */
import { size } from "#core/shape.ts";

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** The bytes of a safetensors file of zeros. */
export function zeros(shapes: Shapes, dtype: "F16" | "BF16" | "F32" = "BF16"): Uint8Array {
  const bytesOf = (shape: readonly number[]) => size(shape) * (dtype === "F32" ? 4 : 2);
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += bytesOf(shape);
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + header.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}
