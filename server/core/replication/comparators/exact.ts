import { agrees, type ComparisonVerdict, differs } from "./verdict.ts";

/** Exact comparison (R000.5): equal bytes, or equal digests of them. */

export function compareExact(first: Uint8Array, second: Uint8Array): ComparisonVerdict {
  if (first.byteLength !== second.byteLength) {
    return differs({ code: "lengths_differ", counts: [first.byteLength, second.byteLength] });
  }
  const at = first.findIndex((byte, index) => byte !== second[index]);
  return at === -1 ? agrees({ code: "bytes_equal" }) : differs({ code: "byte_differs", at });
}

/** Digests are SHA-256 in hexadecimal, as stored with a result. */
export function compareDigests(first: string, second: string): ComparisonVerdict {
  return first.toLowerCase() === second.toLowerCase()
    ? agrees({ code: "digests_equal" })
    : differs({ code: "digests_differ" });
}
