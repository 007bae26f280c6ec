import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { isSignatureOf } from "../../../server/app-version/verify-signature.ts";
import { versionSignatureSchema } from "../../../server/core/wire/app-version-hash.ts";
import { createKey, publicKeyOf, signAppVersion } from "../../../worker/client/sign-version.ts";
import { hashOfVersion } from "../../../worker/client/version-hash.ts";
import { fixtureManifest } from "../../kernels/wat-kernels.ts";

const HASH = "0123456789abcdef".repeat(4);

it("a signature is good for its hash and its key, and for nothing else", () => {
  const [mine, other] = [createKey(), createKey()];
  const signature = signAppVersion(mine.privateKey, HASH);
  expect(versionSignatureSchema.parse(signature)).toEqual(signature);
  expect(signature.publicKey).toBe(mine.publicKey);
  expect(isSignatureOf(HASH, signature)).toBe(true);
  expect(isSignatureOf(HASH.replace("0", "1"), signature)).toBe(false);
  expect(isSignatureOf(HASH, { ...signature, publicKey: other.publicKey })).toBe(false);
  const flipped = Buffer.from(signature.signature, "base64");
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  expect(isSignatureOf(HASH, { ...signature, signature: flipped.toString("base64") })).toBe(false);
});

it("a key that is none, or of another kind, is refused", () => {
  expect(() => publicKeyOf("nothing")).toThrow();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  expect(() => publicKeyOf(privateKey.export({ type: "pkcs8", format: "pem" }).toString())).toThrow("not Ed25519");
});

it("the address covers every byte of every file, and kernel.json", () => {
  const manifest = fixtureManifest("honest", { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } });
  const files = new Map([
    ["kernel.wasm", new Uint8Array([1, 2])],
    ["one.bin", new Uint8Array([3])],
  ]);
  const hash = hashOfVersion(manifest, files);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hashOfVersion(manifest, new Map([...files].reverse()))).toBe(hash);
  expect(hashOfVersion({ ...manifest, version: "1.0.1" }, files)).not.toBe(hash);
  expect(hashOfVersion(manifest, new Map(files).set("one.bin", new Uint8Array([4])))).not.toBe(hash);
});
