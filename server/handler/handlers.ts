import type { Deps } from "../deps.ts";

type Common = { id: number; projectSlug: string; failures: number };

/** A project's handler as it is when something is due for it. */
export type Handler = (Common & { kind: "webhook"; url: string; secret: string }) | (Common & { kind: "export" });

type Row = Common & { kind: Handler["kind"]; url: string | null; secret: string | null };

/** Enabled handlers that something is due for and that are not resting after a failure. */
export async function dueHandlers(deps: Pick<Deps, "pool">, nowSeconds: number): Promise<Handler[]> {
  const { rows } = await deps.pool.query<Row>({
    name: "due-handlers",
    text: `select h.id, h.kind, h.url, h.secret, h.failures, p.slug as "projectSlug"
             from project_handler h join project p on p.id = h.project_id
            where h.enabled and h.next_seconds <= $1
              and exists (select from outbox o where o.handler_id = h.id and o.done_seconds is null and o.next_seconds <= $1)
            order by h.id`,
    values: [nowSeconds],
  });
  return rows.map(({ kind, url, secret, ...common }): Handler => {
    if (kind === "export") return { ...common, kind };
    if (url === null || secret === null) throw new Error(`webhook ${common.id} has no address or no secret`);
    return { ...common, kind, url, secret };
  });
}

/** 5 s, 10 s, 20 s... up to an hour, less up to a half at random: a handler that comes back is not met by all at once. */
function restSeconds(failures: number, draw: number): number {
  return Math.ceil(Math.min(3_600, 5 * 2 ** Math.min(failures - 1, 12)) * (1 - draw / 2));
}

/** 10 s, 20 s, 40 s... up to a day, less up to a half at random. It is never given up. */
export function retryAfterSeconds(attempts: number, draw: number): number {
  return Math.ceil(Math.min(86_400, 10 * 2 ** Math.min(attempts - 1, 16)) * (1 - draw / 2));
}

/** The handler works: whatever it failed before is over. */
export async function noteSuccess(deps: Pick<Deps, "pool">, handlerId: number, milliseconds: number): Promise<void> {
  await deps.pool.query(
    `update project_handler set failures = 0, failing_since_seconds = null, next_seconds = 0, last_error = null, last_ms = $2
      where id = $1`,
    [handlerId, milliseconds],
  );
}

/** The handler does not: it rests, longer each time, and then is tried with one delivery. */
export async function noteFailure(
  deps: Pick<Deps, "pool" | "random" | "log">,
  handler: Handler,
  error: string,
  nowSeconds: number,
): Promise<void> {
  const rest = restSeconds(handler.failures + 1, deps.random());
  deps.log.warn(
    { handler: handler.id, project: handler.projectSlug, reason: error, rest },
    "a handler fails, it rests",
  );
  await deps.pool.query(
    `update project_handler set failures = failures + 1, failing_since_seconds = coalesce(failing_since_seconds, $2),
            next_seconds = $3, last_error = $4 where id = $1`,
    [handler.id, nowSeconds, nowSeconds + rest, error.slice(0, 500)],
  );
}
