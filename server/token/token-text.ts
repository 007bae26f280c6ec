import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** Personal tokens begin with this, so that they are told apart from a host's session, and found where they leak. */
export const TOKEN_PREFIX = "qrt_";

const SECRET_BYTES = 32;
const FORM = /^qrt_([0-9a-f]{64})([0-9a-f]{8})$/;

/** `qrt_`, 256 random bits, and a checksum of them, so that a token that was typed wrongly is never even looked up. */
export function makeToken(): string {
  const secret = randomBytes(SECRET_BYTES).toString("hex");
  return `${TOKEN_PREFIX}${secret}${checksumOf(secret)}`;
}

export function isWellFormed(token: string): boolean {
  const [, secret = "", checksum] = FORM.exec(token) ?? [];
  return checksum !== undefined && checksumOf(secret) === checksum;
}

/** SHA-256, hex: all that is stored of a token. A slow hash would protect nothing: 256 random bits cannot be guessed. */
export function hashOfToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function checksumOf(secret: string): string {
  return crc32(secret).toString(16).padStart(8, "0");
}
