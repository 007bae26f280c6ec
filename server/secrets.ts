import { createHash, hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Pool } from "./database/pool.ts";

/** Everything derived from this installation's signing key, which every process of it reads from the database. */
export type Secrets = {
  /** Proof of a lease, 32 hex digits: a function of result and host, so that it need not be stored. */
  leaseToken(resultId: number, hostId: number): string;
  /** Bearer token of a host's session. */
  sessionToken(hostId: number, expiresSeconds: number): string;
  /** The host of a token that is genuine and has not run out; null otherwise. */
  hostOfSession(token: string, nowSeconds: number): number | null;
  /** Seed of a result whose kernel asks for one: a decimal u64, different for every result, the same when asked again. */
  seed(workunitId: number, resultNumber: number): string;
  /** What sign-in cookies and states of sign-ins are signed with. */
  signInSecret: string;
};

/** Reads the signing key, or makes one when this installation has none. */
export async function loadSecrets(pool: Pool): Promise<Secrets> {
  await pool.query("insert into setting (key, value) values ('signing_key', $1) on conflict (key) do nothing", [
    randomBytes(32).toString("hex"),
  ]);
  const { rows } = await pool.query<{ value: string }>("select value from setting where key = 'signing_key'");
  const key = rows[0]?.value;
  if (key === undefined) throw new Error("the setting signing_key vanished while it was read");
  return secretsFrom(Buffer.from(key, "hex"));
}

export function secretsFrom(key: Buffer): Secrets {
  const sign = hmacSha256(key);
  const sessionMac = (hostId: string, expires: string) => sign(`session:${hostId}:${expires}`);
  return {
    leaseToken: (resultId, hostId) => sign(`lease:${resultId}:${hostId}`).toString("hex", 0, 16),
    sessionToken: (hostId, expiresSeconds) =>
      `${hostId}.${expiresSeconds}.${sessionMac(String(hostId), String(expiresSeconds)).toString("base64url")}`,
    hostOfSession(token, nowSeconds) {
      const parts = /^([1-9]\d{0,15})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/.exec(token);
      if (parts === null) return null;
      const [, hostId = "", expires = "", mac = ""] = parts;
      if (!timingSafeEqual(Buffer.from(mac, "base64url"), sessionMac(hostId, expires))) return null;
      return nowSeconds < Number(expires) ? Number(hostId) : null;
    },
    seed(workunitId, resultNumber) {
      // Not secret, only unlike any other: evidence pages can name it, and a re-check can use it again.
      const digest = createHash("sha256").update(`quorate-seed:${workunitId}:${resultNumber}`).digest();
      return digest.readBigUInt64LE(0).toString();
    },
    signInSecret: sign("sign-in").toString("base64url"),
  };
}

/**
 * HMAC with SHA-256 (RFC 2104), prepared for one key. Node's createHmac makes a key object for every call, which costs ten
 * times what the hashing does; a token is made or checked for every lease and every report.
 */
export function hmacSha256(key: Buffer): (text: string) => Buffer {
  const block = Buffer.alloc(64);
  (key.length > 64 ? hash("sha256", key, "buffer") : key).copy(block);
  const inner = Buffer.from(block.map((byte) => byte ^ 0x36));
  const outer = Buffer.from(block.map((byte) => byte ^ 0x5c));
  return (text) =>
    hash(
      "sha256",
      Buffer.concat([outer, hash("sha256", Buffer.concat([inner, Buffer.from(text)]), "buffer")]),
      "buffer",
    );
}

/** Compares two hex strings of equal length in constant time. */
export function equalHex(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
