import type { PoolClient } from "../database/pool.ts";

/**
 * One delivery for each handler of the project, in the transaction that takes the message itself: none is lost and none is
 * made twice.
 * @param messages ids of outbox rows.
 */
export async function fanOut(client: PoolClient, messages: readonly number[], nowSeconds: number): Promise<void> {
  await client.query({
    name: "fan-out",
    text: `insert into outbox (key, kind, project_id, workunit_id, payload, created_seconds, next_seconds, handler_id)
           select o.key || '@' || h.id, h.kind, o.project_id, o.workunit_id, jsonb_build_object('event', o.key), $2, $2, h.id
             from outbox o join project_handler h on h.project_id = o.project_id and h.enabled
            where o.id = any($1::bigint[]) order by o.id, h.id on conflict (key) do nothing`,
    values: [messages, nowSeconds],
  });
}
