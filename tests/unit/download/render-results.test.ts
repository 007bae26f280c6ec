import { describe, expect, it } from "vitest";
import { csvCell } from "../../../server/download/csv-cell.ts";
import { csvRendering, type DownloadRow, jsonRendering } from "../../../server/download/render-results.ts";

const row: DownloadRow = {
  workunitId: 7,
  name: "=1+1",
  endedSeconds: 1_700_000_000,
  confirmations: 2,
  outputSha256: "ab",
  output: Buffer.from("read,score\nr1,-3\n=cmd,5\n"),
};

describe("csv cells", () => {
  it.each([
    ["plain", "plain"],
    ["=1+1", "'=1+1"],
    ["@x", "'@x"],
    ["-3", "-3"],
    ["-3.5e-2", "-3.5e-2"],
    ["-x", "'-x"],
    ["+1", "'+1"],
    ['a"b', '"a""b"'],
    ["a,b", '"a,b"'],
    ["=a,b", '"\'=a,b"'],
    ["two\nlines", '"two\nlines"'],
  ])("%j is written %j", (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });
});

describe("downloads", () => {
  it("a table stays a table, each line with its workunit, and no cell is a formula", () => {
    const csv = csvRendering({
      format: "csv",
      columns: [
        { name: "read", type: "text" },
        { name: "score", type: "integer" },
      ],
    });
    expect(csv.head + csv.row(row, true)).toBe("workunit,name,read,score\n7,'=1+1,r1,-3\n7,'=1+1,'=cmd,5\n");
  });

  it("other outputs are base64, in CSV and in JSON that parses", () => {
    const csv = csvRendering({ format: "bytes" });
    expect(csv.row(row, true)).toContain(row.output.toString("base64"));
    const json = jsonRendering({ format: "bytes" });
    const parsed = JSON.parse(json.head + json.row(row, true) + json.row(row, false) + json.tail) as unknown[];
    expect(parsed).toHaveLength(2);
    expect(parsed[0]).toMatchObject({ workunit: 7, outputBase64: row.output.toString("base64"), confirmedBy: 2 });
  });
});
