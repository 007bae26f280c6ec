import type { ExactNumber, Reason } from "../../wire/reason.ts";

/** What a comparison of two outputs says. `malformed`: which of the two does not fit the declared output schema. */
export interface ComparisonVerdict {
  readonly agree: boolean;
  /** For evidence pages and the API: `sayReason` makes a sentence of it. */
  readonly reason: Reason;
  readonly malformed: readonly Which[];
}

export type Which = "first" | "second";

export function agrees(reason: Reason): ComparisonVerdict {
  return { agree: true, reason, malformed: [] };
}

export function differs(reason: Reason, malformed: readonly Which[] = []): ComparisonVerdict {
  return { agree: false, reason, malformed };
}

/** Both of them, where a reason names outputs. */
export function outputsOf([one, other]: readonly [Which, ...Which[]]): Which | "both" {
  return other === undefined ? one : "both";
}

/** A number as a reason holds it: JSON has no NaN and no infinities. */
export function exactly(value: number): ExactNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
