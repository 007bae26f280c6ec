import type { ParsedExchangeRequest } from "../core/wire/exchange.ts";
import type { PoolClient } from "../database/pool.ts";
import { PERSON_OF_RESULT } from "../workunit/rows.ts";

type Row = { id: number; user_id: number | null; state: string; outcome: string | null; workunit_state: string };

/**
 * Which of the results a client says it holds it should drop: those that are not its user's or that ended for good, and of
 * ended workunits those it has not begun. What it has begun it may finish: a late match is still credited.
 */
export async function toAbort(
  client: Pick<PoolClient, "query">,
  args: { userId: number; holds: ParsedExchangeRequest["holds"] },
): Promise<string[]> {
  if (args.holds.length === 0) return [];
  const { rows } = await client.query<Row>({
    name: "find-holds",
    text: `select r.id, ${PERSON_OF_RESULT} as user_id, r.state, r.outcome, w.state as workunit_state
             from result r join workunit w on w.id = r.workunit_id where r.id = any($1::bigint[])`,
    values: [args.holds.map((hold) => Number(hold.resultId))],
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return args.holds
    .filter(({ resultId, started }) => {
      const row = byId.get(Number(resultId));
      if (row === undefined || row.user_id !== args.userId) return true;
      const mayStillCount = row.state === "in_progress" || row.outcome === "noreply" || row.outcome === "returned";
      return !mayStillCount || (row.workunit_state !== "open" && !started);
    })
    .map((hold) => hold.resultId);
}
