import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { inTransaction } from "../sql/transaction.ts";

/** What a webhook is told of a batch. The same key is the same event, however often it comes. */
export type BatchEvent = {
  format: 1;
  key: string;
  type: "batch.done" | "batch.stopped";
  project: string;
  app: string;
  appVersion: string;
  batch: { id: number; name: string; key: string; workunits: number; completed: number; failed: number };
};

type Message = { id: number; key: string; payload: { event: "batch_done" | "batch_stopped"; batch: number } };

const MESSAGES = 100;

/**
 * Turns each message about a batch into deliveries, in the transaction that takes it: one for each webhook of the project, and
 * a mail to whoever submitted it and wants one. @returns messages dealt with.
 */
export async function tellBatches(deps: Deps, nowSeconds: number): Promise<number> {
  return await inTransaction(deps, "tell-batches", async (client) => {
    const { rows } = await client.query<Message>(
      `select id, key, payload from outbox where done_seconds is null and kind = 'batch' and next_seconds <= $1
        order by next_seconds, id limit ${MESSAGES} for update skip locked`,
      [nowSeconds],
    );
    for (const message of rows) await deliver(client, message, nowSeconds);
    await client.query("update outbox set done_seconds = $2, attempts = attempts + 1 where id = any($1::bigint[])", [
      rows.map((row) => row.id),
      nowSeconds,
    ]);
    return rows.length;
  });
}

async function deliver(client: PoolClient, message: Message, nowSeconds: number): Promise<void> {
  const { rows } = await client.query<
    Omit<BatchEvent["batch"], "id"> & { project: string; app: string; version: string }
  >(
    `select b.name, b.key, b.n_workunits as workunits, b.n_completed as completed, b.n_failed as failed,
            p.slug as project, a.name as app, v.version
       from batch b join app_version v on v.id = b.app_version_id join app a on a.id = v.app_id join project p on p.id = a.project_id
      where b.id = $1`,
    [message.payload.batch],
  );
  const row = rows[0];
  if (row === undefined) return;
  const { project, app, version, ...batch } = row;
  const type = message.payload.event === "batch_done" ? "batch.done" : "batch.stopped";
  const event: BatchEvent = {
    format: 1,
    key: message.key,
    type,
    project,
    app,
    appVersion: version,
    batch: { id: message.payload.batch, ...batch },
  };
  await client.query(
    `insert into outbox (key, kind, project_id, payload, created_seconds, next_seconds, handler_id)
     select $1 || '@' || h.id, 'webhook', o.project_id, jsonb_build_object('event', $1::text, 'body', $3::jsonb), $4, $4, h.id
       from outbox o join project_handler h on h.project_id = o.project_id and h.enabled and h.kind = 'webhook'
      where o.id = $2 order by h.id on conflict (key) do nothing`,
    [message.key, message.id, JSON.stringify(event), nowSeconds],
  );
  await client.query(
    `insert into outbox (key, kind, project_id, payload, created_seconds, next_seconds)
     select 'mail:' || $1, 'batch_mail', o.project_id, jsonb_build_object('body', $3::jsonb, 'user', c.created_by), $4, $4
       from outbox o join batch_control c on c.batch_id = $5 and c.notify_mail and c.created_by is not null
      where o.id = $2 on conflict (key) do nothing`,
    [message.key, message.id, JSON.stringify(event), nowSeconds, message.payload.batch],
  );
}

type Letter = { id: number; attempts: number; payload: { body: BatchEvent; user: number }; email: string | null };

/** A process that takes a letter and dies leaves it to others after this. */
const TAKEN_SECONDS = 120;

/**
 * Sends the letters: taken first, sent, then written down, so that one that could not be sent is tried again.
 * @returns how many were sent.
 */
export async function mailBatches(deps: Deps, nowSeconds: number): Promise<number> {
  const { rows } = await deps.pool.query<Letter>(
    `with taken as (
       update outbox set next_seconds = $1::bigint + ${TAKEN_SECONDS}, attempts = attempts + 1 where id in
         (select id from outbox where done_seconds is null and kind = 'batch_mail' and next_seconds <= $1
           order by next_seconds, id limit 20 for update skip locked) returning id, attempts, payload)
     select t.id, t.attempts, t.payload, e.email from taken t
       left join app_user o on o.id = (t.payload->>'user')::bigint left join app_user u on u.id = coalesce(o.merged_into, o.id)
       left join auth_user e on e.id = u.auth_user_id`,
    [nowSeconds],
  );
  let sent = 0;
  for (const letter of rows) {
    const error = await send(deps, letter);
    if (error === null) sent += 1;
    await deps.pool.query(
      `update outbox set done_seconds = $2, last_error = $3, next_seconds = case when $2::bigint is null then $4 else next_seconds end where id = $1`,
      [
        letter.id,
        error === null ? nowSeconds : null,
        error,
        nowSeconds + Math.min(3_600, 30 * 2 ** Math.min(letter.attempts, 7)),
      ],
    );
  }
  return sent;
}

/** @returns why it could not be sent; null: it was, or its reader has no address any more. */
async function send(deps: Deps, { email, payload }: Letter): Promise<string | null> {
  if (email === null) return null;
  try {
    await deps.mail(letterTo(email, payload.body));
    return null;
  } catch (error) {
    deps.log.warn({ err: error }, "a mail about a batch could not be sent, it will be tried again");
    return (error as Error).message.slice(0, 500);
  }
}

export function letterTo(
  to: string,
  { type, project, batch }: BatchEvent,
): { to: string; subject: string; text: string } {
  const counts = `${batch.completed} of ${batch.workunits} workunits are confirmed, ${batch.failed} could not be.`;
  // A name is the submitter's own text; in a subject it stays on one line.
  const name = batch.name.replaceAll(/\s+/g, " ").slice(0, 100);
  return type === "batch.done"
    ? { to, subject: `Done: ${name}`, text: `The batch "${name}" (${batch.id}) of ${project} is done. ${counts}\n` }
    : {
        to,
        subject: `Stopped: ${name}`,
        text: `The batch "${name}" (${batch.id}) of ${project} stopped itself, because too much of it failed. ${counts}\nNothing more of it is handed out until you resume it. Look at the reasons first, then cancel or resume it.\n`,
      };
}
