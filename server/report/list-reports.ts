import type { ReportReason } from "../core/wire/project-report.ts";
import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

export type StoredReport = {
  id: number;
  projectSlug: string;
  projectName: string;
  reason: ReportReason;
  text: string;
  email: string | null;
  createdSeconds: number;
  settledSeconds: number | null;
  settledNote: string | null;
};

/** Reports for the operator, newest first: those still open, or those settled. `beforeId` continues a list. */
export async function listReports(
  pool: Pool,
  args: { settled: boolean; beforeId: number | null; limit: number },
): Promise<StoredReport[]> {
  const { rows } = await pool.query<StoredReport>(
    `select r.id::float8 as id, p.slug as "projectSlug", p.name as "projectName", r.reason, r.text, r.email,
            r.created_seconds::float8 as "createdSeconds", r.settled_seconds::float8 as "settledSeconds",
            r.settled_note as "settledNote"
       from project_report r join project p on p.id = r.project_id
      where (r.settled_seconds is not null) = $1 and ($2::bigint is null or r.id < $2)
      order by r.id desc
      limit $3`,
    [args.settled, args.beforeId, args.limit],
  );
  return rows;
}

/** Settles an open report with a note for later readers. @throws {Refusal} `conflict` when it is settled already or gone. */
export async function settleReport(pool: Pool, args: { id: number; note: string; nowSeconds: number }): Promise<void> {
  const { rowCount } = await pool.query(
    "update project_report set settled_seconds = $2, settled_note = $3 where id = $1 and settled_seconds is null",
    [args.id, args.nowSeconds, args.note],
  );
  if (rowCount !== 1) throw new Refusal("conflict", "This report is settled already.");
}
