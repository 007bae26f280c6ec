import type { Bytes } from "../compute/runtimes/runtime.ts";

/** A decimal u64 as the 8 little-endian bytes that a kernel gets as its file `seed`. */
export function seedBytes(decimal: string): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(decimal), true);
  return bytes;
}
