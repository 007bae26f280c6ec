import pg from "pg";
import { describe, expect, test } from "vitest";
import { arrayLiteral, type ColumnValue } from "../../../server/sql/array-literal.ts";

/** How pg reads PostgreSQL's text form of a text[]. */
const TEXT_ARRAY_OID: number = 1009;
const parse = pg.types.getTypeParser(TEXT_ARRAY_OID, "text");

describe("a column as the text of an array", () => {
  test.each<[string, ColumnValue[], string | null]>([
    ["numbers", [1, -2, 9_007_199_254_740_991, 0.5], "{1,-2,9007199254740991,0.5}"],
    ["truth values", [true, null, false], "{true,NULL,false}"],
    ["nothing at all", [], "{}"],
    ["only nulls: unnest fills up", [null, null], null],
    ["one null among others", [null, 7], "{NULL,7}"],
  ])("%s", (_, values, text) => {
    expect(arrayLiteral(values)).toBe(text);
  });

  test("texts come back as they were, whatever is in them", () => {
    const texts = [
      "",
      "NULL",
      "null",
      " a ",
      "{1,2}",
      'say "no"',
      "back\\slash",
      '\\"',
      "a,b",
      "ä\n\t𝄞",
      "'; drop table result; --",
    ];
    expect(parse(arrayLiteral(texts) ?? "")).toEqual(texts);
    expect(parse(arrayLiteral([null, ...texts]) ?? "")).toEqual([null, ...texts]);
  });
});
