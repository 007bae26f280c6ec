import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { signedText, type VersionSignature } from "../../server/core/wire/app-version-hash.ts";

/** Keys with which people vouch for what they publish. The private one stays where it was made: no server ever needs it. */

export type SigningKey = {
  /** PKCS #8 in PEM: keep it in a file that only you can read. */
  privateKey: string;
  /** The 32 bytes of RFC 8032, base64: what volunteers see, and what you tell people elsewhere. */
  publicKey: string;
};

/** A new Ed25519 key: what `quorate keygen` writes. */
export function createKey(): SigningKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { privateKey: pem, publicKey: publicKeyOf(pem) };
}

/** @throws Error when this is no Ed25519 private key in PEM. */
export function publicKeyOf(privateKey: string): string {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(`this is a key of type ${key.asymmetricKeyType}, not Ed25519`);
  const { x } = createPublicKey(key).export({ format: "jwk" }) as { x: string };
  return Buffer.from(x, "base64url").toString("base64");
}

/**
 * The signature of an app version by its hash (`hashOfVersion`): what `quorate sign` writes into signature.json.
 * @throws Error when the key is none.
 */
export function signAppVersion(privateKey: string, hash: string): VersionSignature {
  const publicKey = publicKeyOf(privateKey);
  const signature = sign(null, Buffer.from(signedText(hash)), createPrivateKey(privateKey)).toString("base64");
  return { algorithm: "Ed25519", publicKey, signature };
}
