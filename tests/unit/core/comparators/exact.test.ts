import { describe, expect, it } from "vitest";
import { compareOutputs } from "../../../../server/core/replication/comparators/compare-outputs.ts";
import { compareDigests, compareExact } from "../../../../server/core/replication/comparators/exact.ts";

describe("[R000.5] exact comparison", () => {
  const bytes = Uint8Array.of(1, 2, 3);

  it("agrees on equal bytes", () => {
    expect(compareExact(bytes, Uint8Array.of(1, 2, 3)).agree).toBe(true);
    expect(compareOutputs({ type: "exact" }, { format: "bytes" }, { first: bytes, second: bytes }).agree).toBe(true);
  });

  it("one flipped bit disagrees, and so does a longer output", () => {
    expect(compareExact(bytes, Uint8Array.of(1, 2, 2))).toMatchObject({
      agree: false,
      reason: { code: "byte_differs", at: 2 },
    });
    expect(compareExact(bytes, Uint8Array.of(1, 2, 3, 0)).agree).toBe(false);
  });

  it("compares digests whatever the case of their letters", () => {
    expect(compareDigests("ab01", "AB01").agree).toBe(true);
    expect(compareDigests("ab01", "ab11").agree).toBe(false);
  });
});
