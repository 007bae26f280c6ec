import { recheckHosts } from "../audit/recheck-hosts.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { beforeCommit, inTransaction } from "../sql/transaction.ts";
import { assimilate } from "./assimilate.ts";
import { deleteOutputs } from "./delete-outputs.ts";
import { tellRecalls } from "./tell-recalls.ts";

/** What the server does with its own tables and files. What projects' handlers are told is in server/handler. */
export type OutboxKind = "assimilate" | "recall" | "recheck" | "delete_output";

export type OutboxRow = {
  id: number;
  key: string;
  next_seconds: number;
  kind: OutboxKind;
  workunit_id: number;
  attempts: number;
};

/** What became of the messages of one delivery. */
export type Delivered = {
  done: readonly number[];
  /** Not now, and nobody's fault: look again then. */
  postponed: readonly { id: number; nextSeconds: number }[];
};

type Handler = (deps: Deps, client: PoolClient, rows: readonly OutboxRow[], nowSeconds: number) => Promise<Delivered>;

const HANDLERS: Record<OutboxKind, Handler> = {
  assimilate,
  recall: tellRecalls,
  recheck: recheckHosts,
  delete_output: deleteOutputs,
};

/** Messages per transaction. */
const BATCH = 500;

/** Back-off of a delivery that failed: 10 s, 20 s, 40 s... up to an hour. A handler may be gone for days. */
function retryAfterSeconds(attempts: number): number {
  return Math.min(3_600, 10 * 2 ** Math.min(attempts, 12));
}

/**
 * Delivers what is due: effect once, because the effect and the note that it happened are one transaction. What another
 * process is delivering is passed over. A failing delivery is tried again later and holds up no other.
 * @returns messages dealt with.
 */
export async function deliverOutbox(
  deps: Deps,
  { kind, untilSeconds }: { kind: OutboxKind; untilSeconds?: number },
  nowSeconds: number,
): Promise<number> {
  const until = untilSeconds ?? nowSeconds;
  let dealt = 0;
  for (let after = { next_seconds: -1, id: 0 }; ; ) {
    const rows = await deliverBatch(deps, { kind, until, after }, nowSeconds);
    dealt += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return dealt;
    after = last;
  }
}

type Wanted = { kind: OutboxKind; until: number; after: Pick<OutboxRow, "next_seconds" | "id"> };

async function deliverBatch(deps: Deps, wanted: Wanted, nowSeconds: number): Promise<OutboxRow[]> {
  let taken: OutboxRow[] = [];
  try {
    await inTransaction(deps, `outbox:${wanted.kind}`, async (client) => {
      taken = await take(client, wanted);
      if (taken.length === 0) return;
      const { done, postponed } = await HANDLERS[wanted.kind](deps, client, taken, nowSeconds);
      beforeCommit(client, client.query({ ...MARK_DONE, values: [done, nowSeconds] }));
      if (postponed.length === 0) return;
      await client.query(
        "update outbox o set next_seconds = c.next from unnest($1::bigint[], $2::bigint[]) as c (id, next) where o.id = c.id",
        [postponed.map((row) => row.id), postponed.map((row) => row.nextSeconds)],
      );
    });
  } catch (error) {
    if (taken.length === 0) throw error;
    await noteFailure(deps, taken, error, nowSeconds);
  }
  return taken;
}

async function take(client: PoolClient, { kind, until, after }: Wanted): Promise<OutboxRow[]> {
  const { rows } = await client.query<OutboxRow>({ ...TAKE, values: [kind, until, after.next_seconds, after.id] });
  return rows;
}

const TAKE = {
  name: "take-outbox",
  text: `select id, key, next_seconds, kind, workunit_id, attempts from outbox
          where done_seconds is null and kind = $1 and next_seconds <= $2 and (next_seconds, id) > ($3, $4)
          order by next_seconds, id limit ${BATCH} for update skip locked`,
};

const MARK_DONE = {
  name: "outbox-done",
  text: "update outbox set done_seconds = $2, attempts = attempts + 1 where id = any($1::bigint[])",
};

/** One bad message must not stop the others: after a failure each is tried again at its own time, the batch in parts. */
async function noteFailure(deps: Deps, rows: readonly OutboxRow[], error: unknown, nowSeconds: number): Promise<void> {
  deps.log.warn({ err: error, messages: rows.length, kind: rows[0]?.kind }, "delivery failed, it will be tried again");
  const message = error instanceof Error ? error.message : String(error);
  // Spread out, so that the messages of a failed batch do not meet in one batch again.
  await deps.pool.query(
    `update outbox o set attempts = o.attempts + 1, last_error = $3, next_seconds = $4 + c.wait
       from unnest($1::bigint[], $2::bigint[]) as c (id, wait) where o.id = c.id and o.done_seconds is null`,
    [
      rows.map((row) => row.id),
      rows.map((row, index) => retryAfterSeconds(row.attempts) + (row.attempts === 0 ? 0 : index % 30)),
      message.slice(0, 500),
      nowSeconds,
    ],
  );
}
