import { wasSent } from "./results.ts";
import type { Result, ResultId } from "./types.ts";

/**
 * S79: whether the results that confirmed a workunit, two or more, are all one person's. `results` name the survivor of
 * joined identities as their holder (S77).
 */
export function isConfirmedByOnePerson(results: readonly Result[], confirmedBy: readonly ResultId[]): boolean {
  if (confirmedBy.length < 2) return false;
  const people = results.flatMap((result) =>
    wasSent(result) && confirmedBy.includes(result.id) ? [result.holder.userId] : [],
  );
  return people.length === confirmedBy.length && new Set(people).size === 1;
}
