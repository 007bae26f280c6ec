import type { AppVersion } from "../app-version/app-versions.ts";
import type { Reason } from "../core/wire/reason.ts";
import type { Deps } from "../deps.ts";
import { type Compared, compareResults } from "../sweeper/run-verdicts.ts";
import { comparisonOf } from "../workunit/load-workunits.ts";

/** An audit and its original, both ended. */
export type AuditPair = {
  workunit_id: number;
  original_id: number;
  app_version_id: number;
  audit_state: "completed" | "failed";
  audit_canonical: number | null;
  audit_sha256: string | null;
  audit_class: string | null;
  original_canonical: number;
  original_class: string | null;
  homogeneity_mode: string;
  output_deleted: boolean;
};

/** What the audit says of the original. `wrong`: those of its credited results that the audit's output contradicts. */
export type Finding =
  | { agrees: true; reason: Reason }
  | { agrees: false; reason: Reason; wrong: readonly number[] }
  | { agrees: null; reason: Reason };

/**
 * Compares as the app does: by digest, or by its comparator. A comparator of the project's own that gives no answer (it traps,
 * takes too long, or its process is lost) contradicts nobody.
 * @throws {UnreadableError} when an output cannot be read now.
 */
export async function findContradictions(deps: Deps, pair: AuditPair): Promise<Finding> {
  const { audit_canonical: canonical } = pair;
  if (canonical === null) return { agrees: null, reason: { code: "audit_no_result" } };
  if (pair.homogeneity_mode === "same" && pair.audit_class !== pair.original_class) {
    return { agrees: null, reason: { code: "audit_other_class", class: pair.audit_class ?? "" } };
  }
  const version = await deps.versions.get(pair.app_version_id);
  const byDigest = comparisonOf(version) === "digest";
  if (pair.output_deleted && !byDigest) return { agrees: null, reason: { code: "audit_output_deleted" } };
  const verdict = await agreement(deps, { version, canonical, pair }, pair.original_canonical);
  if (verdict.agree) return { agrees: true, reason: verdict.reason };
  if (verdict.asked !== "answered") return { agrees: null, reason: verdict.reason };
  const wrong: number[] = [];
  for (const resultId of await creditedResults(deps, pair.original_id)) {
    const own = await agreement(deps, { version, canonical, pair }, resultId);
    if (!own.agree && own.asked === "answered") wrong.push(resultId);
  }
  return { agrees: false, reason: verdict.reason, wrong };
}

/** Results whose credit has not been taken back yet. */
async function creditedResults(deps: Deps, workunitId: number): Promise<number[]> {
  const { rows } = await deps.pool.query<{ id: number }>(
    `select r.id from result r where r.workunit_id = $1 and r.validation = 'valid'
        and not exists (select from credit_entry e where e.result_id = r.id and e.kind = 'recall') order by r.number`,
    [workunitId],
  );
  return rows.map((row) => row.id);
}

async function agreement(
  deps: Deps,
  { version, canonical, pair }: { version: AppVersion; canonical: number; pair: AuditPair },
  resultId: number,
): Promise<Compared> {
  if (comparisonOf(version) === "verdicts") return await compareResults(deps, version, [resultId, canonical]);
  const { rows } = await deps.pool.query<{ output_sha256: string }>("select output_sha256 from result where id = $1", [
    resultId,
  ]);
  const agree = rows[0]?.output_sha256 === pair.audit_sha256;
  return { agree, reason: { code: agree ? "audit_same_bytes" : "audit_other_bytes" }, asked: "answered" };
}
