import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { BenchDatabase } from "./bench-databases.ts";
import { type BenchHosts, openBenchHosts } from "./bench-hosts.ts";
import { type BenchProject, createBenchProject, QUORUM } from "./bench-project.ts";
import { type BenchServer, createDataFolder, startBenchServer } from "./bench-server.ts";
import { cpuSecondsOfTree, ownCpuSeconds } from "./cpu.ts";
import { median, rounds } from "./measure.ts";
import { openNodeProfile } from "./node-profile.ts";
import type { Bench, Part, PartReport } from "./part.ts";
import type { Speed } from "./raw-speeds.ts";
import { seedHistory } from "./seed-history.ts";
import { forgetStatements, pagesLookedAt, topStatements } from "./statements.ts";
import { figure, ratio, type Table } from "./table.ts";

const HOSTS = 64;
const BATCH = 64;
const ROUNDS = 3;
const SMALL_ROWS = 10_000;
/** The queue is filled up to this many results while they are handed out, in batches of this many workunits. */
const QUEUE_RESULTS = 20_000;
const SUBMIT_WORKUNITS = 2_500;
/** What is reported must be assimilated within this time after the load has ended. */
const DRAIN_SECONDS = 30;

export const validated: Part = {
  name: "validated",
  title: "Sustained validated results: created, claimed, reported, validated, credited, assimilated",
  run: runValidated,
};

async function runValidated(bench: Bench): Promise<PartReport> {
  const small = await openSite(bench, SMALL_ROWS);
  const large = await openSite(bench, Math.max(bench.rows, SMALL_ROWS));
  try {
    // Alternating, so that whatever else this machine does falls on both sizes.
    const pairs = await rounds(ROUNDS, async (round) => ({
      small: await small.server.observe(() => measure(bench, small, round)),
      large: await large.server.observe(() => measure(bench, large, round)),
    }));
    const slower = median(pairs.map((pair) => pair.small.validated / pair.large.validated));
    const dearer = median(pairs.map((pair) => pair.small.perCpuSecond / pair.large.perCpuSecond));
    const wider = median(pairs.map((pair) => pair.large.pages / pair.small.pages));
    const wrong = [...(await check(small)), ...(await check(large))];
    return {
      tables: [
        speeds([
          { site: small, rounds: pairs.map((pair) => pair.small) },
          { site: large, rounds: pairs.map((pair) => pair.large) },
        ]),
        ...pairs.slice(-1).flatMap((pair) => [pair.small.statements, pair.large.statements]),
        await profile(bench, large),
      ],
      notes: [
        `With ${figure(large.rows)} results in the database ${ratio(slower)} times as slow as with ${figure(small.rows)} (aim: below 1.2), ${ratio(dearer)} times as dear in CPU time, and ${ratio(wider)} times as many pages of the database looked at for each.`,
        ceiling(pairs.map((pair) => pair.small)),
        `Quorum ${QUORUM}, batches of ${BATCH}, ${HOSTS} hosts of ${HOSTS} users. Aim: 5 000 results/s on two cores, 0.35 of raw.`,
        "Validated: valid and credited. Per CPU s: of the server's and PostgreSQL's CPU time, creation included. CPU in cores; work is created and the hosts run in one process, on the same cores as the rest.",
        await bench.databases.describe(),
      ],
      wrong,
    };
  } finally {
    for (const site of [small, large]) await site.close();
  }
}

interface Site {
  readonly rows: number;
  /** Of the hosts, which took part in the past too. */
  readonly secrets: readonly string[];
  readonly database: BenchDatabase;
  readonly project: BenchProject;
  readonly server: BenchServer;
  readonly hosts: BenchHosts;
  /** Results of history lie below. */
  readonly firstResult: number;
  readonly dataFolder: string;
  close(): Promise<void>;
}

async function openSite(bench: Bench, rows: number): Promise<Site> {
  const database = await bench.databases.create();
  const dataFolder = await createDataFolder();
  const project = await createBenchProject(database, {
    dataFolder: dataFolder.path,
    kernel: "atlas",
    input: (index) => Buffer.from(`workunit ${index}`),
  });
  bench.say(`making ${figure(rows)} results of the past`);
  const { projectId, appVersionId } = project;
  const past = { results: rows, hosts: HOSTS, projectId, appVersionId };
  const secrets = await seedHistory(database.pool, past, bench.say);
  const last = await database.pool.query<{ id: number }>("select last_value as id from result_id_seq");
  const server = await startBenchServer(database, { pages: false, dataFolder: dataFolder.path });
  const hosts = await openBenchHosts(server.url, secrets);
  return {
    rows,
    secrets,
    database,
    project,
    server,
    hosts,
    firstResult: last.rows[0]?.id ?? 0,
    dataFolder: dataFolder.path,
    async close() {
      hosts.close();
      await server.stop();
      await database.drop();
      await dataFolder.remove();
    },
  };
}

interface Round {
  readonly validated: number;
  readonly assimilated: number;
  readonly created: number;
  /** Results that are valid and whose workunit was not assimilated yet, at the end. */
  readonly backlog: number;
  readonly perCpuSecond: number;
  /** Pages that PostgreSQL looked at for a result. */
  readonly pages: number;
  readonly minimal: Speed;
  readonly schema: Speed;
  readonly cpu: { readonly server: number; readonly postgres: number; readonly client: number };
  readonly statements: Table;
}

async function measure(bench: Bench, site: Site, round: number): Promise<Round> {
  const { project, hosts, server, database } = site;
  const minimal = await bench.raw.round("minimal", BATCH);
  const schema = await bench.raw.round("schema", BATCH);
  await feed(project, hosts, () => project.created() - hosts.leased() >= QUEUE_RESULTS);
  await database.pool.query("analyze");
  let done = false;
  const feeding = feed(project, hosts, () => done);
  const postmaster = await bench.databases.postmasterPid();
  const cpu = () => [cpuSecondsOfTree(server.pid), cpuSecondsOfTree(postmaster), ownCpuSeconds()] as const;
  try {
    await hosts.load({ batch: BATCH, seconds: Math.min(2, bench.seconds) });
    const counted = await count(site);
    await forgetStatements(database.pool);
    const before = { ...counted, cpu: cpu(), created: project.created(), at: performance.now() };
    await hosts.load({ batch: BATCH, seconds: bench.seconds });
    const seconds = (performance.now() - before.at) / 1000;
    const cpuAfter = cpu();
    const created = project.created();
    // Before what is counted next: that is the bench's own statement.
    const statements = await topStatements(database.pool, `where PostgreSQL's time went, at ${figure(site.rows)}`);
    const pages = await pagesLookedAt(database.pool);
    const after = await count(site);
    const perSecond = (from: number, to: number) => (to - from) / seconds;
    const cores = (index: 0 | 1 | 2) => perSecond(before.cpu[index], cpuAfter[index]);
    const spent = cpuAfter[0] - before.cpu[0] + cpuAfter[1] - before.cpu[1];
    const measured: Round = {
      validated: perSecond(before.valid, after.valid),
      assimilated: perSecond(before.assimilated, after.assimilated),
      created: perSecond(before.created, created),
      backlog: after.valid - after.assimilated,
      perCpuSecond: (after.valid - before.valid) / spent,
      pages: pages / (after.valid - before.valid),
      minimal,
      schema,
      cpu: { server: cores(0), postgres: cores(1), client: cores(2) },
      statements,
    };
    bench.say(`${figure(site.rows)} rows, round ${round + 1}: ${figure(measured.validated)} validated/s`);
    return measured;
  } finally {
    done = true;
    await feeding;
  }
}

/** Submits batches whenever less than the queue should hold is left, until `enough`. */
async function feed(project: BenchProject, hosts: BenchHosts, enough: () => boolean): Promise<void> {
  while (!enough()) {
    if (project.created() - hosts.leased() < QUEUE_RESULTS) await project.submit(SUBMIT_WORKUNITS);
    else await delay(20);
  }
}

async function count({ database, firstResult }: Site): Promise<{ valid: number; assimilated: number }> {
  const { rows } = await database.pool.query<{ valid: number; assimilated: number }>(
    `select (select count(*)::int from result where id > $1 and validation = 'valid' and credit_micro is not null) as valid,
            (select coalesce(sum(n_completed), 0)::int * ${QUORUM} from batch where name = 'bench') as assimilated`,
    [firstResult],
  );
  return rows[0] ?? { valid: 0, assimilated: 0 };
}

/** Everything validated is assimilated in the end, and credited once. @returns what is not so. */
async function check(site: Site): Promise<string[]> {
  await site.hosts.handIn();
  const end = performance.now() + DRAIN_SECONDS * 1000;
  let now = await count(site);
  while (now.valid !== now.assimilated && performance.now() < end) {
    await delay(250);
    now = await count(site);
  }
  const { rows } = await site.database.pool.query<{ granted: number }>(
    "select count(*)::int as granted from credit_entry where result_id > $1 and kind = 'grant'",
    [site.firstResult],
  );
  const wrong: string[] = [];
  if (now.valid !== now.assimilated) wrong.push(`${now.valid} results are valid, ${now.assimilated} assimilated`);
  if (rows[0]?.granted !== now.valid) wrong.push(`${now.valid} results are valid, ${rows[0]?.granted} credited`);
  return wrong;
}

function speeds(sites: readonly { site: Site; rounds: readonly Round[] }[]): Table {
  const rows = sites.map(({ site, rounds: measured }) => {
    const of = (value: (round: Round) => number) => median(measured.map(value));
    return [
      `${figure(site.rows)} in the database`,
      figure(of((round) => round.validated)),
      figure(of((round) => round.created)),
      figure(of((round) => round.assimilated)),
      figure(of((round) => round.backlog)),
      ratio(of((round) => round.validated / round.minimal.perSecond)),
      ratio(of((round) => round.validated / round.schema.perSecond)),
      figure(of((round) => round.pages)),
      figure(of((round) => round.perCpuSecond)),
      ratio(of((round) => round.perCpuSecond / round.minimal.perCpuSecond)),
      ratio(of((round) => round.perCpuSecond / round.schema.perCpuSecond)),
      ratio(of((round) => round.cpu.server)),
      ratio(of((round) => round.cpu.postgres)),
      ratio(of((round) => round.cpu.client)),
    ];
  });
  return {
    title: `results per second (median of ${ROUNDS}); of raw: claim + report by two statements right before`,
    head: [
      "",
      "validated/s",
      "created/s",
      "assimilated/s",
      "backlog",
      "of raw minimal",
      "of raw result table",
      "pages each",
      "per CPU s",
      "of minimal",
      "of result table",
      "CPU server",
      "CPU postgres",
      "CPU client",
    ],
    rows,
  };
}

/** What would be left to gain where the server cost nothing: PostgreSQL's own part, on all processors. */
function ceiling(measured: readonly Round[]): string {
  const each = median(measured.map((round) => round.cpu.postgres / round.validated));
  const most = availableParallelism() / each;
  const ofRaw = median(measured.map((round) => most / round.schema.perSecond));
  return `PostgreSQL alone spends ${figure(each * 1e6)} us of CPU time on each: with a server that cost nothing it would be ${figure(most)}/s at most, ${ratio(ofRaw)} of raw on the result table.`;
}

/** One more load, on a server process that takes its own CPU profile. Its speed is not measured. */
async function profile(bench: Bench, site: Site): Promise<Table> {
  bench.say("profiling the server");
  const taken = await openNodeProfile();
  try {
    const server = await startBenchServer(site.database, {
      pages: false,
      dataFolder: site.dataFolder,
      environment: taken.environment,
    });
    const hosts = await openBenchHosts(server.url, site.secrets);
    await feed(site.project, site.hosts, () => site.project.created() - site.hosts.leased() >= QUEUE_RESULTS);
    await hosts.load({ batch: BATCH, seconds: Math.min(bench.seconds, 5) });
    hosts.close();
    await server.stop();
    return await taken.summarise("where the server process's time went (its start included)");
  } finally {
    await taken.remove();
  }
}
