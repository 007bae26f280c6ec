import type { Pool } from "../database/pool.ts";
import { VISIBLE } from "../project/authorise.ts";

/** A handler as its operator sees it. Never its secret. */
export type HandlerState = {
  id: number;
  project: string;
  kind: "webhook" | "export";
  url: string | null;
  enabled: boolean;
  /** Messages not delivered yet, and how long the oldest has waited. */
  waiting: number;
  oldestSeconds: number | null;
  /** Null: the last delivery succeeded. */
  failingSinceSeconds: number | null;
  lastError: string | null;
  /** When it is tried next; 0: at once. */
  nextSeconds: number;
  /** Milliseconds of the last delivery that succeeded; null before the first. */
  lastMs: number | null;
};

/** `ofVisible`: only those of projects that everybody may see. */
export async function listHandlers(
  pool: Pool,
  nowSeconds: number,
  { ofVisible = false }: { ofVisible?: boolean } = {},
): Promise<HandlerState[]> {
  const { rows } = await pool.query<HandlerState>(
    `select h.id, p.slug as project, h.kind, h.url, h.enabled, coalesce(o.waiting, 0)::int as waiting,
            $1 - o.oldest as "oldestSeconds", h.failing_since_seconds as "failingSinceSeconds", h.last_error as "lastError",
            h.next_seconds as "nextSeconds", h.last_ms as "lastMs"
       from project_handler h join project p on p.id = h.project_id
       left join (select handler_id, count(*) as waiting, min(created_seconds) as oldest from outbox
                   where done_seconds is null and handler_id is not null group by handler_id) o on o.handler_id = h.id
      ${ofVisible ? `where ${VISIBLE}` : ""} order by h.id`,
    [nowSeconds],
  );
  return rows;
}
