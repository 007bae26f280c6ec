import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Pool } from "../../server/database/pool.ts";
import { type BenchDatabase, type BenchDatabases, openBenchDatabases } from "../bench/bench-databases.ts";
import { openBenchHosts } from "../bench/bench-hosts.ts";
import { createBenchProject } from "../bench/bench-project.ts";
import { createDataFolder, startBenchServer } from "../bench/bench-server.ts";
import { busyShare } from "../bench/busy.ts";
import { median } from "../bench/measure.ts";
import { openRawSpeeds } from "../bench/raw-speeds.ts";
import { seedHistory } from "../bench/seed-history.ts";

/** `npm run bench` in small: its load is real, and the past that it makes up looks like what the engine leaves. */

const HOSTS = 4;
const BATCH = 8;
const PAST_RESULTS = 40;

let databases: BenchDatabases;
let database: BenchDatabase;

beforeAll(async () => {
  databases = openBenchDatabases();
  database = await databases.create();
});
afterAll(() => databases.close());

describe("the bench in small", () => {
  it("loads a server: what was reported is validated, credited and assimilated, and raw is faster", async () => {
    const dataFolder = await createDataFolder();
    const kernel = { dataFolder: dataFolder.path, kernel: "atlas", input: (index: number) => Buffer.from(`${index}`) };
    const project = await createBenchProject(database, kernel);
    const { projectId, appVersionId } = project;
    const past = { results: PAST_RESULTS, hosts: HOSTS, projectId, appVersionId };
    const secrets = await seedHistory(database.pool, past, () => undefined);
    const server = await startBenchServer(database, { pages: false, dataFolder: dataFolder.path });
    try {
      await project.submit(400);
      const hosts = await openBenchHosts(server.url, secrets);
      const load = await hosts.load({ batch: BATCH, seconds: 1 });
      await hosts.handIn();
      hosts.close();
      expect(load.recorded).toBeGreaterThan(BATCH);
      await expect.poll(() => unassimilated(database.pool), { timeout: 20_000 }).toBe(0);

      const raw = await openRawSpeeds(databases, { seconds: 0.5 }, () => undefined).round("minimal", BATCH);
      const ratio = load.recorded / load.seconds / raw.perSecond;
      console.log(`batches of ${BATCH}: ${ratio.toFixed(2)} of raw claim + report`);
      expect(ratio).toBeGreaterThan(0);
      expect(ratio).toBeLessThan(1);
      for (const table of TABLES) {
        const { past, engine } = await shapesOf(database.pool, table);
        expect(past.length, table).toBeGreaterThan(0);
        expect(engine, table).toEqual(expect.arrayContaining(past));
      }
    } finally {
      await server.stop();
      await dataFolder.remove();
    }
  });

  it("busy share and median are what they say", () => {
    // Two workers, a second each with 50 ms between, the second half a second behind the first.
    const of = (offset: number) =>
      [0, 1, 2, 3, 4].map((n) => ({ endMs: offset + 1_000 + n * 1_050, elapsedMs: 1_000 }));
    const busy = busyShare([...of(0), ...of(500)], 1);
    expect(busy).toMatchObject({ workers: 2, workunits: 8, meanMs: 1_000 });
    expect(busy.share).toBeCloseTo(1_000 / 1_050, 10);
    expect(busy.gapMs).toBeCloseTo(50, 10);
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
  });
});

/** Validated workunits, of history and of the engine, that nothing has become of yet. */
async function unassimilated(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ open: number }>(
    "select count(*)::int as open from workunit where state = 'completed' and assimilation <> 'done'",
  );
  return rows[0]?.open ?? -1;
}

/** What is compared: rows of ended work. The workunits of the past were made first. */
const ENDED = {
  workunit: { where: "assimilation = 'done'", workunit: "t.id" },
  result: { where: "validation = 'valid'", workunit: "t.workunit_id" },
  credit_entry: { where: "true", workunit: "(select r.workunit_id from result r where r.id = t.result_id)" },
  outbox: { where: "done_seconds is not null", workunit: "t.workunit_id" },
  assimilated_result: { where: "true", workunit: "t.workunit_id" },
} as const;
const TABLES = Object.keys(ENDED) as (keyof typeof ENDED)[];
/** Words that say how it went, not names, times or numbers. */
const STATES =
  "state|outcome|validation|assimilation|accepted_by|kind|reason|backend|policy|drawn|homogeneity_mode|urgent";

/** The different patterns of nulls and states in a table's ended rows: of the past that was made up, and of the engine. */
async function shapesOf(pool: Pool, table: keyof typeof ENDED): Promise<{ past: string[]; engine: string[] }> {
  const { where, workunit } = ENDED[table];
  const { rows } = await pool.query<{ shape: string; past: boolean }>(
    `select distinct ${workunit} <= $1 as past,
            (select string_agg(key || '=' || case when value = 'null' then 'null' when key ~ '^(${STATES})$' then value::text else '?' end, ' ' order by key)
               from jsonb_each(to_jsonb(t))) as shape
       from "${table}" t where ${where}`,
    [PAST_RESULTS / 2],
  );
  const shapes = (past: boolean) => rows.filter((row) => row.past === past).map((row) => row.shape);
  return { past: shapes(true), engine: shapes(false) };
}
