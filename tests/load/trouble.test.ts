import { chown, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Lease } from "../../server/core/wire/exchange.ts";
import { FILES_PATH, LEASE_TOKEN_HEADER, RESULT_ID_HEADER } from "../../server/core/wire/http.ts";
import { migrate } from "../../server/database/migrate.ts";
import { openPool, type Pool } from "../../server/database/pool.ts";
import { openPrisma, type PrismaClient } from "../../server/database/prisma.ts";
import { type Deps, openDeps } from "../../server/deps.ts";
import { createRandom } from "../../server/examples/random.ts";
import { ledgerProblems } from "../support/check-ledger.ts";
import { type KillablePostgres, startKillablePostgres } from "../support/killable-postgres.ts";
import { openVolunteer, type PatientVolunteer } from "../support/patient-volunteer.ts";
import { type PublishedApp, publishExample, steadyTiles, submit } from "../support/science.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { ROOMY } from "../support/site.ts";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.ts";

/** One server that lives through everything that can happen to its database and its disk. */

const disk = mountSmallDisk(24);
const TILE_SECONDS = 0.1;
const SOON = { timeout: 30_000, interval: 100 };

let folder = "";
let postgres: KillablePostgres;
let pool: Pool;
let prisma: PrismaClient;
let deps: Deps;
let server: ServerProcess;
let app: PublishedApp;
let batches = 0;

beforeAll(async () => {
  folder = disk === null ? await mkdtemp(join(tmpdir(), "quorate-trouble-")) : join(disk.path, "data");
  await mkdir(folder, { recursive: true });
  postgres = await startKillablePostgres();
  await migrate(postgres.url);
  // Connections die with the database, by design of this test: the pool replaces them.
  pool = openPool(postgres.url, { onIdleError: () => undefined });
  prisma = openPrisma(pool);
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: console.error };
  deps = await openDeps({ pool, prisma, log: quiet, dataFolder: folder });
  app = await publishExample(deps, "atlas", { parameters: { minQuorum: 2 } });
  server = await startServerProcess(postgres.url, { ...ROOMY, PAGES: "off", DATA_FOLDER: folder });
}, 120_000);

afterAll(async () => {
  await server?.kill();
  await prisma?.$disconnect();
  await pool?.end();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
  disk?.unmount();
}, 60_000);

/** The same of every volunteer, and nothing that PostgreSQL could make smaller: a full disk must notice. */
function answer({ workunitId }: Lease): Buffer {
  const random = createRandom(Number(workunitId));
  return Buffer.from(Array.from({ length: 16_384 }, () => random.below(256)));
}

/** A batch of which two volunteers hold one result of each workunit, computed and not reported yet. */
async function heldByTwo(): Promise<{ ids: number[]; volunteers: PatientVolunteer[] }> {
  batches += 1;
  const ids = await submit(deps, app, `batch ${batches}`, steadyTiles(4, TILE_SECONDS));
  const volunteers = await Promise.all([openVolunteer(server.url, answer), openVolunteer(server.url, answer)]);
  for (const volunteer of volunteers) {
    expect((await volunteer.exchange({ want: 4 })).status).toBe(200);
    expect(volunteer.held()).toHaveLength(4);
  }
  return { ids, volunteers };
}

async function health(): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}/api/health`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** What was refused is said again, and everything ends as if nothing had been. */
async function endsWell(ids: readonly number[], volunteers: readonly PatientVolunteer[]): Promise<void> {
  for (const volunteer of volunteers) {
    await vi.waitFor(async () => expect((await volunteer.exchange({ want: 0 })).status).toBe(200), SOON);
    expect(volunteer.held()).toEqual([]);
  }
  await vi.waitFor(async () => {
    const { rows } = await pool.query<{ state: string; assimilated: boolean }>(
      `select w.state, a.workunit_id is not null as assimilated from workunit w left join assimilated_result a on a.workunit_id = w.id
        where w.id = any($1)`,
      [ids],
    );
    expect(rows).toEqual(ids.map(() => ({ state: "completed", assimilated: true })));
    expect(await ledgerProblems(pool, { atRest: true })).toEqual([]);
  }, SOON);
  await vi.waitFor(async () => expect(await health()).toMatchObject({ status: 200, body: { state: "ok" } }), SOON);
  expect(server.child.exitCode).toBeNull();
}

/** Until the database takes connections again. */
async function connects(): Promise<void> {
  await vi.waitFor(() => pool.query("select 1"), SOON);
}

describe("a database that is away", () => {
  const ways = [
    {
      name: "is killed and starts again",
      leave: () => postgres.kill(),
      comeBack: () => postgres.restart(),
    },
    {
      name: "refuses connections",
      leave: () => allowConnections(false),
      comeBack: () => allowConnections(true),
    },
  ];

  it.each(ways)(
    "$name: every call is refused with a sentence, and nothing is lost",
    { timeout: 120_000 },
    async (way) => {
      const { ids, volunteers } = await heldByTwo();
      await way.leave();
      await vi.waitFor(async () => {
        const said = await health();
        expect(said).toMatchObject({ status: 503, body: { state: "degraded", database: "unreachable" } });
      }, SOON);
      for (const volunteer of volunteers) {
        const refused = await volunteer.exchange({ want: 1 });
        expect(refused.status).toBe(503);
        expect(refused.message).toMatch(/database does not answer just now\. Nothing is lost/);
      }
      await way.comeBack();
      await connects();
      await endsWell(ids, volunteers);
    },
  );
});

/** Ends every connection to the database and refuses new ones, or takes them again; asked through another database. */
async function allowConnections(allowed: boolean): Promise<void> {
  const beside = new URL(postgres.url);
  const name = beside.pathname.slice(1);
  beside.pathname = "/template1";
  const admin = openPool(beside.href, { maxConnections: 1, onIdleError: () => undefined });
  await admin.query(`alter database ${name} with allow_connections ${allowed}`);
  if (!allowed) {
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
  }
  await admin.end();
}

describe("a disk that is full", () => {
  type Way = { name: string; fill(): Promise<void>; makeRoom(): Promise<void> };

  /** PostgreSQL says what it says when a file cannot grow. */
  const pretended: Way = {
    name: "PostgreSQL says so",
    async fill() {
      await pool.query(`
        create function no_room() returns trigger language plpgsql as $$ begin
          raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
        create trigger no_room before insert on result_output execute function no_room()`);
    },
    async makeRoom() {
      await pool.query("drop function no_room cascade");
    },
  };

  /** Outputs lie on a small file system that takes not a byte more; stored files too. */
  const real = (small: SmallDisk): Way => ({
    name: "it really is",
    async fill() {
      const { rows } = await pool.query<{ folder: string }>("select current_setting('data_directory') as folder");
      const place = join(small.path, "postgres");
      await mkdir(place);
      const { uid, gid } = await stat(rows[0]?.folder ?? "");
      await chown(place, uid, gid);
      await pool.query(`create tablespace small location '${place}'`);
      await pool.query("alter table result_output set tablespace small");
      await small.fill();
    },
    makeRoom: () => small.makeRoom(),
  });

  // Mounting one takes root; elsewhere PostgreSQL is made to say so.
  const way = disk === null ? pretended : real(disk);

  it(`${way.name}: reports are refused with a sentence, and taken when there is room`, {
    timeout: 120_000,
  }, async () => {
    const { ids, volunteers } = await heldByTwo();
    await way.fill();
    for (const volunteer of volunteers) {
      const refused = await volunteer.exchange({ want: 0 });
      expect(refused).toMatchObject({ status: 503, message: expect.stringMatching(/disk is full.+Nothing is lost/) });
      expect(volunteer.held()).toHaveLength(4);
    }
    const [volunteer] = volunteers;
    if (volunteer === undefined) throw new Error("there should be volunteers");
    const uploaded = await upload(volunteer);
    if (disk !== null) {
      expect(uploaded.status).toBe(503);
      expect(await uploaded.json()).toMatchObject({ error: expect.stringMatching(/disk is full/) });
    }
    expect(await health()).toMatchObject({ status: 503, body: { state: "degraded", database: "ok", disk: "full" } });
    expect(await ledgerProblems(pool, { atRest: false })).toEqual([]);
    const { rows } = await pool.query("select distinct state from result where workunit_id = any($1)", [ids]);
    expect(rows).toEqual([{ state: "in_progress" }]);
    await way.makeRoom();
    expect((await upload(volunteer)).status).toBe(204);
    await endsWell(ids, volunteers);
  });
});

/** Puts the output of the first result it holds where large outputs go. */
function upload(volunteer: PatientVolunteer): Promise<Response> {
  const [lease] = volunteer.held();
  if (lease === undefined) throw new Error("the volunteer should hold something");
  const headers = {
    authorization: `Bearer ${volunteer.token}`,
    [RESULT_ID_HEADER]: lease.resultId,
    [LEASE_TOKEN_HEADER]: lease.leaseToken,
  };
  const body = new Uint8Array(answer(lease));
  return fetch(`${server.url}${FILES_PATH}${volunteer.sha256(lease)}`, { method: "PUT", headers, body });
}
