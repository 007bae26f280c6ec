import { describe, expect, it } from "vitest";
import { chooseLocale } from "../../../app/i18n/locale.ts";
import { mergeMessages, pickMessages } from "../../../app/i18n/pick-messages.ts";

describe("the language of a page", () => {
  it.each([
    [undefined, null, "en"],
    [undefined, "de-AT,de;q=0.9,en;q=0.5", "de"],
    [undefined, "fr-FR, fr;q=0.9, de;q=0.4, en;q=0.3", "de"],
    [undefined, "en;q=0.3, de;q=0.4", "de"],
    [undefined, "de;q=0, en", "en"],
    [undefined, "xx, *", "en"],
    [undefined, ";;;q=,,=", "en"],
    ["en", "de", "en"],
    ["de", "en", "de"],
    ["<script>", "de", "de"],
    ["toString", null, "en"],
  ])("cookie %s and Accept-Language %s: %s", (cookie, header, locale) => {
    expect(chooseLocale(cookie, header)).toBe(locale);
  });
});

describe("messages for the browser", () => {
  const messages = { a: { b: "1", c: { d: "2", e: "3" } }, f: { g: "4" } };

  it("are the parts asked for, in their places", () => {
    expect(pickMessages(messages, ["a.c", "f.g"])).toEqual({ a: { c: { d: "2", e: "3" } }, f: { g: "4" } });
    expect(() => pickMessages(messages, ["a.x"])).toThrow("a.x");
  });

  it("add up", () => {
    expect(mergeMessages({ a: { b: "1" } }, { a: { c: { d: "2" } }, f: { g: "4" } })).toEqual({
      a: { b: "1", c: { d: "2" } },
      f: { g: "4" },
    });
  });
});
