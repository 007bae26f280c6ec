import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** The secret part of an invite link: 128 random bits, as they stand in an address. */
export function newInviteToken(): string {
  return randomBytes(16).toString("base64url");
}

/** Compares without telling by its time how much is right. */
export function isInviteToken(given: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}
