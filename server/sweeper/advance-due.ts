import { nextDueSeconds } from "../core/replication/leases.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { isInProgress } from "../sql/result-states.ts";
import { inTransaction } from "../sql/transaction.ts";
import { lockWorkunits } from "../workunit/load-workunits.ts";
import { type LoadedWorkunit, settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";

/** Workunits per transaction: large enough to amortise it, small enough not to keep reporters waiting. */
const BATCH = 200;

const FIND_DUE = {
  name: "find-due",
  text: `select distinct workunit_id as id from
           (select workunit_id from result where due_seconds <= $1 order by due_seconds limit ${BATCH}) d`,
};

/** Ends what ran out by now: deadlines and leases. Any number of processes may do it at once. @returns workunits looked at. */
export async function advanceDue(deps: Deps, nowSeconds: number): Promise<number> {
  let looked = 0;
  for (;;) {
    const { rows } = await deps.pool.query<{ id: number }>({ ...FIND_DUE, values: [nowSeconds] });
    if (rows.length === 0) return looked;
    looked += rows.length;
    await advance(
      deps,
      rows.map((row) => row.id),
      nowSeconds,
    );
    if (rows.length < BATCH) return looked;
  }
}

async function advance(deps: Deps, ids: readonly number[], nowSeconds: number): Promise<void> {
  await inTransaction(deps, "sweep", async (client) => {
    const workunits = await lockWorkunits(deps, client, ids);
    for (const workunit of workunits) settle(workunit, nowSeconds);
    await writeChanges(client, workunits, nowSeconds);
    await postpone(client, workunits, nowSeconds);
  });
}

/** What was renewed since falls due later: the index learns that here, not at every renewal. */
async function postpone(client: PoolClient, workunits: readonly LoadedWorkunit[], nowSeconds: number): Promise<void> {
  const renewed = workunits.flatMap(({ state }) =>
    state.results.flatMap((result) => {
      if (result.state !== "in_progress") return [];
      return {
        id: Number(result.id),
        due: nextDueSeconds(state.workunit, [result], nowSeconds) ?? result.holder.deadlineSeconds + 1,
      };
    }),
  );
  if (renewed.length === 0) return;
  await client.query({
    name: "postpone-due",
    text: `update result r set due_seconds = c.due from unnest($1::bigint[], $2::bigint[]) as c (id, due)
            where r.id = c.id and ${isInProgress("r")} and r.due_seconds <= $3 and c.due > $3`,
    values: [renewed.map((row) => row.id), renewed.map((row) => row.due), nowSeconds],
  });
}

/** When something falls due next; null when nothing is out. It may find, when it is time, that leases were renewed. */
export async function nextDue(deps: Pick<Deps, "pool">): Promise<number | null> {
  const { rows } = await deps.pool.query<{ due: number | null }>(
    "select min(due_seconds) as due from result where due_seconds is not null",
  );
  return rows[0]?.due ?? null;
}
