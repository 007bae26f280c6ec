import { DAY_SECONDS, FILE_GRACE_SECONDS, OUTPUT_GRACE_SECONDS } from "../core/limits.ts";
import type { Deps } from "../deps.ts";
import { inTransaction } from "../sql/transaction.ts";
import { fileKey, fileOfKey, outputOfKey } from "../storage/storage.ts";

/**
 * Deletes stored bytes that nothing needs. Every step names what it deletes under a lock that whoever wants to name a file
 * takes too (keep-files.ts), so that any number of processes may do this while others store and submit:
 *
 * 1. a project lets go of files that it stored or used long ago and that nothing of it names;
 * 2. a file that no project keeps is doomed: from then on it counts as not there;
 * 3. the bytes of doomed files are deleted, and then the row. Whoever dies between the two leaves a doomed row, no more.
 *
 * Storing a doomed file again makes it whole again (store-file.ts).
 */

/** Rows per transaction. */
const BATCH = 200;

export type Cleaned = { letGo: number; doomed: number; deleted: number };

export async function cleanFiles(deps: Deps, nowSeconds: number): Promise<Cleaned> {
  const before = nowSeconds - FILE_GRACE_SECONDS;
  return {
    letGo: await repeatedly(() => letGo(deps, before)),
    doomed: await repeatedly(() => doom(deps, before, nowSeconds)),
    deleted: await repeatedly(() => deleteDoomed(deps)),
  };
}

async function repeatedly(step: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (;;) {
    const count = await step();
    sum += count;
    if (count < BATCH) return sum;
  }
}

async function letGo(deps: Deps, before: number): Promise<number> {
  return await inTransaction(deps, "files:let_go", async (client) => {
    const { rows: found } = await client.query<{ project_id: number; sha256: string }>(
      `select project_id, sha256 from project_file k where used_seconds < $1
          and not exists (select from file_use u where u.project_id = k.project_id and u.sha256 = k.sha256)
        order by project_id, sha256 limit ${BATCH} for update skip locked`,
      [before],
    );
    if (found.length === 0) return 0;
    // Looked at again under the lock: a use that was written meanwhile is seen by this statement and not by the one above.
    await client.query(
      `with gone as (
         delete from project_file k using unnest($1::bigint[], $2::text[]) as c (project_id, sha256)
          where k.project_id = c.project_id and k.sha256 = c.sha256 and k.used_seconds < $3
            and not exists (select from file_use u where u.project_id = k.project_id and u.sha256 = k.sha256)
         returning k.project_id, k.bytes)
       update project p set stored_bytes = p.stored_bytes - g.bytes
         from (select project_id, sum(bytes) as bytes from gone group by project_id) g where p.id = g.project_id`,
      [found.map((row) => row.project_id), found.map((row) => row.sha256), before],
    );
    return found.length;
  });
}

async function doom(deps: Deps, before: number, nowSeconds: number): Promise<number> {
  return await inTransaction(deps, "files:doom", async (client) => {
    const { rows } = await client.query<{ sha256: string }>(
      `select sha256 from file f where used_seconds < $1 and doomed_seconds is null
          and not exists (select from project_file k where k.sha256 = f.sha256)
        order by sha256 limit ${BATCH} for update skip locked`,
      [before],
    );
    if (rows.length === 0) return 0;
    await client.query(
      `update file f set doomed_seconds = $2 where sha256 = any($1::text[]) and used_seconds < $3
          and not exists (select from project_file k where k.sha256 = f.sha256)`,
      [rows.map((row) => row.sha256), nowSeconds, before],
    );
    return rows.length;
  });
}

async function deleteDoomed(deps: Deps): Promise<number> {
  return await inTransaction(deps, "files:delete", async (client) => {
    const { rows } = await client.query<{ sha256: string }>(
      `select sha256 from file where doomed_seconds is not null order by sha256 limit ${BATCH} for update skip locked`,
    );
    for (const { sha256 } of rows) await deps.storage.delete(fileKey(sha256));
    await client.query("delete from file where sha256 = any($1::text[])", [rows.map((row) => row.sha256)]);
    return rows.length;
  });
}

/** One process at a time looks through the whole storage. */
const STOCKTAKING_LOCK = 7_110_007;
const PAGE = 500;

export type Stocktaking = { adopted: number; outputs: number; leftovers: number };

/**
 * Compares what is stored with what is known, which only matters where a process died at a bad moment. A file without a row
 * gets one, and is deleted by the steps above when nobody wants it; an output that no result names is deleted once nothing of
 * its workunit is out any more. Null: another process does it already.
 */
export async function takeStock(deps: Deps, nowSeconds: number): Promise<Stocktaking | null> {
  const client = await deps.pool.connect();
  try {
    const { rows } = await client.query<{ mine: boolean }>("select pg_try_advisory_lock($1) as mine", [
      STOCKTAKING_LOCK,
    ]);
    if (rows[0]?.mine !== true) return null;
    try {
      return {
        adopted: await inPages(deps.storage.list("files"), (keys) => adopt(deps, keys, nowSeconds)),
        outputs: await inPages(deps.storage.list("outputs"), (keys) => deleteOutputs(deps, keys, nowSeconds)),
        leftovers: await deps.storage.removeLeftovers(DAY_SECONDS * 1000),
      };
    } finally {
      await client.query("select pg_advisory_unlock($1)", [STOCKTAKING_LOCK]);
    }
  } finally {
    client.release();
  }
}

async function inPages(keys: AsyncIterable<string>, use: (keys: string[]) => Promise<number>): Promise<number> {
  let sum = 0;
  let page: string[] = [];
  for await (const key of keys) {
    page.push(key);
    if (page.length < PAGE) continue;
    sum += await use(page);
    page = [];
  }
  return sum + (page.length === 0 ? 0 : await use(page));
}

async function adopt(deps: Deps, keys: readonly string[], nowSeconds: number): Promise<number> {
  const hashes = keys.flatMap((key) => fileOfKey(key) ?? []);
  const { rows } = await deps.pool.query<{ sha256: string }>(
    "select c.sha256 from unnest($1::text[]) as c (sha256) where not exists (select from file f where f.sha256 = c.sha256)",
    [hashes],
  );
  let adopted = 0;
  for (const { sha256 } of rows) {
    const object = await deps.storage.stat(fileKey(sha256));
    if (object === null) continue;
    await deps.pool.query(
      "insert into file (sha256, bytes, created_seconds, used_seconds) values ($1, $2, $3, $3) on conflict (sha256) do nothing",
      [sha256, object.bytes, nowSeconds],
    );
    adopted += 1;
  }
  return adopted;
}

/** Outputs that a report could still name stay: of workunits with something out, and young ones. */
async function deleteOutputs(deps: Deps, keys: readonly string[], nowSeconds: number): Promise<number> {
  const outputs = keys.flatMap((key) => outputOfKey(key) ?? []);
  const { rows } = await deps.pool.query<{ key: string }>(
    `select 'outputs/' || c.workunit_id || '/' || c.sha256 as key from unnest($1::bigint[], $2::text[]) as c (workunit_id, sha256)
      where not exists (select from workunit w where w.id = c.workunit_id and w.state = 'open')
        and not exists (select from result r where r.workunit_id = c.workunit_id
              and (r.state = 'in_progress' or (r.output_sha256 = c.sha256 and not exists (
                select from workunit w where w.id = c.workunit_id and w.output_deleted_seconds is not null))))`,
    [outputs.map((output) => output.workunitId), outputs.map((output) => output.sha256)],
  );
  let deleted = 0;
  for (const { key } of rows) {
    const object = await deps.storage.stat(key);
    if (object === null || object.modifiedSeconds > nowSeconds - OUTPUT_GRACE_SECONDS) continue;
    await deps.storage.delete(key);
    deleted += 1;
  }
  return deleted;
}
