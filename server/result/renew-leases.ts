import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";

export type HeldResult = { id: number; workunitId: number; leaseEndSeconds: number | null; deadlineSeconds: number };

const RENEW_LEASES = {
  name: "renew-leases",
  // What is locked is being decided right now and needs no renewal. A lease that has run out is not revived, even when the
  // sweeper has not come by yet. No indexed value changes (a parked lease that becomes a shorter one apart): the rows are
  // changed in place.
  text: `with held as (
           select r.id, w.lease_seconds from result r join workunit w on w.id = r.workunit_id
            where r.host_id = $1 and r.state = 'in_progress' and r.lease_end_seconds >= $2
              and (case when r.parked then r.id = any($3::bigint[]) else r.lease_end_seconds <> $2 + w.lease_seconds end)
            order by r.id for update of r skip locked
         )
         update result r set lease_end_seconds = $2 + held.lease_seconds, parked = false,
             due_seconds = least(r.due_seconds, $2 + held.lease_seconds + 1) from held where r.id = held.id`,
};

const LIST_PARKED = {
  name: "list-parked",
  text: "select r.id from result r where r.host_id = $1 and r.state = 'in_progress' and r.parked",
};

/** Results of a host that are parked. */
export async function listParked(client: Pick<PoolClient, "query">, hostId: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>({ ...LIST_PARKED, values: [hostId] });
  return rows.map((row) => row.id);
}

/**
 * Every exchange of a host renews all its leases, and of its parked ones those named (S30, S31): what was parked when it
 * came. What is parked while it is under way belongs to a page that was closed after it spoke, and stays parked.
 */
export async function renewLeases(
  deps: Deps,
  { hostId, parked }: { hostId: number; parked: readonly number[] },
  nowSeconds: number,
): Promise<void> {
  await deps.pool.query({ ...RENEW_LEASES, values: [hostId, nowSeconds, parked] });
}

const LIST_HELD = {
  name: "list-held",
  text: `select r.id, r.workunit_id as "workunitId", r.lease_end_seconds as "leaseEndSeconds", r.deadline_seconds as "deadlineSeconds"
           from result r where r.host_id = $1 and r.state = 'in_progress'`,
};

/** What a host holds, in ascending result id. */
export async function listHeld(client: Pick<PoolClient, "query">, hostId: number): Promise<HeldResult[]> {
  const { rows } = await client.query<HeldResult>({ ...LIST_HELD, values: [hostId] });
  // Asked for in this order PostgreSQL may take the index that has it, of all results there ever were.
  return rows.sort((a, b) => a.id - b.id);
}
