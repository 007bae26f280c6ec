import * as z from "zod";
import type { AppVersionDocument } from "./http.ts";

/**
 * How a published app version is addressed and signed, the same for whoever packs, publishes or checks one.
 *
 * Its document is `{"manifest":...,"files":...}`: the manifest as `kernelManifestSchema` gives it back, and the SHA-256 of
 * every file, in ascending path. Its address is the SHA-256 of `documentText`, lower-case hexadecimal. A signature is
 * Ed25519 (RFC 8032) over `signedText(address)`: the address covers every byte of the package.
 */
export function documentText({ manifest, files }: AppVersionDocument): string {
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  return JSON.stringify({ manifest, files: sorted });
}

/** Begins with what it is for, so that no signature made for something else fits. */
export function signedText(hash: string): string {
  return `quorate app version 1\n${hash}\n`;
}

/** Base64 of so many bytes, with its padding. */
const base64Of = (bytes: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9+/]{${Math.ceil((bytes * 4) / 3)}}={${(3 - (bytes % 3)) % 3}}$`),
      `use base64 of ${bytes} bytes`,
    );

/** signature.json beside kernel.json, and what is stored with a signed version. */
export const versionSignatureSchema = z.strictObject({
  algorithm: z.literal("Ed25519"),
  /** The 32 bytes of RFC 8032. */
  publicKey: base64Of(32),
  signature: base64Of(64),
});
export type VersionSignature = z.infer<typeof versionSignatureSchema>;
