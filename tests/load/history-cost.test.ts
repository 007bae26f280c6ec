import { afterAll, beforeAll, expect, it } from "vitest";
import type { Pool } from "../../server/database/pool.ts";
import { type BenchDatabases, openBenchDatabases } from "../bench/bench-databases.ts";
import { openBenchHosts } from "../bench/bench-hosts.ts";
import { createBenchProject } from "../bench/bench-project.ts";
import { createDataFolder, startBenchServer } from "../bench/bench-server.ts";
import { seedHistory } from "../bench/seed-history.ts";
import { forgetStatements } from "../bench/statements.ts";

/**
 * What a result costs must not depend on how many there were before. Time says little on a machine that does other work, so
 * what is compared is the pages of the database that PostgreSQL looked at; `npm run bench` compares the time too.
 */
const FULL = process.env["QUORATE_TEST_SIZE"] === "full";
const SMALL = 2_000;
const LARGE = FULL ? 2_000_000 : 40_000;
const MOST_TIMES = 1.2;
/** Few hosts, so that each of them has a long past. */
const HOSTS = 4;
const BATCH = 64;
const EXCHANGES = 8;

let databases: BenchDatabases;
beforeAll(() => {
  databases = openBenchDatabases();
});
afterAll(() => databases.close());

it(
  `a result costs as much after ${LARGE} results as after ${SMALL}`,
  async () => {
    const [before, after] = [await pagesPerResult(SMALL), await pagesPerResult(LARGE)];
    console.log(`pages per result: ${before.toFixed(1)} after ${SMALL} results, ${after.toFixed(1)} after ${LARGE}`);
    expect(before).toBeGreaterThan(1);
    expect(after / before).toBeLessThan(MOST_TIMES);
  },
  FULL ? 1_800_000 : 120_000,
);

async function pagesPerResult(past: number): Promise<number> {
  const database = await databases.create();
  const dataFolder = await createDataFolder();
  const kernel = { dataFolder: dataFolder.path, kernel: "atlas", input: (index: number) => Buffer.from(`${index}`) };
  const project = await createBenchProject(database, kernel);
  const history = { results: past, hosts: HOSTS, projectId: project.projectId, appVersionId: project.appVersionId };
  const secrets = await seedHistory(database.pool, history, () => undefined);
  await project.submit(HOSTS * BATCH * (EXCHANGES + 2));
  await database.pool.query("vacuum (analyze)");
  const server = await startBenchServer(database, { pages: false, dataFolder: dataFolder.path });
  try {
    const hosts = await openBenchHosts(server.url, secrets);
    await hosts.exchange({ batch: BATCH, times: 2 });
    await forgetStatements(database.pool);
    const recorded = await hosts.exchange({ batch: BATCH, times: EXCHANGES });
    const pages = await pagesOfExchanges(database.pool);
    hosts.close();
    return pages / recorded;
  } finally {
    await server.stop();
    await database.drop();
    await dataFolder.remove();
  }
}

/** Of the statements that exchanges are made of: the sweeper's come when it is their time, more or fewer of them. */
async function pagesOfExchanges(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ pages: number }>(
    `select sum(s.shared_blks_hit + s.shared_blks_read)::float8 as pages
       from pg_stat_statements s join pg_database d on d.oid = s.dbid
      where d.datname = current_database() and s.calls >= ${HOSTS * (EXCHANGES / 2)}`,
  );
  return rows[0]?.pages ?? Number.NaN;
}
