import { expect, it } from "vitest";
import { checkForApp } from "../../../server/core/submission/check-for-app.ts";

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
