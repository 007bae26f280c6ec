import { expect, it } from "vitest";
import { checkForApp } from "../../../server/core/submission/check-for-app.ts";
import { rowMappingSchema, rowToDraft } from "../../../server/core/submission/to-draft.ts";

const takes = { input: undefined, files: [], limits: { inputBytes: 8 } };
const check = (value: unknown) => checkForApp(takes, { files: {}, flops: 1 }, { line: 7, value });

it("an input's size is that of its bytes, whatever its letters are", () => {
  for (const input of ["12345678", "äöüß", "水水ab", "😀😀"]) {
    expect(check({ input })).toMatchObject({ line: 7, value: { input } });
    expect(check({ input: `${input}x` })).toEqual({ line: 7, fault: "its input has 9 bytes, the app takes 8" });
  }
  for (const bytes of [6, 7, 8])
    expect(check({ inputBase64: Buffer.alloc(bytes).toString("base64") })).toHaveProperty("value");
  expect(check({ inputBase64: Buffer.alloc(9).toString("base64") })).toHaveProperty("fault");
});

it("what all workunits get may be said once, and must be said", () => {
  expect(checkForApp(takes, { files: {} }, { line: 1, value: { input: "a" } })).toEqual({
    line: 1,
    fault: "flops is missing",
  });
  const wants = { ...takes, files: ["genome"] };
  const files = { genome: "a".repeat(64) };
  expect(checkForApp(wants, { files, flops: 1 }, { line: 1, value: { input: "a" } })).toHaveProperty("value");
  expect(checkForApp(wants, { files: {}, flops: 1 }, { line: 1, value: { input: "a" } })).toHaveProperty("fault");
});

it.each([
  ["half a character", "\ud83d", "lone surrogate"],
  ["its other half", "\ude00x", "lone surrogate"],
  ["the character zero", "a\0", "U+0000"],
])("%s in a name, a tag or a file's name", (_what, bad, why) => {
  const sha256 = "a".repeat(64);
  for (const more of [{ name: bad }, { tags: { t: bad } }, { tags: { [bad]: 1 } }, { files: { [bad]: sha256 } }]) {
    expect(check({ input: "1", ...more }), JSON.stringify(more)).toEqual({
      line: 7,
      fault: expect.stringContaining(why),
    });
  }
  expect(check({ input: "1", name: "😀", tags: { "😀": "😀" } })).toHaveProperty("value");
});

it("an input is any text that UTF-8 can say", () => {
  expect(check({ input: "\ud800" })).toEqual({
    line: 7,
    fault: expect.stringContaining("input: it holds half a character"),
  });
  expect(check({ input: "1\0" })).toHaveProperty("value");
});

it("a name that is cut because it is long is cut between characters", () => {
  const row = { name: `${"x".repeat(199)}😀`, input: "1" };
  const mapping = rowMappingSchema.parse({});
  expect(rowToDraft({ line: 1, value: row }, 1, mapping, undefined)).toMatchObject({
    value: { name: "x".repeat(199) },
  });
  const whole = { ...row, name: `${"x".repeat(198)}😀y` };
  expect(rowToDraft({ line: 1, value: whole }, 1, mapping, undefined)).toMatchObject({
    value: { name: `${"x".repeat(198)}😀` },
  });
});
