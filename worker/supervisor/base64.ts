import type { Bytes } from "../compute/runtimes/runtime.ts";

const CHUNK = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // String.fromCharCode takes its bytes as arguments, of which engines allow some ten thousand.
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

export function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
