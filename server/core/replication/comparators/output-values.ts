import type { OutputSchema } from "../../wire/kernel-manifest.ts";
import type { Malformation } from "../../wire/reason.ts";
import { type ComparisonVerdict, differs } from "./verdict.ts";

/** Reads an output by its declared schema into typed columns, so that comparators see values and never bytes. */

export type NumberType = "i32" | "u32" | "u8" | "f32" | "f64" | "integer" | "number";
export type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

/** One field with all its values: one for a header field, one per record or line otherwise. */
export type Column =
  | { readonly kind: "number"; readonly name: string; readonly type: NumberType; readonly values: NumberArray }
  | { readonly kind: "text"; readonly name: string; readonly values: readonly string[] };

export interface OutputValues {
  /** Fields that occur once. */
  readonly header: readonly Column[];
  /** Fields of the repeated part, all of length `rows`. */
  readonly record: readonly Column[];
  readonly rows: number;
}

export type ParsedOutput =
  | { readonly ok: true; readonly values: OutputValues }
  /** The output does not fit its schema. */
  | { readonly ok: false; readonly how: Malformation };

type BinarySchema = Extract<OutputSchema, { format: "binary" }>;
type CsvSchema = Extract<OutputSchema, { format: "csv" }>;
type ScalarType = BinarySchema["header"][number]["type"];

const SCALAR_BYTES: Record<ScalarType, number> = { i32: 4, u32: 4, f32: 4, f64: 8, u8: 1 };

/** Format `bytes` fits anything and has no values. Never throws. */
export function parseOutput(schema: OutputSchema, bytes: Uint8Array): ParsedOutput {
  switch (schema.format) {
    case "bytes":
      return { ok: true, values: { header: [], record: [], rows: 0 } };
    case "binary":
      return parseBinary(schema, bytes);
    case "csv":
      return parseCsv(schema, bytes);
  }
}

export type ParsedPair =
  | { readonly ok: true; readonly first: OutputValues; readonly second: OutputValues }
  | { readonly ok: false; readonly verdict: ComparisonVerdict };

/** Both outputs of a comparison, or the verdict that at least one of them is malformed. */
export function parsePair(schema: OutputSchema, first: Uint8Array, second: Uint8Array): ParsedPair {
  const a = parseOutput(schema, first);
  const b = parseOutput(schema, second);
  if (a.ok && b.ok) return { ok: true, first: a.values, second: b.values };
  return {
    ok: false,
    verdict: differs({ code: "outputs_malformed", first: a.ok ? null : a.how, second: b.ok ? null : b.how }, [
      ...(a.ok ? [] : (["first"] as const)),
      ...(b.ok ? [] : (["second"] as const)),
    ]),
  };
}

/** Columns the comparator names, or all of them; a verdict when a name does not exist. Same order in both outputs. */
export function selectColumns(
  values: OutputValues,
  fields: readonly string[] | undefined,
): Column[] | ComparisonVerdict {
  const all = [...values.header, ...values.record];
  if (fields === undefined) return all;
  const unknown = fields.find((field) => !all.some((column) => column.name === field));
  if (unknown !== undefined) return differs({ code: "no_field", field: unknown });
  return all.filter((column) => fields.includes(column.name));
}

/** The values of one numeric field, or null. */
export function numbersOf(values: OutputValues, field: string): NumberArray | null {
  const column = [...values.header, ...values.record].find((candidate) => candidate.name === field);
  return column?.kind === "number" ? column.values : null;
}

function parseBinary(schema: BinarySchema, bytes: Uint8Array): ParsedOutput {
  const headerBytes = width(schema.header);
  const recordBytes = width(schema.record);
  const rest = bytes.byteLength - headerBytes;
  if (rest < 0) return malformed({ code: "header_short", bytes: bytes.byteLength, header: headerBytes });
  if (recordBytes === 0 && rest > 0) return malformed({ code: "bytes_after_header", bytes: rest });
  if (recordBytes > 0 && rest % recordBytes !== 0) {
    return malformed({ code: "record_broken", bytes: rest, record: recordBytes });
  }
  const rows = recordBytes === 0 ? 0 : rest / recordBytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    ok: true,
    values: {
      header: readFields(view, schema.header, { offset: 0, stride: headerBytes, rows: 1 }),
      record: readFields(view, schema.record, { offset: headerBytes, stride: recordBytes, rows }),
      rows,
    },
  };
}

function width(fields: BinarySchema["header"]): number {
  return fields.reduce((sum, field) => sum + SCALAR_BYTES[field.type], 0);
}

interface Placement {
  readonly offset: number;
  readonly stride: number;
  readonly rows: number;
}

function readFields(view: DataView, fields: BinarySchema["header"], place: Placement): Column[] {
  let offset = place.offset;
  return fields.map((field) => {
    const values = newArray(field.type, place.rows);
    for (let row = 0; row < place.rows; row++) values[row] = readScalar(view, field.type, offset + row * place.stride);
    offset += SCALAR_BYTES[field.type];
    return { kind: "number", name: field.name, type: field.type, values };
  });
}

function newArray(type: ScalarType, length: number): NumberArray {
  switch (type) {
    case "i32":
      return new Int32Array(length);
    case "u32":
      return new Uint32Array(length);
    case "f32":
      return new Float32Array(length);
    case "f64":
      return new Float64Array(length);
    case "u8":
      return new Uint8Array(length);
  }
}

function readScalar(view: DataView, type: ScalarType, offset: number): number {
  switch (type) {
    case "i32":
      return view.getInt32(offset, true);
    case "u32":
      return view.getUint32(offset, true);
    case "f32":
      return view.getFloat32(offset, true);
    case "f64":
      return view.getFloat64(offset, true);
    case "u8":
      return view.getUint8(offset);
  }
}

const NAMES_MAX_CHARACTERS = 500;
const INTEGER = /^[+-]?\d{1,16}$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const SPECIAL: Record<string, number> = { nan: Number.NaN, inf: Infinity, "+inf": Infinity, "-inf": -Infinity };

/** A header line of the declared names, then lines of as many cells; LF, ASCII, no quoting. The last LF may be missing. */
function parseCsv(schema: CsvSchema, bytes: Uint8Array): ParsedOutput {
  const text = asciiText(bytes);
  if (text === null) return malformed({ code: "not_text" });
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const names = schema.columns.map((column) => column.name).join(",");
  if (lines[0] !== names) return malformed({ code: "first_line", wanted: shortened(names) });
  const rows = lines.length - 1;
  const columns = schema.columns.map(
    ({ name, type }): { column: Column; set: (row: number, cell: string) => boolean } => {
      if (type === "text") {
        const values: string[] = [];
        return { column: { kind: "text", name, values }, set: (_row, cell) => values.push(cell) > 0 };
      }
      const values = new Float64Array(rows);
      return {
        column: { kind: "number", name, type, values },
        set: (row, cell) => {
          const value = type === "integer" ? integerCell(cell) : numberCell(cell);
          values[row] = value ?? Number.NaN;
          return value !== null;
        },
      };
    },
  );
  for (const [row, line] of lines.slice(1).entries()) {
    const cells = line.split(",");
    if (cells.length !== columns.length) return malformed({ code: "cell_count", line: row + 2, cells: cells.length });
    for (const [index, cell] of cells.entries()) {
      if (columns[index]?.set(row, cell) !== true) {
        const { name = "", type } = schema.columns[index] ?? {};
        return malformed({
          ...{ code: "cell_type", line: row + 2, field: name },
          type: type === "integer" ? "integer" : "number",
        });
      }
    }
  }
  return { ok: true, values: { header: [], record: columns.map(({ column }) => column), rows } };
}

/** Integers outside +-2^53 are refused: as numbers they would compare equal to their neighbours. */
function integerCell(cell: string): number | null {
  const value = INTEGER.test(cell) ? Number(cell) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function numberCell(cell: string): number | null {
  if (NUMBER.test(cell)) return Number(cell);
  return SPECIAL[cell.toLowerCase()] ?? null;
}

function asciiText(bytes: Uint8Array): string | null {
  if (bytes.some((byte) => (byte < 0x20 && byte !== 0x0a) || byte > 0x7e)) return null;
  const parts: string[] = [];
  // fromCharCode takes its arguments on the stack: 8192 at a time.
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return parts.join("");
}

/** A header of thousands of columns is no reason that anybody reads. */
function shortened(names: string): string {
  return names.length <= NAMES_MAX_CHARACTERS ? names : `${names.slice(0, NAMES_MAX_CHARACTERS)}…`;
}

function malformed(how: Malformation): ParsedOutput {
  return { ok: false, how };
}
