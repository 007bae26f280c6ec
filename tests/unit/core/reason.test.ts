import { describe, expect, it } from "vitest";
import { sayMalformation, sayReason } from "../../../server/core/replication/comparators/say-reason.ts";
import { exactly } from "../../../server/core/replication/comparators/verdict.ts";
import { MALFORMATIONS, REASONS, readReason, storedReason } from "../../../server/core/wire/reason.ts";
import { MALFORMATIONS_SAID, REASONS_SAID } from "../../support/sample-reasons.ts";

describe("a reason", () => {
  it("has a sample of each code here", () => {
    expect(Object.keys(REASONS_SAID)).toEqual(Object.keys(REASONS));
    expect(Object.keys(MALFORMATIONS_SAID)).toEqual(Object.keys(MALFORMATIONS));
  });

  it.each(Object.entries(REASONS_SAID))(
    "%s is said as before, and stored so that it reads back",
    (_, [reason, said]) => {
      expect(sayReason(reason)).toBe(said);
      expect(readReason(storedReason(reason))).toEqual(reason);
    },
  );

  it.each(Object.entries(MALFORMATIONS_SAID))("%s is said as before, and stored within another", (_, [how, said]) => {
    expect(sayMalformation(how)).toBe(said);
    const both = { code: "outputs_malformed", first: null, second: how } as const;
    expect(sayReason(both)).toBe(`the second output is malformed: ${said}`);
    expect(readReason(storedReason(both))).toEqual(both);
  });

  it.each([
    ["nothing", null],
    ["a sentence of the time before codes", "the outputs differ at byte 2"],
    ["an empty one", ""],
    ["an engine's own words that only look like one", "{ expected after class"],
    ["a code that there is not", '{"code":"because"}'],
    ["a code without its parameters", '{"code":"byte_differs"}'],
    ["a code with more than its parameters", '{"code":"bytes_equal","said":"<b>yes</b>"}'],
    ["a number as text", '{"code":"byte_differs","at":"2"}'],
  ])("is not read from %s", (_, stored) => {
    expect(readReason(stored)).toBeNull();
  });

  it.each([
    [1.5, 1.5],
    [-0, -0],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("holds %d exactly", (value, held) => {
    expect(exactly(value)).toBe(held);
    expect(Number(exactly(value))).toBe(value);
  });
});
