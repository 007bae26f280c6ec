import { onCancel } from "../core/replication/endings.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { addToOutbox } from "../sql/write-workunits.ts";
import { lockWorkunits } from "../workunit/load-workunits.ts";
import { perform, settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";

/** Workunits per transaction: each holds its rows for a fraction of a second. */
const CHUNK = 500;
const REASON_MAX_CHARACTERS = 500;

type StateChange = { appVersionId: number; reason: string };

/**
 * No new batches for this version; what was submitted goes on, and counts. Again, or after it was withdrawn: nothing.
 * @throws {Refusal} `not_found`.
 */
export async function deprecateAppVersion(
  deps: Deps,
  change: StateChange,
  nowSeconds: number,
): Promise<{ changed: boolean }> {
  const changed = await inTransaction(deps, "deprecate", (client) =>
    setState(client, { ...change, from: ["published"], to: "deprecated" }, nowSeconds),
  );
  deps.versions.forget();
  return { changed };
}

export type Withdrawal = {
  changed: boolean;
  /** Open workunits that were cancelled by this call. */
  cancelled: number;
  /** Workunits with a result that were marked as recalled by this call, one message each. */
  recalled: number;
};

/**
 * Nothing of this version counts any more: open workunits are cancelled, those that ended with a result are marked as
 * recalled for ever, and its project is told so once for each. Credit stays: the volunteers did nothing wrong. Interrupted,
 * the next call goes on where it was.
 * @throws {Refusal} `not_found`.
 */
export async function withdrawAppVersion(deps: Deps, change: StateChange, nowSeconds: number): Promise<Withdrawal> {
  // Whoever submits holds this row: from here on nobody does, and nothing of it is handed out.
  const changed = await inTransaction(deps, "withdraw", (client) =>
    setState(client, { ...change, from: ["published", "deprecated"], to: "withdrawn" }, nowSeconds),
  );
  deps.versions.forget();
  const { appVersionId } = change;
  const cancelled = await inChunks((after) => cancelSome(deps, { appVersionId, after }, nowSeconds));
  // What is open no more stays as it is: nothing can end with a result behind this.
  const recalled = await inChunks((after) => recallSome(deps, { appVersionId, after }, nowSeconds));
  return { changed, cancelled, recalled };
}

async function setState(
  client: PoolClient,
  { appVersionId, reason, from, to }: StateChange & { from: readonly string[]; to: string },
  nowSeconds: number,
): Promise<boolean> {
  const { rows } = await client.query("select from app_version where id = $1 for update", [appVersionId]);
  if (rows.length === 0) throw new Refusal("not_found", "There is no such app version.");
  const { rowCount } = await client.query(
    "update app_version set state = $3, state_reason = $4, state_seconds = $5 where id = $1 and state = any($2::text[])",
    [appVersionId, from, to, reason.slice(0, REASON_MAX_CHARACTERS), nowSeconds],
  );
  return rowCount === 1;
}

/** Walks through the version's workunits by id; each step says how many it changed and where it stopped. */
async function inChunks(step: (after: number) => Promise<{ changed: number; last: number | null }>): Promise<number> {
  let total = 0;
  for (let after = 0; ; ) {
    const { changed, last } = await step(after);
    total += changed;
    if (last === null) return total;
    after = last;
  }
}

type Chunk = { appVersionId: number; after: number };

async function cancelSome(
  deps: Deps,
  chunk: Chunk,
  nowSeconds: number,
): Promise<{ changed: number; last: number | null }> {
  return await inTransaction(deps, "cancel-withdrawn", async (client) => {
    const ids = await nextWorkunits(client, chunk, "open");
    const workunits = await lockWorkunits(deps, client, ids);
    for (const workunit of workunits) {
      perform(workunit, onCancel(workunit.state.workunit), nowSeconds);
      if (workunit.actions.length > 0) settle(workunit, nowSeconds);
    }
    await writeChanges(client, workunits, nowSeconds);
    const changed = workunits.filter((workunit) => workunit.actions.length > 0).length;
    return { changed, last: ids.at(-1) ?? null };
  });
}

async function recallSome(
  deps: Deps,
  chunk: Chunk,
  nowSeconds: number,
): Promise<{ changed: number; last: number | null }> {
  return await inTransaction(deps, "recall-withdrawn", async (client) => {
    const ids = await nextWorkunits(client, chunk, "completed");
    if (ids.length === 0) return { changed: 0, last: null };
    await client.query("select from workunit where id = any($1::bigint[]) order by id for update", [ids]);
    const { rows } = await client.query<{ id: number; project_id: number }>(
      `update workunit w set recalled_seconds = $2 from app_version v join app a on a.id = v.app_id
        where w.id = any($1::bigint[]) and w.recalled_seconds is null and v.id = w.app_version_id returning w.id, a.project_id`,
      [ids, nowSeconds],
    );
    const messages = rows.map(({ id, project_id: projectId }) => {
      return { key: `recall:${id}`, kind: "recall", projectId, workunitId: id, dueSeconds: nowSeconds };
    });
    await addToOutbox(client, messages, nowSeconds);
    return { changed: rows.length, last: ids.at(-1) ?? null };
  });
}

/** By way of the batches, which have the index: an index of states would be written with every workunit's end. */
async function nextWorkunits(client: PoolClient, { appVersionId, after }: Chunk, state: string): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `select w.id from batch b cross join lateral
       (select id from workunit where batch_id = b.id and id > $2 and state = $3 and recalled_seconds is null order by id limit ${CHUNK}) w
      where b.app_version_id = $1 order by w.id limit ${CHUNK}`,
    [appVersionId, after, state],
  );
  return rows.map((row) => row.id);
}
