import * as z from "zod";
import { type Column, parseOutput } from "../replication/comparators/output-values.ts";
import type { OutputSchema } from "../wire/kernel-manifest.ts";

const field = z.string().min(1).max(64);

/** What all outputs together are reduced to. Each takes one field of the declared output. */
export const reductionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sum"), field }),
  z.strictObject({ kind: z.literal("min"), field }),
  z.strictObject({ kind: z.literal("max"), field }),
  z.strictObject({
    kind: z.literal("top"),
    field,
    k: z.int().min(1).max(1_000),
    order: z.enum(["largest", "smallest"]).default("largest"),
  }),
  z.strictObject({
    kind: z.literal("histogram"),
    field,
    from: z.number(),
    to: z.number(),
    bins: z.int().min(1).max(1_000),
  }),
]);
export type Reduction = z.infer<typeof reductionSchema>;

export type Place = { workunitId: number; row: number; value: number };

export type Reduced =
  | { kind: "sum"; count: number; sum: number; mean: number | null; exact: string | null }
  | { kind: "min" | "max"; count: number; place: Place | null }
  | { kind: "top"; count: number; places: Place[] }
  | { kind: "histogram"; count: number; counts: number[]; below: number; above: number; notNumbers: number };

export type Reducer = {
  add(workunitId: number, values: ArrayLike<number>): void;
  result(): Reduced;
};

/** Memory is what the result needs, however many values come. NaN is no value, but for the histogram, which counts it. */
export function createReducer(reduction: Reduction, isWhole: boolean): Reducer {
  switch (reduction.kind) {
    case "sum":
      return isWhole ? wholeSum() : compensatedSum();
    case "min":
    case "max": {
      const { kind } = reduction;
      const top = topK(1, kind === "max" ? "largest" : "smallest");
      return {
        add: top.add,
        result: () => {
          const { count, places } = top.result();
          return { kind, count, place: places[0] ?? null };
        },
      };
    }
    case "top":
      return topK(reduction.k, reduction.order);
    case "histogram":
      return histogram(reduction);
  }
}

function wholeSum(): Reducer {
  let [sum, count] = [0n, 0];
  return {
    add(_id, values) {
      // As doubles while that is exact: one BigInt for many values.
      let part = 0;
      for (let at = 0; at < values.length; at += 1) {
        const value = values[at] ?? 0;
        if (Math.abs(part) + Math.abs(value) > Number.MAX_SAFE_INTEGER) {
          sum += BigInt(part);
          part = 0;
        }
        part += value;
      }
      sum += BigInt(part);
      count += values.length;
    },
    result: () => ({
      kind: "sum",
      count,
      sum: Number(sum),
      mean: count === 0 ? null : Number(sum) / count,
      exact: String(sum),
    }),
  };
}

/** Neumaier's summation: the error does not grow with the number of values. */
function compensatedSum(): Reducer {
  let [sum, lost, count] = [0, 0, 0];
  return {
    add(_id, values) {
      for (let at = 0; at < values.length; at += 1) {
        const value = values[at] ?? Number.NaN;
        if (Number.isNaN(value)) continue;
        const next = sum + value;
        lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
        sum = next;
        count += 1;
      }
    },
    result: () => {
      const total = Number.isFinite(sum) ? sum + lost : sum;
      return { kind: "sum", count, sum: total, mean: count === 0 ? null : total / count, exact: null };
    },
  };
}

function topK(
  k: number,
  order: "largest" | "smallest",
): { add: Reducer["add"]; result(): Extract<Reduced, { kind: "top" }> } {
  const sign = order === "largest" ? 1 : -1;
  const places: Place[] = [];
  let count = 0;
  // Equal values: the first workunit, the first row, so that the answer does not depend on how the outputs were read.
  const before = (a: Place, b: Place) => sign * (b.value - a.value) || a.workunitId - b.workunitId || a.row - b.row;
  return {
    add(workunitId, values) {
      for (let row = 0; row < values.length; row += 1) {
        const value = values[row] ?? Number.NaN;
        if (Number.isNaN(value)) continue;
        count += 1;
        const place = { workunitId, row, value };
        const last = places.at(-1);
        if (places.length >= k && last !== undefined && before(place, last) >= 0) continue;
        let [low, high] = [0, places.length];
        while (low < high) {
          const middle = (low + high) >> 1;
          if (before(places[middle] as Place, place) <= 0) low = middle + 1;
          else high = middle;
        }
        places.splice(low, 0, place);
        if (places.length > k) places.pop();
      }
    },
    result: () => ({ kind: "top", count, places: [...places] }),
  };
}

function histogram({ from, to, bins }: Extract<Reduction, { kind: "histogram" }>): Reducer {
  const counts = new Array<number>(bins).fill(0);
  let [count, below, above, notNumbers] = [0, 0, 0, 0];
  const width = (to - from) / bins;
  return {
    add(_id, values) {
      count += values.length;
      for (let at = 0; at < values.length; at += 1) {
        const value = values[at] ?? Number.NaN;
        if (Number.isNaN(value)) notNumbers += 1;
        else if (value < from) below += 1;
        else if (value > to) above += 1;
        else {
          const bin = Math.min(bins - 1, Math.floor((value - from) / width));
          counts[bin] = (counts[bin] ?? 0) + 1;
        }
      }
    },
    result: () => ({ kind: "histogram", count, counts: [...counts], below, above, notNumbers }),
  };
}

/** What is wrong with a reduction of outputs of this schema; null: nothing. */
export function reductionFault(reduction: Reduction, schema: OutputSchema): string | null {
  if (reduction.kind === "histogram" && !(reduction.to > reduction.from))
    return "The histogram's end must be above its beginning.";
  const fields = numberFields(schema);
  if (fields.has(reduction.field)) return null;
  if (fields.size === 0) return "The outputs of this app have no number fields: it declares no more than bytes.";
  return `The outputs have no number field ${reduction.field}; they have ${[...fields.keys()].join(", ")}.`;
}

/** Number fields of an output schema, and whether they hold whole numbers. */
export function numberFields(schema: OutputSchema): Map<string, { isWhole: boolean }> {
  const whole = new Set(["i32", "u32", "u8", "integer"]);
  switch (schema.format) {
    case "bytes":
      return new Map();
    case "binary":
      return new Map(
        [...schema.header, ...schema.record].map(({ name, type }) => [name, { isWhole: whole.has(type) }]),
      );
    case "csv":
      return new Map(
        schema.columns
          .filter((column) => column.type !== "text")
          .map(({ name, type }) => [name, { isWhole: whole.has(type) }]),
      );
  }
}

/** The values of one field of an output; null: the output does not fit its schema. */
export function valuesOf(schema: OutputSchema, field: string, output: Uint8Array): ArrayLike<number> | null {
  const parsed = parseOutput(schema, output);
  if (!parsed.ok) return null;
  const named = (column: Column) => column.name === field && column.kind === "number";
  const column = parsed.values.header.find(named) ?? parsed.values.record.find(named);
  return column?.kind === "number" ? column.values : null;
}
