import {
  type Column,
  type NumberType,
  parseOutput,
} from "../../../server/core/replication/comparators/output-values.ts";
import { ulpDistance } from "../../../server/core/replication/comparators/tolerant.ts";
import type { OutputSchema } from "../../../server/core/wire/kernel-manifest.ts";
import type { Difference, FieldDifference } from "./proof-report.ts";

const FLOATS: readonly NumberType[] = ["f32", "f64", "number"];

/** Two outputs, bit by bit and field by field; null when they are the same bytes. */
export function differenceOf(schema: OutputSchema, expected: Uint8Array, found: Uint8Array): Difference | null {
  const length = Math.max(expected.byteLength, found.byteLength);
  let firstByte = -1;
  let differingBytes = 0;
  let differingBits = 0;
  for (let at = 0; at < length; at++) {
    const a = expected[at];
    const b = found[at];
    if (a === b) continue;
    if (firstByte === -1) firstByte = at;
    differingBytes += 1;
    differingBits += a === undefined || b === undefined ? 8 : bitsOf(a ^ b);
  }
  if (firstByte === -1) return null;
  const bytes = [expected.byteLength, found.byteLength] as const;
  const excerpt = excerptOf(firstByte, expected, found);
  return {
    bytes,
    firstByte,
    differingBytes,
    differingBits,
    excerpt,
    fields: fieldDifferences(schema, expected, found),
  };
}

/** Whole words of 8 bytes: one before the first that differs, that one, and two behind. */
const WORD_BYTES = 8;

function excerptOf(firstByte: number, expected: Uint8Array, found: Uint8Array): Difference["excerpt"] {
  const from = Math.max(0, (Math.floor(firstByte / WORD_BYTES) - 1) * WORD_BYTES);
  const part = (bytes: Uint8Array): number[] => [...bytes.subarray(from, from + 4 * WORD_BYTES)];
  return { from, expected: part(expected), found: part(found) };
}

function bitsOf(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

function fieldDifferences(schema: OutputSchema, expected: Uint8Array, found: Uint8Array): FieldDifference[] {
  const a = parseOutput(schema, expected);
  const b = parseOutput(schema, found);
  if (!a.ok || !b.ok) return [];
  const others = [...b.values.header, ...b.values.record];
  return [...a.values.header, ...a.values.record].flatMap((column, index) => {
    const other = others[index];
    const difference = other === undefined ? null : columnDifference(column, other);
    return difference === null ? [] : [difference];
  });
}

function columnDifference(a: Column, b: Column): FieldDifference | null {
  const rows = Math.min(a.values.length, b.values.length);
  let firstRecord = -1;
  let differing = 0;
  const most = { absolute: 0, relative: 0, ulp: 0n, finite: true };
  for (let row = 0; row < rows; row++) {
    const [x, y] = [a.values[row] ?? 0, b.values[row] ?? 0];
    // By bits: -0 and 0 are two answers, one NaN is one.
    if (Object.is(x, y)) continue;
    if (firstRecord === -1) firstRecord = row;
    differing += 1;
    if (typeof x === "string" || typeof y === "string" || !Number.isFinite(x) || !Number.isFinite(y))
      most.finite = false;
    else {
      const distance = Math.abs(x - y);
      most.absolute = Math.max(most.absolute, distance);
      const size = Math.max(Math.abs(x), Math.abs(y));
      if (size > 0) most.relative = Math.max(most.relative, distance / size);
      if (a.kind === "number" && FLOATS.includes(a.type)) {
        const ulp = ulpDistance(a.type, x, y);
        if (ulp > most.ulp) most.ulp = ulp;
      }
    }
  }
  if (firstRecord === -1) return null;
  const isFloat = a.kind === "number" && FLOATS.includes(a.type);
  return {
    name: a.name,
    type: a.kind === "text" ? "text" : a.type,
    differing,
    firstRecord,
    first: [a.values[firstRecord] ?? 0, b.values[firstRecord] ?? 0],
    maxAbsolute: most.finite && a.kind === "number" ? most.absolute : null,
    maxRelative: most.finite && a.kind === "number" ? most.relative : null,
    maxUlp: most.finite && isFloat ? Number(most.ulp) : null,
  };
}

/** `12 of 4096 bytes differ, the first is byte 17; energy: ...` */
export function sayDifference(difference: Difference): string {
  const [expected, found] = difference.bytes;
  const sizes = expected === found ? `of ${expected} bytes` : `bytes, and the lengths are ${expected} and ${found}`;
  const fields = difference.fields.slice(0, 3).map(({ name, firstRecord, first: [a, b], maxUlp }) => {
    return `${name} of record ${firstRecord} is ${b} instead of ${a}${maxUlp === null ? "" : ` (at most ${maxUlp} ulp)`}`;
  });
  return [`${difference.differingBytes} ${sizes} differ, the first is byte ${difference.firstByte}`, ...fields].join(
    "; ",
  );
}
