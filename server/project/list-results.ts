import type { Pool } from "pg";
import { isInProgress } from "../sql/result-states.ts";

/**
 * Of workunits `w`: those whose outputs may be used. One that was recalled may not; the audit that contradicted it stands in
 * its place, other audits only say again what is there already.
 */
export const USABLE = `w.recalled_seconds is null
        and not exists (select from audit x where x.workunit_id = w.id and x.outcome is distinct from 'recalled')`;

export interface ConfirmedResult {
  workunitId: number;
  name: string;
  endedSeconds: number;
  outputSha256: string;
  outputBytes: number;
  confirmations: number;
}

/** The workunits confirmed last whose every result is over, newest first. */
export async function listConfirmed(pool: Pool, slug: string, limit: number): Promise<ConfirmedResult[]> {
  const { rows } = await pool.query<ConfirmedResult>(
    `select w.id as "workunitId", w.name, w.ended_seconds as "endedSeconds", c.output_sha256 as "outputSha256",
            c.output_bytes as "outputBytes",
            (select count(*)::int from result r where r.workunit_id = w.id and r.validation = 'valid') as confirmations
       from assimilated_result s join workunit w on w.id = s.workunit_id join result c on c.id = w.canonical_result_id
      where s.project_id = (select id from project where slug = $1) and s.succeeded and ${USABLE}
        and not exists (select from result r where r.workunit_id = w.id and ${isInProgress("r")})
      order by s.assimilated_seconds desc, s.workunit_id desc limit $2`,
    [slug, limit],
  );
  return rows;
}

export interface ConfirmedOutput extends ConfirmedResult {
  output: Buffer | null;
}

/**
 * Canonical outputs in workunit order, in pages: what a download streams. `afterId` is the last workunit id of the page
 * before. Only workunits with nothing out any more (replication: what volunteers may see).
 */
export async function pageConfirmedOutputs(
  pool: Pool,
  slug: string,
  page: { afterId: number; limit: number },
): Promise<ConfirmedOutput[]> {
  const { rows } = await pool.query<ConfirmedOutput>(
    `select w.id as "workunitId", w.name, w.ended_seconds as "endedSeconds", c.output_sha256 as "outputSha256",
            c.output_bytes as "outputBytes", o.bytes as output,
            (select count(*)::int from result r where r.workunit_id = w.id and r.validation = 'valid') as confirmations
       from assimilated_result s join workunit w on w.id = s.workunit_id join result c on c.id = w.canonical_result_id
       left join result_output o on o.result_id = c.id
      where s.project_id = (select id from project where slug = $1) and s.succeeded and s.workunit_id > $2 and ${USABLE}
        and not exists (select from result r where r.workunit_id = w.id and ${isInProgress("r")})
      order by s.workunit_id limit $3`,
    [slug, page.afterId, page.limit],
  );
  return rows;
}
