import { describe, expect, it } from "vitest";
import type { OutputSchema } from "../../../server/core/wire/kernel-manifest.ts";
import { lookAtOutput } from "../../../worker/compute/prove/peek-output.ts";

const text = (value: string) => new TextEncoder().encode(value);
const CSV: OutputSchema = {
  format: "csv",
  columns: [
    { name: "read", type: "text" },
    { name: "score", type: "integer" },
  ],
};
const BINARY: OutputSchema = {
  format: "binary",
  header: [{ name: "energy", type: "f64" }],
  record: [
    { name: "x", type: "u32" },
    { name: "y", type: "u8" },
  ],
};

function binary(records: number): Uint8Array {
  const bytes = new Uint8Array(8 + 5 * records);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, -1.5, true);
  for (let at = 0; at < records; at++) {
    view.setUint32(8 + 5 * at, at, true);
    view.setUint8(12 + 5 * at, 200 + at);
  }
  return bytes;
}

describe("the beginning of an output", () => {
  it("of fields and records, by their names", () => {
    expect(lookAtOutput(BINARY, binary(3))).toEqual({
      malformed: null,
      peek: {
        kind: "fields",
        header: [["energy", "-1.5"]],
        columns: ["x", "y"],
        rows: [
          ["0", "200"],
          ["1", "201"],
          ["2", "202"],
        ],
        of: 3,
      },
    });
  });

  it("of many records only the first", () => {
    const { peek } = lookAtOutput(BINARY, binary(50));
    expect(peek).toMatchObject({ of: 50, rows: [["0", "200"], expect.anything(), expect.anything(), ["3", "203"]] });
  });

  it("of a table as it stands, a few lines of it", () => {
    const short = "read,score\na,1\n";
    expect(lookAtOutput(CSV, text(short))).toEqual({
      malformed: null,
      peek: { kind: "text", text: short, isCut: false },
    });
    const { peek } = lookAtOutput(CSV, text(`read,score\n${"a,1\n".repeat(5_000)}`));
    expect(peek).toEqual({ kind: "text", text: `read,score${"\na,1".repeat(7)}`, isCut: true });
    const wide = lookAtOutput(CSV, text(`read,score\n${"x".repeat(9_000)},1\n`)).peek;
    expect(wide).toMatchObject({ isCut: true });
    expect(wide.kind === "text" && wide.text.length).toBe(2_000);
  });

  it("of bytes without a meaning, nothing", () => {
    expect(lookAtOutput({ format: "bytes" }, binary(1))).toEqual({ malformed: null, peek: { kind: "none" } });
  });

  it("says what does not fit, as the server will", () => {
    expect(lookAtOutput(BINARY, new Uint8Array(9))).toEqual({
      malformed: { code: "record_broken", bytes: 1, record: 5 },
      peek: { kind: "none" },
    });
    expect(lookAtOutput(CSV, text("read,score\na,b\n"))).toMatchObject({
      malformed: { code: "cell_type", line: 2, field: "score", type: "integer" },
      peek: { kind: "text" },
    });
  });
});
