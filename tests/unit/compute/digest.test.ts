import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sha256Hex, sha256HexPlain } from "../../../worker/compute/digest.ts";

describe("SHA-256", () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 100_000])("of %d bytes, with and without WebCrypto", async (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) & 255);
    const expected = createHash("sha256").update(bytes).digest("hex");
    expect(await sha256Hex(bytes)).toBe(expected);
    expect(sha256HexPlain(bytes)).toBe(expected);
  });
});
