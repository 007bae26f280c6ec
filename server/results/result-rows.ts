import type { AppVersions } from "../app-version/app-versions.ts";
import { INLINE_OUTPUT_MAX_BYTES } from "../core/limits.ts";
import type { OutputSchema } from "../core/wire/kernel-manifest.ts";
import type { Pool } from "../database/pool.ts";
import { USABLE } from "../project/list-results.ts";
import { outputKey, type Storage } from "../storage/storage.ts";
import { BEGINNING, type Place, placeText } from "./place.ts";

/** Which results: of one batch, or of all a project has, narrowed down. */
export type ResultQuery = {
  projectId: number;
  batchId?: number;
  app?: string;
  version?: string;
  /** Confirmed at this second or later. */
  sinceSeconds?: number;
  /** A tag and the value it must have. */
  tag?: { name: string; value: string };
  /** In the order of the workunits: after this one, where an earlier download ended. */
  afterId?: number;
  /** In the order in which they came to be there instead. */
  asCompleted?: AsCompleted;
};

export type AsCompleted = {
  /** Where an earlier download said that it goes on. */
  from: Place;
  /** All has ended and been written down. Else only what no transaction can precede any more is gone on from. */
  isSettled: boolean;
};

/** One confirmed result with where it comes from. */
export type ResultRow = {
  workunitId: number;
  name: string;
  tags: Record<string, string | number | boolean>;
  batchId: number;
  app: string;
  version: string;
  /** The address of what computed it: SHA-256 of the published package. */
  kernelSha256: string;
  inputSha256: string;
  files: Record<string, string>;
  outputSha256: string;
  outputBytes: number;
  confirmedSeconds: number;
  /** The rule that accepted it, and how many different people's results agree. */
  acceptedBy: string;
  confirmations: number;
  /** Of those results: on what they were computed. */
  backends: string[];
  schema: OutputSchema;
  output: Buffer;
  /** Where to go on, in the order in which they came to be there; null in the order of the workunits. */
  cursor: string | null;
};

export type ResultDeps = { pool: Pool; storage: Pick<Storage, "read">; versions: Pick<AppVersions, "get"> };

/** What is read at once: so many rows, or fewer where their outputs are large. A download holds one such page. */
const PAGE_ROWS = 500;
const PAGE_BYTES = 1024 * 1024;

/**
 * Confirmed results, page after page, each page only when it is asked for: nothing is held open between pages and no more than
 * one is in memory. Only workunits with nothing out any more, whose outputs are kept.
 *
 * In the order in which they came to be there, nothing may be missed by whoever goes on at a row's `cursor`: it stays before the
 * first result that is there but still out, and before what a transaction that still runs may yet precede: results are in the
 * order of the transactions that wrote them, and each of those before the oldest one still running has ended. No clock has a part
 * in it. What comes after is told all the same, and told again to whoever goes on.
 */
export async function* readResults(deps: ResultDeps, query: ResultQuery): AsyncGenerator<ResultRow> {
  const { asCompleted } = query;
  let after: Place = asCompleted?.from ?? { ...BEGINNING, workunitId: query.afterId ?? 0 };
  let sure = after;
  let isSure = true;
  for (;;) {
    const candidates = await nextCandidates(deps.pool, query, after);
    if (candidates.length === 0) return;
    const firstUnsure =
      asCompleted?.isSettled === true ? Number.POSITIVE_INFINITY : (candidates[0]?.oldestRunning ?? 0);
    for (const { isOut, transaction, appVersionId, output, ...row } of await loadPage(deps.pool, query, candidates)) {
      isSure &&= !isOut && transaction < firstUnsure;
      if (isSure) sure = { transaction, workunitId: row.workunitId };
      if (isOut) continue;
      yield {
        ...row,
        schema: (await deps.versions.get(appVersionId)).manifest.output,
        output: output ?? (await deps.storage.read(outputKey(row.workunitId, row.outputSha256))),
        cursor: asCompleted === undefined ? null : placeText(sure),
      };
    }
    after = candidates.at(-1) ?? after;
  }
}

/** `oldestRunning`: the first transaction that may have written what the same look did not see. */
type Candidate = Place & { bytes: number; oldestRunning: number };

/**
 * What to look at next, by one index in its own order: what a page costs does not depend on how many pages follow, nor on what
 * the database believes of its tables.
 */
async function nextCandidates(pool: Pool, query: ResultQuery, after: Place): Promise<Candidate[]> {
  const { rows } = await pool.query<Candidate>(
    `select p."workunitId", p.transaction, coalesce(c.output_bytes, 0) as bytes,
            (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint as "oldestRunning"
       from (${pageSql(query)} limit ${PAGE_ROWS}) p
       left join lateral (select output_bytes from result where id = p.canonical_result_id limit 1) c on true
      order by p.transaction, p."workunitId"`,
    [
      query.batchId ?? query.projectId,
      ...(query.asCompleted === undefined ? [] : [after.transaction]),
      after.workunitId,
    ],
  );
  let bytes = 0;
  const fitting = rows.findIndex((row) => {
    // Larger ones do not come with the page.
    bytes += row.bytes > INLINE_OUTPUT_MAX_BYTES ? 0 : row.bytes;
    return bytes > PAGE_BYTES;
  });
  return fitting === -1 ? rows : rows.slice(0, Math.max(1, fitting));
}

function pageSql({ batchId, asCompleted }: ResultQuery): string {
  if (asCompleted !== undefined) {
    return `select workunit_id as "workunitId", written_xact as transaction, canonical_result_id from assimilated_result
             where ${batchId === undefined ? "project_id" : "batch_id"} = $1 and (written_xact, workunit_id) > ($2, $3)
             order by written_xact, workunit_id`;
  }
  if (batchId !== undefined) {
    return `select id as "workunitId", 0::bigint as transaction, canonical_result_id from workunit
             where batch_id = $1 and id > $2 order by id`;
  }
  return `select workunit_id as "workunitId", 0::bigint as transaction, canonical_result_id from assimilated_result
           where project_id = $1 and workunit_id > $2 order by workunit_id`;
}

type Loaded = Omit<ResultRow, "output" | "schema" | "cursor"> & {
  transaction: number;
  appVersionId: number;
  isOut: boolean;
  output: Buffer | null;
};

/**
 * `isOut`: somebody still computes the same, so nobody may see it yet. Each table is looked into for one row at a time (lateral,
 * limit 1): left to choose, PostgreSQL reads all of assimilated_result for each page (of 20 000 results 13 of a page's 22 ms, and the
 * more results the more), and what a download costs would grow with its square.
 */
const LOAD = `select w.id as "workunitId", wanted.transaction, w.name, w.tags, w.batch_id as "batchId", v.id as "appVersionId", a.name as app, v.version,
       v.hash as "kernelSha256", w.input_sha256 as "inputSha256", w.files, c.output_sha256 as "outputSha256", c.output_bytes as "outputBytes",
       w.ended_seconds as "confirmedSeconds", w.accepted_by as "acceptedBy", o.bytes as output, r.is_out as "isOut", r.confirmations, r.backends
  from unnest($1::bigint[], $9::bigint[]) as wanted (id, transaction)
 cross join lateral (
    select * from workunit x where x.id = wanted.id and x.state = 'completed' and x.output_deleted_seconds is null
       and ($3::bigint is null or x.batch_id = $3) and ($6::bigint is null or x.ended_seconds >= $6) and ($7::text is null or x.tags->>$7 = $8) limit 1) w
 cross join lateral (select from assimilated_result x where x.workunit_id = w.id and x.project_id = $2 and x.succeeded limit 1) s
  join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
 cross join lateral (select x.id, x.output_sha256, x.output_bytes from result x where x.id = w.canonical_result_id limit 1) c
 cross join lateral (
    select bool_or(x.state = 'in_progress') as is_out, count(distinct x.user_id) filter (where x.validation = 'valid')::int as confirmations,
           coalesce(array_agg(distinct x.backend order by x.backend) filter (where x.validation = 'valid' and x.backend is not null), '{}') as backends
      from result x where x.workunit_id = w.id) r
  left join lateral (select x.bytes from result_output x where x.result_id = c.id and not r.is_out limit 1) o on true
 where ($4::text is null or a.name = $4) and ($5::text is null or v.version = $5) and ${USABLE}
 order by wanted.transaction, w.id`;

async function loadPage(pool: Pool, query: ResultQuery, wanted: readonly Place[]): Promise<Loaded[]> {
  const { projectId, batchId, app, version, sinceSeconds, tag } = query;
  const values = [
    wanted.map(({ workunitId }) => workunitId),
    projectId,
    batchId ?? null,
    app ?? null,
    version ?? null,
    sinceSeconds ?? null,
    tag?.name ?? null,
    tag?.value ?? null,
    wanted.map(({ transaction }) => transaction),
  ];
  return (await pool.query<Loaded>({ name: "load-result-page", text: LOAD, values })).rows;
}
