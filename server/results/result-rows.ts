import type { OutputSchema } from "../core/wire/kernel-manifest.ts";
import type { Pool } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { USABLE } from "../project/list-results.ts";
import { outputKey } from "../storage/storage.ts";

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
  /** After this workunit: where an earlier download ended. */
  afterId?: number;
};

/** One confirmed result with where it comes from. */
export type ResultRow = {
  workunitId: number;
  name: string;
  tags: Record<string, string | number | boolean>;
  batchId: number;
  batch: string;
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
};

/** Rows read at once: small outputs lie in them, 64 KiB each at most. */
const PAGE = 50;

/**
 * Confirmed results in the order of their workunits, page after page, each page only when it is asked for: nothing is held
 * open between pages and no more than one is in memory. Only workunits with nothing out any more, whose outputs are kept.
 */
export async function* readResults(
  deps: Pick<Deps, "pool" | "storage">,
  query: ResultQuery,
): AsyncGenerator<ResultRow> {
  for (let afterId = query.afterId ?? 0; ; ) {
    const ids = await nextWorkunits(deps.pool, query, afterId);
    if (ids.length === 0) return;
    for (const { output, ...row } of await loadPage(deps.pool, query, ids)) {
      yield { ...row, output: output ?? (await deps.storage.read(outputKey(row.workunitId, row.outputSha256))) };
    }
    afterId = ids.at(-1) ?? afterId;
  }
}

/**
 * The workunits to look at next, ascending, by one index in its own order: what a page costs does not depend on how many
 * pages follow, nor on what the database believes of its tables.
 */
async function nextWorkunits(pool: Pool, { projectId, batchId }: ResultQuery, afterId: number): Promise<number[]> {
  const { rows } =
    batchId === undefined
      ? await pool.query<{ id: number }>(
          `select workunit_id as id from assimilated_result where project_id = $1 and workunit_id > $2 order by workunit_id limit ${PAGE}`,
          [projectId, afterId],
        )
      : await pool.query<{ id: number }>(
          `select id from workunit where batch_id = $1 and id > $2 order by id limit ${PAGE}`,
          [batchId, afterId],
        );
  return rows.map(({ id }) => id);
}

type Page = Omit<ResultRow, "output"> & { output: Buffer | null };

const SELECT = `select w.id as "workunitId", w.name, w.tags, w.batch_id as "batchId", b.name as batch, a.name as app, v.version,
       v.hash as "kernelSha256", w.input_sha256 as "inputSha256", w.files, c.output_sha256 as "outputSha256", c.output_bytes as "outputBytes",
       w.ended_seconds as "confirmedSeconds", w.accepted_by as "acceptedBy", v.manifest->'output' as schema, o.bytes as output,
       (select count(distinct r.user_id)::int from result r where r.workunit_id = w.id and r.validation = 'valid') as confirmations,
       array(select distinct r.backend from result r where r.workunit_id = w.id and r.validation = 'valid' and r.backend is not null order by 1) as backends`;
const JOINS = `join batch b on b.id = w.batch_id join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
       join result c on c.id = w.canonical_result_id left join result_output o on o.result_id = c.id`;
const ALLOWED = `w.state = 'completed' and w.output_deleted_seconds is null and ${USABLE}
        and not exists (select from result r where r.workunit_id = w.id and r.state = 'in_progress')`;

async function loadPage(pool: Pool, query: ResultQuery, ids: readonly number[]): Promise<Page[]> {
  const { projectId, batchId, app, version, sinceSeconds, tag } = query;
  const { rows } = await pool.query<Page>(
    `${SELECT} from unnest($1::bigint[]) as wanted (id) join workunit w on w.id = wanted.id
       join assimilated_result s on s.workunit_id = w.id ${JOINS}
     where s.project_id = $2 and s.succeeded and ($3::bigint is null or w.batch_id = $3) and ($4::text is null or a.name = $4)
       and ($5::text is null or v.version = $5) and ($6::bigint is null or w.ended_seconds >= $6)
       and ($7::text is null or w.tags->>$7 = $8) and ${ALLOWED}
     order by w.id`,
    [
      ids,
      projectId,
      batchId ?? null,
      app ?? null,
      version ?? null,
      sinceSeconds ?? null,
      tag?.name ?? null,
      tag?.value ?? null,
    ],
  );
  return rows;
}
