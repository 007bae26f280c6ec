import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { HELD_RANK, HELD_SHIFT } from "../sql/find-candidates.ts";
import { isUnsent } from "../sql/result-states.ts";
import { inTransaction } from "../sql/transaction.ts";
import { cancelWorkunits } from "../workunit/settle-workunits.ts";
import type { BatchState } from "./draft-batch.ts";

/** So long a cancellation can be undone. */
export const CANCEL_UNDO_SECONDS = 30;

export type BatchAction =
  | { type: "pause" }
  | { type: "resume" }
  /** In CANCEL_UNDO_SECONDS. */
  | { type: "cancel" }
  | { type: "undo_cancel" }
  /** All open workunits of the batch get this priority. */
  | { type: "set_priority"; priority: number };

export type Controlled = { state: BatchState; cancelSeconds: number | null; priority: number | null };

/** Which action in which state; nobody else decides. */
const ALLOWED: Record<BatchAction["type"], readonly BatchState[]> = {
  pause: ["open"],
  resume: ["paused"],
  cancel: ["open", "paused"],
  undo_cancel: ["open", "paused"],
  set_priority: ["open", "paused"],
};

/**
 * Does what the owner of a batch wants with it. What it entails for the workunits follows at once and goes on in the background:
 * no new results of a paused batch are handed out, those that are out may still be reported.
 * @throws {Refusal} `not_found`, `conflict` when the batch is in no state for it.
 */
export async function controlBatch(
  deps: Deps,
  { batchId, action }: { batchId: number; action: BatchAction },
  nowSeconds: number,
): Promise<Controlled> {
  const controlled = await inTransaction(deps, "control-batch", async (client) => {
    const known = await lockControl(client, batchId);
    if (known === null) throw new Refusal("not_found", "There is no such batch.");
    if (!ALLOWED[action.type].includes(known.state)) {
      throw new Refusal("conflict", `This batch is ${known.state}; that cannot be done with it now.`);
    }
    const { isDone, ...before } = known;
    if (isDone) throw new Refusal("conflict", "Every workunit of this batch has ended.");
    const next = after(before, action, nowSeconds);
    await client.query(
      `update batch_control set state = $2, cancel_seconds = $3, priority = $4, is_settled = is_settled and $5,
              stop_reason = case when $2 = 'open' then null else stop_reason end,
              stop_above = case when $6 and stop_reason is not null then null else stop_above end where batch_id = $1`,
      // Whoever resumes a batch that stopped itself has looked at it: it does not stop itself again.
      [batchId, next.state, next.cancelSeconds, next.priority, isQuiet(action), action.type === "resume"],
    );
    return next;
  });
  if (!isQuiet(action)) await settleBatch(deps, batchId, nowSeconds, SETTLE_AT_ONCE);
  return controlled;
}

/** Workunits brought into line before the call is answered; the sweeper does the others. */
const SETTLE_AT_ONCE = 5_000;

const isQuiet = (action: BatchAction) => action.type === "cancel" || action.type === "undo_cancel";

function after(known: Controlled, action: BatchAction, nowSeconds: number): Controlled {
  switch (action.type) {
    case "pause":
      return { ...known, state: "paused" };
    case "resume":
      return { ...known, state: "open" };
    case "cancel":
      return { ...known, cancelSeconds: known.cancelSeconds ?? nowSeconds + CANCEL_UNDO_SECONDS };
    case "undo_cancel":
      return { ...known, cancelSeconds: null };
    case "set_priority":
      return { ...known, priority: action.priority };
  }
}

/** The batch's row of control, locked; made where the batch was submitted whole and has none. Null: no such batch. */
export async function lockControl(
  client: PoolClient,
  batchId: number,
): Promise<(Controlled & { isDone: boolean }) | null> {
  await client.query(
    `insert into batch_control (batch_id, state, options, on_bad)
     select id, case when state = 'cancelled' then 'cancelled' else 'open' end, '{}', 'refuse' from batch where id = $1
     on conflict (batch_id) do nothing`,
    [batchId],
  );
  const { rows } = await client.query<Controlled & { isDone: boolean }>(
    `select c.state, c.cancel_seconds as "cancelSeconds", c.priority,
            b.n_workunits > 0 and b.n_completed + b.n_failed >= b.n_workunits as "isDone"
       from batch_control c join batch b on b.id = c.batch_id where c.batch_id = $1 for update of c`,
    [batchId],
  );
  return rows[0] ?? null;
}

/** Workunits per transaction: short enough not to keep reporters waiting. */
const CHUNK = 500;

/**
 * Brings the open workunits of a batch into line with what its owner wants. Each step says where to, not by how much: it may be
 * done again from the start at any time, and by two processes at once.
 * @returns workunits looked at.
 */
export async function settleBatch(
  deps: Deps,
  batchId: number,
  nowSeconds: number,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  let [looked, afterId] = [0, 0];
  while (looked < most) {
    const step = await inTransaction(deps, "settle-batch", (client) => settleChunk(client, batchId, afterId));
    if (step.cancel.length > 0) await cancelWorkunits(deps, step.cancel, nowSeconds);
    looked += step.count;
    if (step.count < CHUNK) return looked;
    afterId = step.last;
  }
  return looked;
}

type Step = { count: number; last: number; cancel: number[] };

async function settleChunk(client: PoolClient, batchId: number, afterId: number): Promise<Step> {
  // Shared: who changes the control waits for this chunk, and everything after it sees the change.
  const { rows } = await client.query<{ state: BatchState; priority: number | null; settled: boolean }>(
    "select state, priority, is_settled as settled from batch_control where batch_id = $1 for no key update",
    [batchId],
  );
  const control = rows[0];
  if (control === undefined || control.settled) return { count: 0, last: afterId, cancel: [] };
  // Workunits before their results, in the order of their ids, as everywhere.
  const locked = await client.query<{ id: number; state: string }>(
    "select id, state from workunit where batch_id = $1 and id > $2 order by id limit $3 for update",
    [batchId, afterId, CHUNK],
  );
  const ids = locked.rows.filter((row) => row.state === "open").map((row) => row.id);
  if (control.state !== "cancelled") await shift(client, ids, control);
  if (locked.rows.length < CHUNK && control.state !== "cancelled") {
    await client.query(
      "update batch_control set is_settled = true, attempts = 0, next_seconds = 0 where batch_id = $1",
      [batchId],
    );
  }
  const step = { count: locked.rows.length, last: locked.rows.at(-1)?.id ?? afterId };
  return { ...step, cancel: control.state === "cancelled" ? ids : [] };
}

/**
 * A paused workunit keeps its priority, lowered by so much that claiming never reaches it (HELD_RANK): nothing is to be looked
 * up where results are handed out, and results created meanwhile are held as well.
 */
async function shift(
  client: PoolClient,
  ids: readonly number[],
  { state, priority }: { state: BatchState; priority: number | null },
): Promise<void> {
  await client.query(
    `with target as (
       select id, coalesce($2::int, priority + case when priority < -${HELD_RANK} then ${HELD_SHIFT} else 0 end)
                  - case when $3 then ${HELD_SHIFT} else 0 end as priority
         from workunit where id = any($1::bigint[])
     ), moved as (
       update workunit w set priority = t.priority from target t where w.id = t.id and w.priority <> t.priority returning w.id, w.priority)
     update result r set queue_rank = -m.priority from moved m where r.workunit_id = m.id and ${isUnsent("r")}`,
    [ids, priority, state === "paused"],
  );
}
