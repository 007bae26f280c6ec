import { createHash } from "node:crypto";
import { documentText } from "../../server/core/wire/app-version-hash.ts";
import { kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";

/**
 * The address that a package will have once it is published: the SHA-256 of its document (server/core/wire/app-version-hash.ts).
 * @param manifest kernel.json, parsed as JSON.
 * @param files what it names, by path; nothing else.
 * @throws zod's error when kernel.json does not fit its schema.
 */
export function hashOfVersion(manifest: unknown, files: ReadonlyMap<string, Uint8Array>): string {
  const hashes = Object.fromEntries([...files].map(([path, bytes]) => [path, sha256Of(bytes)]));
  return sha256Of(documentText({ manifest: kernelManifestSchema.parse(manifest), files: hashes }));
}

function sha256Of(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
