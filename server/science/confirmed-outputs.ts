import type { Pool } from "../database/pool.ts";
import { USABLE } from "../project/list-results.ts";
import { outputKey, type Storage } from "../storage/storage.ts";

/** One confirmed output as the pictures of the science see it. */
export interface Confirmed {
  workunitId: number;
  tags: Record<string, string | number>;
  input: Buffer | null;
  output: Buffer;
}

/**
 * A picture of one app's confirmed outputs, kept in this process and brought up to date when asked: every confirmed
 * workunit is added exactly once. A cache: it is made anew after a restart, `BATCH` outputs at a time, so that a page
 * never waits for all of them. Pictures are reductions; the bytes themselves stay private until nothing of the workunit
 * is out any more.
 */
export interface Fold<Picture> {
  get(slug: string): Promise<Picture>;
}

const BATCH = 100;
/** Transactions commit out of order by at most about this much: what was assimilated so recently is looked at again. */
const OVERLAP_SECONDS = 30;

interface Progress<Picture> {
  picture: Picture;
  assimilatedSeconds: number;
  recent: Map<number, number>;
  running: Promise<void> | null;
  /** Recalls and withdrawn versions known when it was begun: one more, and what was added may be wrong. */
  recalls: number;
}

export function createFold<Picture>(
  deps: { pool: Pool; storage: Storage },
  app: { name: string; empty: () => Picture; add: (picture: Picture, confirmed: Confirmed) => void },
): Fold<Picture> {
  const bySlug = new Map<string, Progress<Picture>>();
  return {
    async get(slug) {
      let progress = bySlug.get(slug);
      const recalls = await countRecalls(deps.pool);
      if (!progress || progress.recalls !== recalls) {
        progress = { picture: app.empty(), assimilatedSeconds: 0, recent: new Map(), running: null, recalls };
        bySlug.set(slug, progress);
      }
      const mine = progress;
      mine.running ??= advance(deps, app, slug, mine).finally(() => {
        mine.running = null;
      });
      await mine.running;
      return mine.picture;
    },
  };
}

async function countRecalls(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select (select count(*) from audit where outcome = 'recalled')
            + (select count(*) from app_version where state = 'withdrawn') as n`,
  );
  return rows[0]?.n ?? 0;
}

interface Row {
  workunitId: number;
  assimilatedSeconds: number;
  tags: Record<string, string | number>;
  input: Buffer | null;
  output: Buffer | null;
  sha256: string;
}

async function advance<Picture>(
  deps: { pool: Pool; storage: Storage },
  app: { name: string; add: (picture: Picture, confirmed: Confirmed) => void },
  slug: string,
  progress: Progress<Picture>,
): Promise<void> {
  const { rows } = await deps.pool.query<Row>(
    `select w.id as "workunitId", s.assimilated_seconds as "assimilatedSeconds", w.tags, w.input, o.bytes as output,
            c.output_sha256 as sha256
       from assimilated_result s join workunit w on w.id = s.workunit_id
       join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
       join result c on c.id = w.canonical_result_id
       left join result_output o on o.result_id = c.id
      where s.project_id = (select id from project where slug = $1) and s.succeeded and a.name = $2 and w.output_deleted_seconds is null and ${USABLE}
        -- Its results are recalled one after the other, none of them counts from its withdrawal on.
        and v.state <> 'withdrawn'
        and s.assimilated_seconds >= $3 and s.workunit_id <> all($4::bigint[])
      order by s.assimilated_seconds, s.workunit_id limit $5`,
    [slug, app.name, progress.assimilatedSeconds - OVERLAP_SECONDS, [...progress.recent.keys()], BATCH],
  );
  for (const row of rows) {
    const output = row.output ?? (await deps.storage.read(outputKey(row.workunitId, row.sha256)));
    app.add(progress.picture, { workunitId: row.workunitId, tags: row.tags, input: row.input, output });
    progress.recent.set(row.workunitId, row.assimilatedSeconds);
    progress.assimilatedSeconds = Math.max(progress.assimilatedSeconds, row.assimilatedSeconds);
  }
  for (const [id, assimilated] of progress.recent) {
    if (assimilated < progress.assimilatedSeconds - OVERLAP_SECONDS) progress.recent.delete(id);
  }
}
