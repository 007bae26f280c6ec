import { expect, it } from "vitest";
import { readSettings, SettingsError } from "../../server/settings.ts";

it("needs nothing, and trusts no proxy unless told", () => {
  expect(readSettings({})).toMatchObject({ PORT: 3000, TRUST_PROXY: 0, PAGES: "on" });
});

it("takes an empty variable for one that is not set", () => {
  expect(readSettings({ PORT: "" }).PORT).toBe(3000);
});

it.each([
  [{ PORT: "65536" }, /PORT is above 65535/],
  [{ PORT: "three" }, /PORT is not a whole number/],
  [{ DATABASE_URL: "mysql://x" }, /DATABASE_URL is not a PostgreSQL address/],
  [{ PUBLIC_URL: "ftp://x" }, /PUBLIC_URL/],
  [{ PORT: "-1", TRUST_PROXY: "yes" }, /PORT .*; TRUST_PROXY /],
])("%o is refused with a sentence", (environment, sentence) => {
  expect(() => readSettings(environment)).toThrow(SettingsError);
  expect(() => readSettings(environment)).toThrow(sentence);
});
