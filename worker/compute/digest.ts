import { sha256 } from "@noble/hashes/sha2.js";
import type { Bytes } from "./runtimes/runtime.ts";

/** SHA-256 as 64 lower-case hexadecimal digits. WebCrypto where there is one; a page that is no secure context has none. */
export async function sha256Hex(bytes: Bytes): Promise<string> {
  if (crypto.subtle === undefined) return toHex(sha256(bytes));
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** The same without WebCrypto, at once; about a tenth of its speed. */
export function sha256HexPlain(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
