import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { DAY_SECONDS } from "../core/limits.ts";
import type { Deps } from "../deps.ts";
import { countAll, listApplications, readHosts, readTeams, readUsers } from "./statistics-pages.ts";
import { hostElement, tablesDocument, teamElement, userElement, XML_HEAD } from "./statistics-records.ts";

/** The statistics files of this installation lie below its data folder. */
export function statisticsFolder(dataFolder: string): string {
  return join(dataFolder, "statistics");
}

/** Its own files, in the order in which they appear: who sees new tables finds new files. */
export const STATISTICS_FILES = ["user.gz", "host.gz", "team.gz", "tables.xml"] as const;

const KEY = "statistics_exported_seconds";
const LOCK = 7_110_006;

/**
 * Writes the statistics files when those that lie there are a day old: by one process at a time, into a folder of its own,
 * and each appears whole or not at all. Rows are read and compressed page by page. @returns whether it wrote.
 */
export async function exportStatistics(
  deps: Pick<Deps, "pool" | "dataFolder" | "log">,
  nowSeconds: number,
): Promise<boolean> {
  if (!(await isDue(deps, nowSeconds))) return false;
  const client = await deps.pool.connect();
  try {
    const lock = await client.query<{ mine: boolean }>("select pg_try_advisory_lock($1) as mine", [LOCK]);
    if (lock.rows[0]?.mine !== true) return false;
    try {
      // Another process may have finished between the look and the lock.
      if (!(await isDue(deps, nowSeconds))) return false;
      await writeAll(deps, nowSeconds);
      await deps.pool.query(
        "insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
        [KEY, String(nowSeconds)],
      );
      return true;
    } finally {
      await client.query("select pg_advisory_unlock($1)", [LOCK]);
    }
  } finally {
    client.release();
  }
}

async function isDue({ pool }: Pick<Deps, "pool">, nowSeconds: number): Promise<boolean> {
  const { rows } = await pool.query<{ value: string }>("select value from setting where key = $1", [KEY]);
  const last = Number(rows[0]?.value ?? Number.NEGATIVE_INFINITY);
  // A clock that was put back must not stop it for as long as it went back.
  return nowSeconds - last >= DAY_SECONDS || last > nowSeconds + DAY_SECONDS;
}

async function writeAll({ pool, dataFolder, log }: Pick<Deps, "pool" | "dataFolder" | "log">, nowSeconds: number) {
  const folder = statisticsFolder(dataFolder);
  const draft = join(folder, "draft");
  // What a process left that died while writing; nobody else writes now.
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    const listed = {
      users: await writeRecords(join(draft, "user.gz"), "users", mapped(readUsers(pool), userElement)),
      hosts: await writeRecords(join(draft, "host.gz"), "hosts", mapped(readHosts(pool), hostElement)),
      teams: await writeRecords(join(draft, "team.gz"), "teams", mapped(readTeams(pool), teamElement)),
    };
    const tables = {
      ...(await countAll(pool)),
      updatedSeconds: nowSeconds,
      applications: await listApplications(pool),
    };
    await writeFile(join(draft, "tables.xml"), tablesDocument(tables), { flush: true });
    for (const name of STATISTICS_FILES) await rename(join(draft, name), join(folder, name));
    log.info(listed, "statistics exported");
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function* mapped<T>(records: AsyncIterable<T>, toXml: (record: T) => string): AsyncGenerator<string> {
  for await (const record of records) yield toXml(record);
}

/** Characters handed to the compressor at once: one record each would be a turn of the loop each. */
const CHUNK_CHARACTERS = 64 * 1024;

/** @returns how many records. */
async function writeRecords(path: string, tag: string, records: AsyncIterable<string>): Promise<number> {
  let count = 0;
  async function* document(): AsyncGenerator<string> {
    let text = `${XML_HEAD}<${tag}>\n`;
    for await (const record of records) {
      count += 1;
      text += record;
      if (text.length < CHUNK_CHARACTERS) continue;
      yield text;
      text = "";
    }
    yield `${text}</${tag}>\n`;
  }
  await pipeline(Readable.from(document()), createGzip(), createWriteStream(path));
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return count;
}
