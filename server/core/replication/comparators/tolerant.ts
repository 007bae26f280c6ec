import type { Comparator, OutputSchema } from "../../wire/kernel-manifest.ts";
import type { ExactNumber, Reason } from "../../wire/reason.ts";
import { type Column, type NumberType, parsePair, selectColumns } from "./output-values.ts";
import { agrees, type ComparisonVerdict, differs, exactly } from "./verdict.ts";

/** Tolerant comparison (R000.6): every compared value within a stated absolute, relative or ULP distance. */

export type TolerantComparator = Extract<Comparator, { type: "tolerant" }>;

/**
 * Symmetric in its outputs. Text and the number of records must be equal; without any stated bound numbers must be equal
 * too. Two infinities of one sign are equal, an infinity is near nothing else.
 */
export function compareTolerant(
  comparator: TolerantComparator,
  schema: OutputSchema,
  outputs: { readonly first: Uint8Array; readonly second: Uint8Array },
): ComparisonVerdict {
  if (schema.format === "bytes") return differs({ code: "no_values" });
  const pair = parsePair(schema, outputs.first, outputs.second);
  if (!pair.ok) return pair.verdict;
  if (pair.first.rows !== pair.second.rows) {
    return differs({ code: "records_differ", counts: [pair.first.rows, pair.second.rows] });
  }
  const first = selectColumns(pair.first, comparator.fields);
  const second = selectColumns(pair.second, comparator.fields);
  if (!Array.isArray(first)) return first;
  if (!Array.isArray(second)) return second;
  for (const [index, column] of first.entries()) {
    const other = second[index];
    if (other === undefined) throw new Error("two outputs of one schema have different columns");
    const reason = firstDifference(comparator, column, other);
    if (reason !== null) return differs(reason);
  }
  return agrees({ code: "within_tolerance" });
}

function firstDifference(comparator: TolerantComparator, a: Column, b: Column): Reason | null {
  if (a.kind === "text" || b.kind === "text") {
    if (a.kind !== b.kind) throw new Error("two outputs of one schema have different columns");
    const row = a.values.findIndex((value, index) => value !== b.values[index]);
    return row === -1 ? null : { code: "text_differs", field: a.name, record: row };
  }
  for (const [row, value] of a.values.entries()) {
    const other = b.values[row];
    if (other === undefined || !isNear(comparator, a.type, [value, other])) {
      const values: [ExactNumber, ExactNumber] = [exactly(value), exactly(other ?? Number.NaN)];
      if (a.values.length === 1) return { code: "value_apart", field: a.name, values };
      return { code: "record_apart", field: a.name, record: row, values };
    }
  }
  return null;
}

/** Two values agree when they are equal or any stated bound holds. */
export function isNear(comparator: TolerantComparator, type: NumberType, [a, b]: readonly [number, number]): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return comparator.nanEqualsNan && Number.isNaN(a) && Number.isNaN(b);
  if (a === b) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const distance = Math.abs(a - b);
  if (comparator.absolute !== undefined && distance <= comparator.absolute) return true;
  if (comparator.relative !== undefined && distance <= comparator.relative * Math.max(Math.abs(a), Math.abs(b)))
    return true;
  return comparator.ulp !== undefined && ulpDistance(type, a, b) <= BigInt(comparator.ulp);
}

/**
 * How many representable values of the type lie from a to b; +0 and -0 are 0 apart. Finite arguments. Bits of a float,
 * read as sign and magnitude, count its values in order (Dawson, "Comparing floating point numbers", 2012).
 */
export function ulpDistance(type: NumberType, a: number, b: number): bigint {
  const distance = ordinal(type, a) - ordinal(type, b);
  return distance < 0n ? -distance : distance;
}

const scratch = new DataView(new ArrayBuffer(8));

function ordinal(type: NumberType, value: number): bigint {
  switch (type) {
    case "i32":
    case "u32":
    case "u8":
    case "integer":
      return BigInt(value);
    case "f32":
      scratch.setFloat32(0, value);
      return signedMagnitude(BigInt(scratch.getUint32(0)), 31n);
    case "f64":
    case "number":
      scratch.setFloat64(0, value);
      return signedMagnitude(scratch.getBigUint64(0), 63n);
  }
}

function signedMagnitude(bits: bigint, signBit: bigint): bigint {
  const magnitude = bits & ((1n << signBit) - 1n);
  return bits >> signBit === 1n ? -magnitude : magnitude;
}
