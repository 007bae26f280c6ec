import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../../server/database/embedded/cluster.ts";
import { migrate } from "../../server/database/migrate.ts";
import { openPool, type Pool } from "../../server/database/pool.ts";
import { openPrisma, type PrismaClient } from "../../server/database/prisma.ts";
import { type Deps, openDeps } from "../../server/deps.ts";
import { createRandom } from "../../server/examples/random.ts";
import { readOutput } from "../../server/result/read-output.ts";
import { ledgerProblems } from "../support/check-ledger.ts";
import { type Headless, startHeadless } from "../support/headless.ts";
import { type KillablePostgres, startKillablePostgres } from "../support/killable-postgres.ts";
import { publishExample, steadyOutput, steadyTiles, submit } from "../support/science.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { ROOMY } from "../support/site.ts";
import { watchWhatLasts } from "../support/what-lasts.ts";

/**
 * Two servers on one PostgreSQL, four headless volunteers, and kill -9 for all of them at seeded moments of the run.
 * Nothing is mocked: real processes, a database with fsync on, real kernels.
 */
const FULL = process.env["QUORATE_TEST_SIZE"] === "full";
const WORKUNITS = FULL ? 400 : 40;
/** Seconds of one idle core that a workunit takes. */
const WORKUNIT_SECONDS = FULL ? 0.4 : 0.15;
const SEED = Number(process.env["QUORATE_TEST_SEED"] ?? 1);
const ROUNDS = FULL ? 6 : 1;
/** Short, so that the leases of a volunteer that never comes back run out while the others compute. */
const LEASE_SECONDS = 8;
/** Ends what hangs; a busy machine may take many times what an idle one does. */
const LIMIT_MS = FULL ? 1_800_000 : 600_000;

let folder = "";
let postgres: KillablePostgres;
let pool: Pool;
let prisma: PrismaClient;
let deps: Deps;
const ports: number[] = [];
const servers: ServerProcess[] = [];
const volunteers: Headless[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-kill-"));
  postgres = await startKillablePostgres();
  await migrate(postgres.url);
  // Connections die with the database, by design of this test: the pool replaces them.
  pool = openPool(postgres.url, { onIdleError: () => undefined });
  prisma = openPrisma(pool);
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: console.error };
  deps = await openDeps({ pool, prisma, log: quiet, dataFolder: folder });
}, 120_000);

afterAll(async () => {
  await Promise.all(volunteers.map((volunteer) => volunteer.kill()));
  await Promise.all(servers.map((server) => server.kill()));
  await prisma?.$disconnect();
  await pool?.end();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function startServer(number: number): Promise<void> {
  ports[number] ??= await freePort();
  const environment = { ...ROOMY, PORT: String(ports[number]), PAGES: "off", DATA_FOLDER: folder };
  servers[number] = await startServerProcess(postgres.url, environment);
}

/** Volunteers 0 and 2 call the first server, 1 and 3 the second; a number always has the same identity. */
function startVolunteer(number: number): void {
  const url = `http://localhost:${ports[number % 2]}`;
  const options = { url, identity: join(folder, `volunteer-${number}`), name: `volunteer ${number}` };
  volunteers[number] = startHeadless(options);
}

async function restartServer(number: number): Promise<void> {
  await servers[number]?.kill();
  await startServer(number);
}

async function restartVolunteer(number: number): Promise<void> {
  await volunteers[number]?.kill();
  startVolunteer(number);
}

async function restartPostgres(): Promise<void> {
  await postgres.kill();
  await postgres.restart();
}

/** Kills volunteer 1 at a moment when it has work: nobody will ever report it. */
async function killWhileItHolds(): Promise<void> {
  await vi.waitFor(async () => expect(await heldByTheLost()).not.toEqual([]), { timeout: 60_000, interval: 20 });
  await volunteers[1]?.kill();
  // It may have reported between the two; what it holds now it holds until the lease is over.
  lost.push(...(await heldByTheLost()));
}

const lost: number[] = [];

async function heldByTheLost(): Promise<number[]> {
  const rows = await ask<{ id: number }>(
    `select r.id from result r join app_user u on u.id = r.user_id where u.name = 'volunteer 1' and r.state = 'in_progress'`,
  );
  return rows.map(({ id }) => id);
}

type Blow = { name: string; strike(): Promise<void> };

/** What is killed, in the order of the run; each when a seeded number of results has been reported. */
function blows(): Blow[] {
  const round: Blow[] = [
    { name: "server 0", strike: () => restartServer(0) },
    { name: "volunteer 0", strike: () => restartVolunteer(0) },
    { name: "PostgreSQL", strike: restartPostgres },
    { name: "server 1", strike: () => restartServer(1) },
    { name: "volunteer 3", strike: () => restartVolunteer(3) },
    { name: "PostgreSQL and server 0", strike: () => Promise.all([restartPostgres(), restartServer(0)]).then() },
  ];
  const farewell = { name: "volunteer 1, for ever", strike: killWhileItHolds };
  return [farewell, ...Array.from({ length: ROUNDS }, () => round).flat()];
}

/** Asks the database, again when it is away just now. */
async function ask<Row extends object>(sql: string): Promise<Row[]> {
  return vi.waitFor(async () => (await pool.query<Row>(sql)).rows, { timeout: 60_000, interval: 100 });
}

const reported = async () =>
  (await ask<{ count: number }>("select count(*)::int as count from result where outcome = 'ok'"))[0]?.count ?? 0;

const look = watchWhatLasts(ask);

it("[R003.19] kill -9 of servers, PostgreSQL and volunteers loses nothing and doubles nothing", {
  timeout: LIMIT_MS,
}, async () => {
  const app = await publishExample(deps, "atlas", {
    parameters: { minQuorum: 2, leaseSeconds: LEASE_SECONDS, maxErrorResults: 50, maxTotalResults: 100 },
  });
  const ids = await submit(deps, app, "steady", steadyTiles(WORKUNITS, WORKUNIT_SECONDS));
  await Promise.all([startServer(0), startServer(1)]);
  for (const number of [0, 1, 2, 3]) startVolunteer(number);

  const random = createRandom(SEED);
  const planned = blows();
  // Spread over the run; the last one well before its end.
  const share = (2 * WORKUNITS * 0.85) / planned.length;
  for (const [index, blow] of planned.entries()) {
    const moment = Math.floor(share * (index + random.below(1_000) / 1_000)) + 1;
    await vi.waitFor(async () => expect(await reported()).toBeGreaterThanOrEqual(moment), {
      timeout: LIMIT_MS,
      interval: 50,
    });
    await look();
    await blow.strike();
    console.log(`kill -9 of ${blow.name} at ${moment} results; back at ${await reported()}`);
  }

  await vi.waitFor(
    async () => {
      await look();
      expect(await ask("select id from workunit where state <> 'completed'")).toEqual([]);
    },
    { timeout: LIMIT_MS, interval: 250 },
  );
  // The servers outlived the database each time.
  for (const server of servers) expect(server.child.exitCode).toBeNull();
  await vi.waitFor(async () => expect(await ask("select id from result where state <> 'over'")).toEqual([]), {
    timeout: 60_000,
    interval: 250,
  });
  await vi.waitFor(async () => expect(await ledgerProblems(pool, { atRest: true })).toEqual([]), {
    timeout: 60_000,
    interval: 250,
  });
  await look();

  for (const [number, id] of ids.entries()) {
    const [row] = await ask<{ result: number }>(`select canonical_result_id as result from workunit where id = ${id}`);
    const output = await readOutput(deps, row?.result ?? 0);
    expect(Buffer.compare(Buffer.from(output), steadyOutput(number, WORKUNIT_SECONDS)), `workunit ${id}`).toBe(0);
  }
  const outcomes = await ask(
    "select outcome, validation, count(*)::int as results from result group by 1, 2 order by 1, 2",
  );
  console.log(`${WORKUNITS} workunits completed; results: ${JSON.stringify(outcomes)}`);
  // No identity was lost either: four volunteers are four users, however often they were killed.
  expect(await ask("select id from app_user")).toHaveLength(4);
  expect(await ask("select id from host")).toHaveLength(4);
});
