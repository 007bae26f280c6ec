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
/** Nor does one whose fastest call takes this longer: walks of joins show in no page. */
const MORE_MS = 2;
const FEW_WAITING = 2_000;
const MANY_WAITING = FULL ? 40_000 : 10_000;
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
    const waiting = HOSTS * BATCH * (EXCHANGES + 2);
    const before = await exchangesAfter({ past: SMALL, waiting, ...kind });
    const after = await exchangesAfter({ past: LARGE, waiting, ...kind });
    console.log(
      `pages per result: ${before.perResult.toFixed(1)} after ${SMALL} results, ${after.perResult.toFixed(1)} after ${LARGE}`,
    );
    expect(grown(before, after)).toEqual([]);
    expect(before.perResult).toBeGreaterThan(1);
    expect(after.perResult / before.perResult).toBeLessThan(MOST_TIMES);
  },
  FULL ? 1_800_000 : 120_000,
);

it(
  `a result costs as much with ${MANY_WAITING} workunits waiting as with ${FEW_WAITING}`,
  async () => {
    const kind = { past: SMALL, resultsPerHost: 100, severalPerUser: false };
    const before = await exchangesAfter({ waiting: FEW_WAITING, ...kind });
    const after = await exchangesAfter({ waiting: MANY_WAITING, ...kind });
    expect(grown(before, after)).toEqual([]);
  },
  FULL ? 1_800_000 : 120_000,
);

type Exchanges = { perResult: number; statements: Statement[] };
/** `id` is the same in every database; the text is not: constants are sometimes left out of it. */
type Statement = { id: string; query: string; perCall: number; pages: number; leastMs: number };

/** Statements that look at more pages than before, or whose fastest call takes many times what it took: by the walks they make. */
function grown(before: Exchanges, after: Exchanges): Statement[] {
  const known = new Map(before.statements.map((statement) => [statement.id, statement]));
  const compared = after.statements.filter(({ id }) => known.has(id));
  expect(compared.length).toBeGreaterThan(15);
  return compared.filter(({ id, perCall, leastMs }) => {
    const one = known.get(id) ?? { perCall: 0, leastMs: 0 };
    return perCall > one.perCall * 1.5 + MORE_PAGES || leastMs > one.leastMs * 10 + MORE_MS;
  });
}

type Past = { past: number; waiting: number; resultsPerHost: number; severalPerUser: boolean };

async function exchangesAfter({ past, waiting, resultsPerHost, severalPerUser }: Past): Promise<Exchanges> {
  const database = await databases.create();
  const dataFolder = await createDataFolder();
  const input = (index: number) => Buffer.from(`${index}`);
  const kernel = { dataFolder: dataFolder.path, kernel: "atlas", input, severalPerUser };
  const { projectId, appVersionId, submit } = await createBenchProject(database, kernel);
  const hosts = Math.max(HOSTS, past / resultsPerHost);
  const secrets = await seedHistory(database.pool, { results: past, hosts, projectId, appVersionId }, () => undefined);
  // What PostgreSQL knows is from before the work came, as on a large site where nothing waited for a while.
  await database.pool.query("vacuum (analyze)");
  await database.pool.query("alter table result set (autovacuum_enabled = off)");
  await submit(waiting);
  const server = await startBenchServer(database, { pages: false, dataFolder: dataFolder.path });
  try {
    const volunteers = await openBenchHosts(server.url, secrets.slice(0, HOSTS));
    await volunteers.exchange({ batch: BATCH, times: 2 });
    await forgetStatements(database.pool);
    let recorded = 0;
    for (let round = 0; round < EXCHANGES; round += 1) {
      recorded += await volunteers.exchange({ batch: BATCH, times: 1 });
      await volunteers.keep();
      volunteers.lose();
      await volunteers.exchange({ batch: BATCH, times: 1 });
    }
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
            (s.shared_blks_hit + s.shared_blks_read)::float8 / s.calls as "perCall", s.min_exec_time as "leastMs"
       from pg_stat_statements s join pg_database d on d.oid = s.dbid
      where d.datname = current_database() and s.calls >= ${HOSTS * (EXCHANGES / 2)}`,
  );
  return rows;
}
