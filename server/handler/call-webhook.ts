import { createHmac } from "node:crypto";
import { OUTPUT_MAX_BYTES } from "../core/limits.ts";
import type { Deps } from "../deps.ts";
import { loadEvents } from "./events.ts";
import { type Handler, noteFailure, noteSuccess, retryAfterSeconds } from "./handlers.ts";
import { postWebhook } from "./post-webhook.ts";

/** Calls of one handler at once: outputs have up to 16 MiB, and are in memory while they are sent. */
const AT_ONCE = 4;
/** One call, from the look-up of the name to the status of the answer. */
export const CALL_TIMEOUT_MS = 10_000;
/** A process that takes a delivery and dies leaves it to others after this. */
const TAKEN_SECONDS = 60;
/** After this the handler waits for the next round, so that no handler keeps the others waiting. */
const LANE_MS = 10_000;
/** The receiver is there and does not want this one message; the next may please it. */
const ABOUT_THE_MESSAGE = new Set([400, 409, 413, 415, 422]);

type Webhook = Extract<Handler, { kind: "webhook" }>;
/** About a workunit, or with what is to be said (`body`). */
type Delivery = { id: number; workunit_id: number; event: string; body: unknown; attempts: number };
type Outcome = { delivery: Delivery; error: string | null; blamesHandler: boolean };

/**
 * Posts due deliveries, outside any transaction: a delivery is taken first, posted, then written down. A process that dies
 * between leaves it to be posted again under the same key, so the receiver sees it at least once and can tell that it has.
 * @returns deliveries that succeeded.
 */
export async function callWebhook(deps: Deps, handler: Webhook, nowSeconds: number): Promise<number> {
  if (handler.failures > 0 && !(await mayTry(deps, handler, nowSeconds))) return 0;
  const began = performance.now();
  let delivered = 0;
  // One delivery shows whether a handler that failed works again.
  let atOnce = handler.failures > 0 ? 1 : AT_ONCE;
  for (;;) {
    const taken = await take(deps, { handler, atOnce }, nowSeconds);
    if (taken.length === 0) return delivered;
    const roundBegan = performance.now();
    const outcomes = await Promise.all(taken.map((delivery) => deliver(deps, { handler, delivery }, nowSeconds)));
    const good = outcomes.filter((outcome) => outcome.error === null);
    await writeDown(deps, outcomes, nowSeconds);
    delivered += good.length;
    const alive = good.length > 0 || outcomes.some((outcome) => !outcome.blamesHandler);
    if (!alive) {
      await noteFailure(deps, handler, outcomes[0]?.error ?? "", nowSeconds);
      return delivered;
    }
    await noteSuccess(deps, handler.id, Math.round(performance.now() - roundBegan));
    atOnce = AT_ONCE;
    if (performance.now() - began > LANE_MS) return delivered;
  }
}

/** Of all processes one tries a handler that failed. */
async function mayTry(deps: Deps, handler: Webhook, nowSeconds: number): Promise<boolean> {
  const { rowCount } = await deps.pool.query(
    "update project_handler set next_seconds = $2::bigint + $3 where id = $1 and next_seconds <= $2",
    [handler.id, nowSeconds, TAKEN_SECONDS],
  );
  return rowCount === 1;
}

async function take(
  deps: Deps,
  { handler, atOnce }: { handler: Webhook; atOnce: number },
  nowSeconds: number,
): Promise<Delivery[]> {
  const { rows } = await deps.pool.query<Delivery>({
    name: "take-deliveries",
    text: `update outbox set next_seconds = $2::bigint + ${TAKEN_SECONDS}, attempts = attempts + 1 where id in
             (select id from outbox where handler_id = $1 and done_seconds is null and next_seconds <= $2
               order by next_seconds, id limit $3 for update skip locked)
           returning id, workunit_id, payload->>'event' as event, payload->'body' as body, attempts`,
    values: [handler.id, nowSeconds, atOnce],
  });
  return rows;
}

async function deliver(
  deps: Deps,
  { handler, delivery }: { handler: Webhook; delivery: Delivery },
  nowSeconds: number,
): Promise<Outcome> {
  try {
    const key = { event: delivery.event, workunitId: delivery.workunit_id };
    const event = delivery.body ?? (await loadEvents(deps, [key], OUTPUT_MAX_BYTES))[0];
    const body = Buffer.from(JSON.stringify(event));
    const { status, text } = await postWebhook({
      url: handler.url,
      body,
      headers: headersOf({ handler, delivery, body }, nowSeconds),
      timeoutMs: CALL_TIMEOUT_MS,
      allowPrivate: deps.rules.privateWebhooks,
    });
    if (status >= 200 && status < 300) return { delivery, error: null, blamesHandler: false };
    const said = text.replaceAll(/\s+/g, " ").trim().slice(0, 200);
    const error = `answered ${status}${status >= 300 && status < 400 ? " (redirects are not followed)" : ""}${said && `: ${said}`}`;
    return { delivery, error, blamesHandler: !ABOUT_THE_MESSAGE.has(status) };
  } catch (error) {
    return { delivery, error: (error as Error).message, blamesHandler: true };
  }
}

/**
 * `Quorate-Signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 with the handler's secret over `SECONDS.BODY`. A receiver
 * refuses times that are minutes away, so that nobody can repeat an old call, and what it has seen by `Idempotency-Key`.
 */
function headersOf(
  { handler, delivery, body }: { handler: Webhook; delivery: Delivery; body: Buffer },
  nowSeconds: number,
): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": "Quorate-Webhook/1",
    "idempotency-key": delivery.event,
    "quorate-attempt": String(delivery.attempts),
    "quorate-signature": `t=${nowSeconds},v1=${signatureOf(handler.secret, nowSeconds, body)}`,
  };
}

/** What both sides compute. @returns 64 hex digits */
export function signatureOf(secret: string, seconds: number, body: Uint8Array): string {
  return createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex");
}

async function writeDown(deps: Deps, outcomes: readonly Outcome[], nowSeconds: number): Promise<void> {
  const failed = outcomes.filter((outcome) => outcome.error !== null);
  const ids = (some: readonly Outcome[]) => some.map((outcome) => outcome.delivery.id);
  await deps.pool.query(
    "update outbox set done_seconds = $2, last_error = null where id = any($1::bigint[]) and done_seconds is null",
    [ids(outcomes.filter((outcome) => outcome.error === null)), nowSeconds],
  );
  if (failed.length === 0) return;
  await deps.pool.query(
    `update outbox o set next_seconds = c.next_seconds, last_error = c.error
       from unnest($1::bigint[], $2::bigint[], $3::text[]) as c (id, next_seconds, error)
      where o.id = c.id and o.done_seconds is null`,
    [
      ids(failed),
      failed.map(({ delivery }) => nowSeconds + retryAfterSeconds(delivery.attempts, deps.random())),
      failed.map((outcome) => outcome.error?.slice(0, 500)),
    ],
  );
}
