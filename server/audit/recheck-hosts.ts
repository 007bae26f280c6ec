import { recheckFromSeconds, type SingleAcceptance, toRecheck } from "../core/trust/recheck.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import type { Delivered, OutboxRow } from "../outbox/deliver-outbox.ts";
import { createAudits, type WantedAudit } from "./create-audits.ts";
import { resultOfRecheck } from "./recheck-key.ts";

/** S67: whatever was accepted from a caught host alone in the last days is computed again, by others, each once. */
export async function recheckHosts(
  deps: Deps,
  client: PoolClient,
  rows: readonly OutboxRow[],
  nowSeconds: number,
): Promise<Delivered> {
  const wanted: WantedAudit[] = [];
  const planned = new Set<string>();
  for (const { resultId, hostId } of await hostsOf(client, rows)) {
    const accepted = await singleAcceptances(client, hostId, nowSeconds);
    for (const workunitId of toRecheck(String(hostId), accepted, planned, nowSeconds)) {
      planned.add(workunitId);
      wanted.push({ originalId: Number(workunitId), cause: "caught_lie", resultId });
    }
  }
  const created = await createAudits(deps, client, wanted, nowSeconds);
  if (created.size > 0)
    deps.log.info({ audits: created.size }, "a host was caught: its single acceptances are audited");
  return { done: rows.map((row) => row.id), postponed: [] };
}

async function hostsOf(
  client: PoolClient,
  rows: readonly OutboxRow[],
): Promise<{ resultId: number; hostId: number }[]> {
  const found = await client.query<{ resultId: number; hostId: number }>(
    `select id as "resultId", host_id as "hostId" from result where id = any($1::bigint[]) and host_id is not null order by id`,
    [rows.map((row) => resultOfRecheck(row.key))],
  );
  return found.rows;
}

/** Those that were never audited: `toRecheck` decides which of them are recent enough. */
async function singleAcceptances(client: PoolClient, hostId: number, nowSeconds: number): Promise<SingleAcceptance[]> {
  const { rows } = await client.query<{ workunitId: number; resultId: number; validSeconds: number }>(
    `select w.id as "workunitId", r.id as "resultId", w.ended_seconds as "validSeconds"
       from result r join workunit w on w.id = r.workunit_id
      where r.host_id = $1 and r.reported_seconds >= $2 and w.canonical_result_id = r.id and w.accepted_by = 'single'
        and w.recalled_seconds is null and not exists (select from audit a where a.original_id = w.id)`,
    // A single acceptance comes with the report that it accepts.
    [hostId, recheckFromSeconds(nowSeconds)],
  );
  return rows.map((row) => ({
    workunitId: String(row.workunitId),
    resultId: String(row.resultId),
    hostId: String(hostId),
    validSeconds: row.validSeconds,
  }));
}
