import { agrees, type ComparisonVerdict, differs } from "./verdict.ts";

/** Exact comparison (R000.5): equal bytes, or equal digests of them. */

export function compareExact(first: Uint8Array, second: Uint8Array): ComparisonVerdict {
  if (first.byteLength !== second.byteLength) {
    return differs(`the outputs are ${first.byteLength} and ${second.byteLength} bytes long`);
  }
  const at = first.findIndex((byte, index) => byte !== second[index]);
  return at === -1 ? agrees("the outputs are equal byte by byte") : differs(`the outputs differ at byte ${at}`);
}

/** Digests are SHA-256 in hexadecimal, as stored with a result. */
export function compareDigests(first: string, second: string): ComparisonVerdict {
  return first.toLowerCase() === second.toLowerCase() ? agrees("the digests are equal") : differs("the digests differ");
}
