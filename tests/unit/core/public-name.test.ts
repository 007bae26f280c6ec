import { describe, expect, it } from "vitest";
import { NAME_MAX_CHARACTERS } from "../../../server/core/limits.ts";
import { cleanPublicName } from "../../../server/core/wire/public-name.ts";

describe("public names", () => {
  it.each([
    ["Ada", "Ada"],
    ["  Ada \n Lovelace ", "Ada Lovelace"],
    ["Ａｄａ", "Ada"],
    ["", null],
    ["   ", null],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["Zoë 🚀", "Zoë 🚀"],
    ["x".repeat(NAME_MAX_CHARACTERS), "x".repeat(NAME_MAX_CHARACTERS)],
  ])("%j becomes %j", (raw, name) => {
    expect(cleanPublicName(raw)).toEqual({ ok: true, name });
  });

  it.each([
    ["too long", "x".repeat(NAME_MAX_CHARACTERS + 1)],
    ["direction override", "abc\u202Ecba"],
    ["zero width space", "ad\u200Bmin"],
    ["control character", "a\u0007b"],
    ["stacked marks", `a${"\u0300".repeat(4)}`],
    ["lone surrogate", "a\uD800"],
  ])("refuses a name with %s", (_why, raw) => {
    expect(cleanPublicName(raw).ok).toBe(false);
  });
});
