import { describe, expect, test } from "vitest";
import { hasAlready, wantedRange } from "../../../server/results/byte-range.ts";
import { placeText, readPlace } from "../../../server/results/place.ts";

const ETAG = '"abc"';

describe("the part that a request wants", () => {
  test.each([
    ["bytes=0-", { first: 0, last: null }],
    ["bytes=5-5", { first: 5, last: 5 }],
    [" bytes=12-34 ", { first: 12, last: 34 }],
    ["bytes=5-4", null],
    ["bytes=-4", null],
    ["bytes=", null],
    ["bytes=1-2,4-5", null],
    ["Bytes=1-2", null],
    ["bytes=1-9999999999999999", null],
    ["items=1-2", null],
  ])("%s", (range, wanted) => {
    expect(wantedRange({ range }, ETAG)).toEqual(wanted);
    expect(wantedRange({ range, "if-range": ETAG }, ETAG)).toEqual(wanted);
    expect(wantedRange({ range, "if-range": 'W/"abc"' }, ETAG)).toBeNull();
  });

  test("none is all", () => expect(wantedRange({}, ETAG)).toBeNull());

  test.each([
    [undefined, false],
    [ETAG, true],
    ['"x", W/"abc"', true],
    ['"abcd"', false],
  ])("if-none-match %s", (known, has) => {
    expect(hasAlready(known === undefined ? {} : { "if-none-match": known }, ETAG)).toBe(has);
  });
});

describe("a place", () => {
  test("is read as it was said, and nothing else is", () => {
    const place = { transaction: 1_700_000_000, workunitId: 12 };
    expect(readPlace(placeText(place))).toEqual(place);
    for (const text of ["", "t1", "1-2", "t-1-2", "t1-2-3", "t1-2 ", "ta-b", "t1-", `t1-${"9".repeat(16)}`]) {
      expect(readPlace(text), text).toBeNull();
    }
  });
});
