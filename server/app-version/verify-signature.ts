import { createPublicKey, verify } from "node:crypto";
import { signedText, type VersionSignature } from "../core/wire/app-version-hash.ts";

/** Whether the signature was made over this version's hash with the private half of its public key (Ed25519, RFC 8032). */
export function isSignatureOf(hash: string, { publicKey, signature }: VersionSignature): boolean {
  const x = Buffer.from(publicKey, "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, Buffer.from(signedText(hash)), key, Buffer.from(signature, "base64"));
}
