import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lookAlikeKey, posesAsTheSite } from "../../../server/core/wire/look-alike.ts";
import { cleanPlainText } from "../../../server/core/wire/plain-text.ts";

const LIMITS = { maxCharacters: 60, maxLines: 4 };

describe("names that look alike", () => {
  it.each([
    ["Paypal", "Pаypаl"],
    ["Paypal", "PAYPAL"],
    ["Team One", "team-one"],
    ["Team One", "Tеаm Οnе"],
    ["Ocean", "0cean"],
    ["Illinois", "lllinois"],
    ["Modem", "Modern"],
    ["Café", "Cafe"],
    ["Ｗｉｄｅ", "wide"],
    ["Zürich", "Zurich!"],
  ])("%s and %s", (one, other) => {
    expect(lookAlikeKey(one)).toBe(lookAlikeKey(other));
  });

  it.each([
    ["Ada", "Adam"],
    ["Волонтёры", "Volunteers"],
    ["研究者", "研究室"],
    ["★★★", "☆☆☆"],
  ])("not %s and %s", (one, other) => {
    expect(lookAlikeKey(one)).not.toBe(lookAlikeKey(other));
  });

  it("is never empty", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
        expect(lookAlikeKey(name)).not.toBe("");
      }),
    );
  });

  it.each(["Quorate", "QUORATE support", "Qu0rаte", "The official team", "Admin", "аdmin", "Moderators", "root"])(
    "%s poses as the site",
    (name) => expect(posesAsTheSite(name)).toBe(true),
  );
  it.each(["Administrative District 9", "Rooted", "Systematics", "Ada", "Supporters of Halle"])(
    "%s does not",
    (name) => {
      expect(posesAsTheSite(name)).toBe(false);
    },
  );
});

describe("texts of a few lines", () => {
  it.each([
    ["We compute.\r\nTogether.", "We compute.\nTogether."],
    ["  a   b  \n\n\n\n c ", "a b\n\nc"],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["می‌خواهم 👩‍🔬", "می‌خواهم 👩‍🔬"],
    ["", ""],
  ])("%j becomes %j", (raw, text) => {
    expect(cleanPlainText(raw, LIMITS)).toEqual({ ok: true, text });
  });

  it.each([
    ["too long", "x".repeat(61)],
    ["too many lines", "a\nb\nc\nd\ne"],
    ["direction override", "abc\u202Ecba"],
    ["direction isolate", "abc\u2067cba"],
    ["zero width space", "ad\u200Bmin"],
    ["control character", "a\u0007b"],
    ["escape sequence", "\u001b[31mred"],
    ["stacked marks", `a${"\u0300".repeat(5)}`],
    ["lone surrogate", "a\uD800"],
    ["a tag character", "a\u{E0041}"],
  ])("refuses %s", (_why, raw) => {
    expect(cleanPlainText(raw, LIMITS).ok).toBe(false);
  });
});
