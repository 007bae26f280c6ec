import { decayed } from "../../core/trust/standing.ts";
import type { Deps } from "../../deps.ts";

/** What a timeline shows of its workunit, read from the rows that the use cases wrote. */
export type ReplayState = {
  canon: number | null;
  err: string[];
  asm: string;
  q: number;
  target: number;
  n: number;
  files: "kept" | "deleted";
  results: ReplayResult[];
  cv: Record<string, number>;
};

export type ReplayResult = {
  id: number;
  state: string;
  outcome: string;
  validation: string;
  creditMicro: number;
  hostId: number | null;
};

type WorkunitRow = {
  errors: string[];
  assimilation: string;
  min_quorum: number;
  target_nresults: number;
  canonical: number | null;
  deleted: boolean;
};

type ResultRow = {
  id: number;
  state: string;
  outcome: string | null;
  validation: string;
  credit_micro: number | null;
  host_id: number | null;
};

const STATES: Record<string, string> = { unsent: "UNSENT", in_progress: "SENT", over: "OVER" };
const VALIDATIONS: Record<string, string> = { valid: "VALID", invalid: "INVALID", inconclusive: "incon" };
/** The order in which the notation names them. */
const ERRORS = ["too_many_errors", "too_many_success", "too_many_total", "cancelled", "couldnt_send"];

/** @param nowSeconds on the server's clock, as everywhere in the rows. */
export async function loadState(
  deps: Deps,
  { workunitId, hosts }: { workunitId: number; hosts: ReadonlyMap<string, number> },
  nowSeconds: number,
): Promise<ReplayState> {
  const [workunits, results, standings] = await Promise.all([
    deps.pool.query<WorkunitRow>(
      `select w.errors, w.assimilation, w.min_quorum, w.target_nresults, c.number as canonical,
              w.output_deleted_seconds is not null as deleted
         from workunit w left join result c on c.id = w.canonical_result_id where w.id = $1`,
      [workunitId],
    ),
    deps.pool.query<ResultRow>(
      `select r.id, r.state, r.outcome, r.validation, e.amount_micro as credit_micro, r.host_id
         from result r left join credit_entry e on e.result_id = r.id and e.kind = 'grant' where r.workunit_id = $1 order by r.number`,
      [workunitId],
    ),
    deps.pool.query<{ host_id: number; consecutiveValid: number; changedSeconds: number }>(
      `select host_id, consecutive_valid as "consecutiveValid", changed_seconds as "changedSeconds" from host_app_version
        where host_id = any($1::bigint[])`,
      [[...hosts.values()]],
    ),
  ]);
  const workunit = workunits.rows[0];
  if (workunit === undefined) throw new Error(`workunit ${workunitId} is not there`);
  const counts = new Map(standings.rows.map((row) => [row.host_id, decayed(row, nowSeconds)]));
  return {
    canon: workunit.canonical,
    err: ERRORS.filter((error) => workunit.errors.includes(error)),
    asm: workunit.assimilation,
    q: workunit.min_quorum,
    target: workunit.target_nresults,
    n: results.rows.length,
    files: workunit.deleted ? "deleted" : "kept",
    results: results.rows.map((row) => ({
      id: row.id,
      state: STATES[row.state] ?? row.state,
      outcome: row.outcome ?? "-",
      validation: VALIDATIONS[row.validation] ?? row.validation,
      creditMicro: row.credit_micro ?? 0,
      hostId: row.host_id,
    })),
    cv: Object.fromEntries([...hosts].map(([name, id]) => [name, counts.get(id) ?? 0])),
  };
}
