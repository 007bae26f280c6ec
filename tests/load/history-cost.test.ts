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
/** A statement that reads all there is of something reads more pages than this beside what any does. */
const MORE_PAGES = 20;
/** They exchange. */
const HOSTS = 4;
const BATCH = 64;
const EXCHANGES = 8;

let databases: BenchDatabases;
beforeAll(() => {
  databases = openBenchDatabases();
});
afterAll(() => databases.close());

it.each([
  { past: "few hosts, each with a long past", resultsPerHost: 1_000, severalPerUser: false },
  { past: "many hosts, and a project where a user may have several results", resultsPerHost: 10, severalPerUser: true },
])(
  `a result costs as much after ${LARGE} results as after ${SMALL}: $past`,
  async ({ past: _said, ...kind }) => {
    const before = await exchangesAfter({ past: SMALL, ...kind });
    const after = await exchangesAfter({ past: LARGE, ...kind });
    console.log(
      `pages per result: ${before.perResult.toFixed(1)} after ${SMALL} results, ${after.perResult.toFixed(1)} after ${LARGE}`,
    );
    const known = new Map(before.statements.map(({ id, perCall }) => [id, perCall]));
    const compared = after.statements.filter(({ id }) => known.has(id));
    expect(compared.length).toBeGreaterThan(10);
    expect(compared.filter(({ id, perCall }) => perCall > (known.get(id) ?? 0) * 1.5 + MORE_PAGES)).toEqual([]);
    expect(before.perResult).toBeGreaterThan(1);
    expect(after.perResult / before.perResult).toBeLessThan(MOST_TIMES);
  },
  FULL ? 1_800_000 : 120_000,
);

type Exchanges = { perResult: number; statements: Statement[] };
/** `id` is the same in every database; the text is not: constants are sometimes left out of it. */
type Statement = { id: string; query: string; perCall: number; pages: number };

async function exchangesAfter({
  past,
  resultsPerHost,
  severalPerUser,
}: {
  past: number;
  resultsPerHost: number;
  severalPerUser: boolean;
}): Promise<Exchanges> {
  const database = await databases.create();
  const dataFolder = await createDataFolder();
  const input = (index: number) => Buffer.from(`${index}`);
  const kernel = { dataFolder: dataFolder.path, kernel: "atlas", input, severalPerUser };
  const { projectId, appVersionId, submit } = await createBenchProject(database, kernel);
  const hosts = Math.max(HOSTS, past / resultsPerHost);
  const secrets = await seedHistory(database.pool, { results: past, hosts, projectId, appVersionId }, () => undefined);
  // What PostgreSQL knows is from before the work came, as on a site where nothing waited for a while.
  await database.pool.query("vacuum (analyze)");
  await submit(HOSTS * BATCH * (EXCHANGES + 2));
  const server = await startBenchServer(database, { pages: false, dataFolder: dataFolder.path });
  try {
    const volunteers = await openBenchHosts(server.url, secrets.slice(0, HOSTS));
    await volunteers.exchange({ batch: BATCH, times: 2 });
    await forgetStatements(database.pool);
    const recorded = await volunteers.exchange({ batch: BATCH, times: EXCHANGES });
    const statements = await statementsOfExchanges(database.pool);
    volunteers.close();
    const pages = statements.reduce((sum, statement) => sum + statement.pages, 0);
    return { perResult: pages / recorded, statements };
  } finally {
    await server.stop();
    await database.drop();
    await dataFolder.remove();
  }
}

/** Those that exchanges are made of: the sweeper's come when it is their time, more or fewer of them. */
async function statementsOfExchanges(pool: Pool): Promise<Statement[]> {
  const { rows } = await pool.query<Statement>(
    `select s.queryid::text as id, s.query, (s.shared_blks_hit + s.shared_blks_read)::float8 as pages,
            (s.shared_blks_hit + s.shared_blks_read)::float8 / s.calls as "perCall"
       from pg_stat_statements s join pg_database d on d.oid = s.dbid
      where d.datname = current_database() and s.calls >= ${HOSTS * (EXCHANGES / 2)}`,
  );
  return rows;
}
