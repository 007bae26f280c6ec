/** What a comparison of two outputs says. `malformed`: which of the two does not fit the declared output schema. */
export interface ComparisonVerdict {
  readonly agree: boolean;
  /** One sentence for evidence pages, without a full stop. */
  readonly reason: string;
  readonly malformed: readonly ("first" | "second")[];
}

export function agrees(reason: string): ComparisonVerdict {
  return { agree: true, reason, malformed: [] };
}

export function differs(reason: string): ComparisonVerdict {
  return { agree: false, reason, malformed: [] };
}
