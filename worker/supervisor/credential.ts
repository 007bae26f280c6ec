import { PROTOCOL_VERSION, type SessionRequest } from "../../server/core/wire/exchange.ts";
import { toBase64 } from "./base64.ts";
import type { Credential } from "./host.ts";

/** Keys and secrets of an installation, with WebCrypto as browsers and Node both have it. */

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

/** ECDSA P-256; `extractable` false keeps the private key out of reach of every script, ours included. */
export async function createKey(extractable: boolean): Promise<{ publicKey: string; privateKey: CryptoKey }> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, extractable, ["sign", "verify"]);
  const spki = await crypto.subtle.exportKey("spki", pair.publicKey);
  return { publicKey: toBase64(new Uint8Array(spki)), privateKey: pair.privateKey };
}

/** 256 random bits, hexadecimal: what a page without a secure context has instead of a key. */
export function createSecret(): Credential {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return { kind: "secret", secret: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** `nowSeconds`: the server's time as well as this client knows it; a signature of another hour is refused. */
export async function sessionRequest(
  credential: Credential,
  nowSeconds: number,
  name: string,
): Promise<SessionRequest> {
  const base = { protocol: PROTOCOL_VERSION, ...(name === "" ? {} : { name }) };
  if (credential.kind === "secret") return { ...base, credential: { kind: "secret", secret: credential.secret } };
  const key = credential.kind === "key" ? credential.privateKey : await importKey(credential.pkcs8);
  const issuedSeconds = Math.max(0, Math.floor(nowSeconds));
  const text = new TextEncoder().encode(`quorate-session:${credential.publicKey}:${issuedSeconds}`);
  // WebCrypto's form of an ECDSA signature is IEEE P1363, 64 bytes.
  const signature = toBase64(new Uint8Array(await crypto.subtle.sign(SIGNATURE, key, text)));
  return { ...base, credential: { kind: "key", publicKey: credential.publicKey, issuedSeconds, signature } };
}

async function importKey(pkcs8: string): Promise<CryptoKey> {
  const bytes = Uint8Array.from(atob(pkcs8), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, false, ["sign"]);
}
