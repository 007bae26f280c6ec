import { PARKED_LEASE_SECONDS } from "../core/limits.ts";
import type { Deps } from "../deps.ts";
import { equalHex } from "../secrets.ts";
import { isInProgress } from "../sql/result-states.ts";
import { recordReports } from "./record-reports.ts";

export type LeaseProof = { resultId: number; leaseToken: string };

type Row = { id: number; workunit_id: number; number: number; host_id: number; user_id: number };

const PARK_LEASES = {
  name: "park-leases",
  // Never shortens what never runs out, and revives nothing.
  text: `with held as (
           select r.id from result r where r.id = any($1::bigint[]) and ${isInProgress("r")} and r.lease_end_seconds >= $2
            order by r.id for update skip locked
         )
         update result r set lease_end_seconds = $2 + $3, parked = true, due_seconds = least(r.due_seconds, $2 + $3 + 1)
           from held where r.id = held.id`,
};

/**
 * A page that stops computing keeps its leases for ten minutes (S31), or hands them back. The token of each lease is the
 * proof; wrong ones are passed over, for a beacon has nobody to tell.
 * @returns how many leases were proven.
 */
export async function parkLeases(
  deps: Deps,
  { park, giveBack }: { park: readonly LeaseProof[]; giveBack: readonly LeaseProof[] },
  nowSeconds: number,
): Promise<{ parked: number; givenBack: number }> {
  const proven = await proveLeases(deps, [...park, ...giveBack]);
  const parked = park.filter((proof) => proven.has(proof.resultId)).map((proof) => proof.resultId);
  if (parked.length > 0) await deps.pool.query({ ...PARK_LEASES, values: [parked, nowSeconds, PARKED_LEASE_SECONDS] });
  const back = giveBack.flatMap((proof) => proven.get(proof.resultId) ?? []);
  for (const [userId, rows] of Map.groupBy(back, (row) => row.user_id)) {
    const reports = rows.map((row) => ({
      status: "good" as const,
      resultId: row.id,
      workunitId: row.workunit_id,
      number: row.number,
      said: { kind: "returned" as const },
      details: {},
    }));
    await recordReports(deps, { userId, reports }, nowSeconds);
  }
  return { parked: parked.length, givenBack: back.length };
}

/** The results of those proofs that are genuine. */
async function proveLeases(deps: Deps, proofs: readonly LeaseProof[]): Promise<Map<number, Row>> {
  const { rows } = await deps.pool.query<Row>(
    "select id, workunit_id, number, host_id, user_id from result where id = any($1::bigint[]) and host_id is not null",
    [proofs.map((proof) => proof.resultId)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const proven = new Map<number, Row>();
  for (const { resultId, leaseToken } of proofs) {
    const row = byId.get(resultId);
    if (row && equalHex(leaseToken, deps.secrets.leaseToken(row.id, row.host_id))) proven.set(resultId, row);
  }
  return proven;
}
