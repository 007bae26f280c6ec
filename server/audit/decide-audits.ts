import { auditOutcome } from "../core/trust/recheck.ts";
import { storedReason } from "../core/wire/reason.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { noteHosts } from "../host/note-hosts.ts";
import { inTransaction } from "../sql/transaction.ts";
import { addToOutbox } from "../sql/write-workunits.ts";
import { UnreadableError } from "../storage/storage.ts";
import { type AuditPair, type Finding, findContradictions } from "./contradictions.ts";
import { recheckKey } from "./recheck-key.ts";

/** Audits looked at in one round. */
const BATCH = 50;

const PAIRS = `select a.workunit_id, a.original_id, o.app_version_id, w.state as audit_state, w.canonical_result_id as audit_canonical,
        c.output_sha256 as audit_sha256, w.homogeneity_class as audit_class, o.canonical_result_id as original_canonical,
        o.homogeneity_class as original_class, o.homogeneity_mode, o.output_deleted_seconds is not null as output_deleted
   from audit a join workunit w on w.id = a.workunit_id join workunit o on o.id = a.original_id
   left join result c on c.id = w.canonical_result_id`;

/**
 * S68: when an audit has ended, its output is compared with the original's, outside any lock. The original keeps its end
 * either way; contradicted, it is marked as recalled for ever, its project is told once, and the credit of the wrong results
 * is taken back by entries of the ledger.
 * @returns audits decided.
 */
export async function decideAudits(deps: Deps, nowSeconds: number): Promise<number> {
  const due = await deps.pool.query<AuditPair>(
    `${PAIRS} where a.decided_seconds is null and a.retry_seconds <= $1 and w.state <> 'open' order by a.workunit_id limit ${BATCH}`,
    [nowSeconds],
  );
  for (const pair of due.rows) {
    const finding = await findUnlessUnreadable(deps, pair, nowSeconds);
    if (finding !== null) await decideOne(deps, { pair, finding }, nowSeconds);
  }
  await takeBackLateCredit(deps, nowSeconds);
  return due.rows.length;
}

async function findUnlessUnreadable(deps: Deps, pair: AuditPair, nowSeconds: number): Promise<Finding | null> {
  try {
    return await findContradictions(deps, pair);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    deps.log.warn({ err: error, audit: pair.workunit_id }, "an audit waits for storage");
    await deps.pool.query(
      `update audit set attempts = attempts + 1, retry_seconds = $2::bigint + least(3600, 5 * 2 ^ least(attempts, 12))::bigint
        where workunit_id = $1 and decided_seconds is null`,
      [pair.workunit_id, nowSeconds],
    );
    return null;
  }
}

async function decideOne(
  deps: Deps,
  { pair, finding }: { pair: AuditPair; finding: Finding },
  nowSeconds: number,
): Promise<void> {
  const outcome = auditOutcome({ state: pair.audit_state, agrees: finding.agrees });
  await inTransaction(deps, "decide-audit", async (client) => {
    await client.query("select from workunit where id = any($1::bigint[]) order by id for update", [
      [pair.original_id, pair.workunit_id],
    ]);
    const { rowCount } = await client.query(
      "update audit set outcome = $2, reason = $3, decided_seconds = $4 where workunit_id = $1 and decided_seconds is null",
      [pair.workunit_id, outcome, storedReason(finding.reason), nowSeconds],
    );
    // Another process was faster.
    if (rowCount === 0 || finding.agrees !== false) return;
    await recall(client, pair.original_id, nowSeconds);
    await takeBack(client, finding.wrong, nowSeconds);
  });
}

/** The permanent mark and the one message about it. A second audit finds a workunit marked already. */
async function recall(client: PoolClient, workunitId: number, nowSeconds: number): Promise<void> {
  const { rows } = await client.query<{ project_id: number }>(
    `update workunit w set recalled_seconds = $2 from app_version v join app a on a.id = v.app_id
      where w.id = $1 and w.recalled_seconds is null and v.id = w.app_version_id returning a.project_id`,
    [workunitId, nowSeconds],
  );
  for (const { project_id: projectId } of rows) {
    const message = { key: `recall:${workunitId}`, kind: "recall", projectId, workunitId, dueSeconds: nowSeconds };
    await addToOutbox(client, [message], nowSeconds);
  }
}

type Taken = { result_id: number; host_id: number; app_version_id: number; project_id: number; workunit_id: number };

/** One negative entry for each grant, ever: result and kind are the ledger's key. The host loses its record, as for any lie. */
async function takeBack(client: PoolClient, results: readonly number[], nowSeconds: number): Promise<void> {
  const { rows } = await client.query<Taken>(
    `insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds)
     select g.result_id, 'recall', g.user_id, g.host_id, g.project_id, g.app_version_id, -g.amount_micro, $2
       from credit_entry g where g.result_id = any($1::bigint[]) and g.kind = 'grant' order by g.result_id
     on conflict (result_id, kind) do nothing
     returning result_id, host_id, app_version_id, project_id,
       (select r.workunit_id from result r where r.id = credit_entry.result_id) as workunit_id`,
    [results, nowSeconds],
  );
  await addToOutbox(
    client,
    rows.map((row) => ({
      key: recheckKey(row.result_id, true),
      kind: "recheck",
      projectId: row.project_id,
      workunitId: row.workunit_id,
      dueSeconds: nowSeconds,
    })),
    nowSeconds,
  );
  await noteHosts(
    client,
    rows.map((row) => ({ hostId: row.host_id, appVersionId: row.app_version_id, event: "invalid" })),
    nowSeconds,
  );
}

/** A straggler that matches an output recalled meanwhile is judged by it like any other: its credit is taken back too. */
async function takeBackLateCredit(deps: Deps, nowSeconds: number): Promise<void> {
  const { rows } = await deps.pool.query<AuditPair>(
    `${PAIRS} where a.outcome = 'recalled' and exists (select from result r
        where r.workunit_id = a.original_id and r.validation = 'valid' and r.reported_seconds >= a.decided_seconds
          and not exists (select from credit_entry e where e.result_id = r.id and e.kind = 'recall'))
      order by a.workunit_id limit ${BATCH}`,
  );
  for (const pair of rows) {
    const finding = await findUnlessUnreadable(deps, pair, nowSeconds);
    if (finding?.agrees !== false || finding.wrong.length === 0) continue;
    await inTransaction(deps, "take-back", (client) => takeBack(client, finding.wrong, nowSeconds));
  }
}
