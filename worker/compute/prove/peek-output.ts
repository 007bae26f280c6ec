import { type Column, parseOutput } from "../../../server/core/replication/comparators/output-values.ts";
import type { OutputSchema } from "../../../server/core/wire/kernel-manifest.ts";
import type { Malformation } from "../../../server/core/wire/reason.ts";

/** The beginning of an output for people, as far as its schema says what the bytes mean. Bounded, and nothing but text. */
export type Peek =
  | { readonly kind: "text"; readonly text: string; readonly isCut: boolean }
  | {
      readonly kind: "fields";
      /** Name and value of each field that occurs once. */
      readonly header: readonly (readonly [name: string, value: string])[];
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** Records there are. */
      readonly of: number;
    }
  /** The schema says nothing of the bytes. */
  | { readonly kind: "none" };

export interface LookedAt {
  readonly peek: Peek;
  /** Why the output does not fit its schema; null when it does. Servers turn such away. */
  readonly malformed: Malformation | null;
}

const TEXT_BYTES = 2_000;
const TEXT_LINES = 8;
const FIELDS = 24;
const ROWS = 4;

/** Looks at an output as the server will when it is reported, and shows its beginning. Never throws. */
export function lookAtOutput(schema: OutputSchema, output: Uint8Array): LookedAt {
  const parsed = parseOutput(schema, output);
  const malformed = parsed.ok ? null : parsed.how;
  if (schema.format === "csv") return { peek: beginning(output), malformed };
  if (schema.format === "bytes" || !parsed.ok) return { peek: { kind: "none" }, malformed };
  const { header, record, rows } = parsed.values;
  const shown = record.slice(0, FIELDS);
  return {
    malformed,
    peek: {
      kind: "fields",
      header: header.slice(0, FIELDS).map((column) => [column.name, cellOf(column, 0)]),
      columns: shown.map(({ name }) => name),
      rows: Array.from({ length: Math.min(rows, ROWS) }, (_, row) => shown.map((column) => cellOf(column, row))),
      of: rows,
    },
  };
}

function cellOf({ values }: Column, row: number): string {
  return String(values[row] ?? "");
}

function beginning(output: Uint8Array): Peek {
  const text = new TextDecoder().decode(output.subarray(0, TEXT_BYTES));
  const lines = text.split("\n");
  const shown = lines.slice(0, TEXT_LINES).join("\n");
  return { kind: "text", text: shown, isCut: output.byteLength > TEXT_BYTES || shown.trimEnd() !== text.trimEnd() };
}
