import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { equalHex, hmacSha256, secretsFrom } from "../../server/secrets.ts";

describe("secrets", () => {
  test.each([0, 1, 32, 63, 64, 65, 200])("HMAC with a key of %i bytes is the one of RFC 2104", (bytes) => {
    const key = randomBytes(bytes);
    const sign = hmacSha256(key);
    for (const text of ["", "lease:1:2", "é".repeat(100)]) {
      expect(sign(text).toString("hex")).toBe(createHmac("sha256", key).update(text).digest("hex"));
    }
  });

  test("a lease's token depends on result, host and installation", () => {
    const [one, other] = [secretsFrom(Buffer.alloc(32, 1)), secretsFrom(Buffer.alloc(32, 2))];
    const tokens = [
      one.leaseToken(1, 2),
      one.leaseToken(2, 2),
      one.leaseToken(1, 3),
      other.leaseToken(1, 2),
      one.leaseToken(12, 3),
      one.leaseToken(1, 23),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect(one.leaseToken(1, 2)).toBe(tokens[0]);
  });

  test("seeds differ between results and are the same when asked again", () => {
    const { seed } = secretsFrom(Buffer.alloc(32));
    expect(new Set([seed(1, 0), seed(1, 1), seed(2, 0), seed(10, 1), seed(1, 10)]).size).toBe(5);
    expect(seed(1, 0)).toBe(seed(1, 0));
    expect(BigInt(seed(7, 7)) < 2n ** 64n).toBe(true);
  });

  test("texts of another length are not equal, and do not throw", () => {
    expect([equalHex("aa", "aa"), equalHex("aa", "ab"), equalHex("aa", "aaa")]).toEqual([true, false, false]);
  });
});
