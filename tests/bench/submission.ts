import { createMember, type Member } from "../support/create-member.ts";
import type { BenchDatabase } from "./bench-databases.ts";
import { type BenchProject, createBenchProject } from "./bench-project.ts";
import { createDataFolder, startBenchServer } from "./bench-server.ts";
import { cpuSecondsOfTree, ownCpuSeconds } from "./cpu.ts";
import { rounds } from "./measure.ts";
import type { Bench, Part, PartReport } from "./part.ts";
import { openScientist, slowestAnswer } from "./scientist.ts";
import { seedHistory } from "./seed-history.ts";
import { type Look, openMemoryWatch, residentPeakBytes } from "./server-memory.ts";
import { figure, milliseconds, ratio } from "./table.ts";

/** Workunits of one batch, and confirmed results of one download. */
const SIZES = [10_000, 100_000] as const;
const INPUT_BYTES = 100;
const ENDINGS = ["jsonl", "csv", "parquet"] as const;
const HOSTS = 64;
/** Memory is called flat when ten times as many need at most so many times as much. */
const FLAT = 1.5;

export const submission: Part = {
  name: "submission",
  title: "A scientist's batch: 100 000 workunits submitted, 100 000 results downloaded, over HTTP",
  run: runSubmission,
};

async function runSubmission(bench: Bench): Promise<PartReport> {
  const sites = await rounds(SIZES.length, (index) => openSite(bench, SIZES[index] ?? 0));
  try {
    const speeds = [];
    for (const site of sites) speeds.push(await measureSpeed(bench, site));
    const memory = [];
    for (const site of sites) memory.push({ of: site.size, kept: await measureMemory(bench, site) });
    const [small, large] = memory;
    if (small === undefined || large === undefined) throw new Error("both sizes are measured");
    const growth = [...large.kept].map(([name, bytes]) => ({ name, times: bytes / (small.kept.get(name) ?? 0) }));
    return {
      tables: [
        {
          title: "time",
          head: [
            "",
            "rows",
            "seconds",
            "rows/s",
            "CPU µs/row",
            "MB",
            "raw seconds",
            "of raw",
            "of raw, CPU",
            "slowest other answer",
          ],
          rows: speeds.flatMap((speed) => speed.rows),
        },
        {
          title: "memory of the server, in MB",
          head: ["", ...SIZES.map((size) => `${figure(size)}`), "times as much"],
          rows: [
            ...growth.map(({ name, times }) => [
              `kept while ${name}`,
              megabytes(small.kept.get(name) ?? Number.NaN),
              megabytes(large.kept.get(name) ?? Number.NaN),
              ratio(times),
            ]),
            [
              "most it ever had (resident)",
              ...speeds.map((speed) => megabytes(speed.residentBytes)),
              ratio((speeds[1]?.residentBytes ?? 0) / (speeds[0]?.residentBytes ?? 0)),
            ],
          ],
        },
      ],
      notes: [
        `Submitted: JSON lines with inputs of ${INPUT_BYTES} bytes in one POST, until the answer that all is created (two results each). Raw: PostgreSQL copies the same rows from table to table, with the same indexes and checks.`,
        "Downloaded: results of a past that was put into the database by statements, 64 bytes of output each, with what confirmed them. Raw: the same rows and outputs read through one cursor, and nothing else.",
        "CPU: of the server and PostgreSQL, in raw of PostgreSQL and its client; what else this machine does hardly changes it.",
        "Kept: the heap and what it refers to, after collecting, looked at again and again on the way, of a server of its own; the most. Slowest other answer: of /api/health, asked every 50 ms meanwhile.",
        await bench.databases.describe(),
      ],
      wrong: growth
        .filter(({ times }) => !(times < FLAT))
        .map(({ name, times }) => `memory is not flat: ${ratio(times)} times as much kept while ${name}`),
    };
  } finally {
    for (const site of sites) await site.close();
  }
}

interface Site {
  readonly size: number;
  readonly database: BenchDatabase;
  readonly project: BenchProject;
  readonly member: Member;
  readonly dataFolder: string;
  /** A batch of `size` confirmed results. */
  readonly pastBatchId: number;
  close(): Promise<void>;
}

async function openSite(bench: Bench, size: number): Promise<Site> {
  bench.say(`${figure(size)} results are put into a database`);
  const database = await bench.databases.create();
  const dataFolder = await createDataFolder();
  const project = await createBenchProject(database, {
    dataFolder: dataFolder.path,
    kernel: "atlas",
    input: (index) => Buffer.from(`${index}`),
  });
  const { projectId, appVersionId, deps } = project;
  await seedHistory(database.pool, { results: 2 * size, hosts: HOSTS, projectId, appVersionId }, bench.say);
  const { rows } = await database.pool.query<{ id: number }>("select id from batch where key = 'history'");
  return {
    ...{ size, database, project, dataFolder: dataFolder.path, pastBatchId: rows[0]?.id ?? 0 },
    member: await createMember(deps, { projectId, role: "submitter" }),
    async close() {
      await database.drop();
      await dataFolder.remove();
    },
  };
}

async function measureSpeed(bench: Bench, site: Site): Promise<{ rows: string[][]; residentBytes: number }> {
  const { size, database, dataFolder, project, member, pastBatchId } = site;
  const postmaster = await bench.databases.postmasterPid();
  const server = await startBenchServer(database, { pages: false, dataFolder });
  const scientist = openScientist(server.url, member);
  const rows: string[][] = [];
  // Of the server and PostgreSQL; in raw of PostgreSQL and its client. The program that submits and downloads is in neither.
  const whole = () => cpuSecondsOfTree(postmaster) + cpuSecondsOfTree(server.pid);
  const bare = () => cpuSecondsOfTree(postmaster) + ownCpuSeconds();
  async function compare(name: string, work: () => Promise<number>, raw: (result: number) => Promise<void>) {
    bench.say(`${name} ${figure(size)}`);
    const { result: got, slowestMs } = await server.observe(() => slowestAnswer(server.url, () => timed(whole, work)));
    const least = await timed(bare, () => raw(got.result));
    const bytes = name === SUBMITTED ? Number.NaN : got.result;
    const row = [
      ...[figure(size), figure(got.seconds), figure(size / got.seconds), figure((got.cpuSeconds / size) * 1e6)],
      ...[figure(bytes / 1e6), figure(least.seconds), ratio(least.seconds / got.seconds)],
      ...[ratio(least.cpuSeconds / got.cpuSeconds), milliseconds(slowestMs)],
    ];
    bench.say(`  ${row.join("  ")}`);
    rows.push([name, ...row]);
  }
  try {
    const batch = { appVersionId: project.appVersionId, key: "timed", workunits: size, inputBytes: INPUT_BYTES };
    await compare(
      SUBMITTED,
      () => scientist.submit(batch),
      (batchId) => rawInsert(database, batchId),
    );
    for (const ending of ENDINGS) {
      await compare(
        `downloaded, ${ending}`,
        () => scientist.download(pastBatchId, ending),
        () => rawRead(database, pastBatchId),
      );
    }
    return { rows, residentBytes: residentPeakBytes(server.pid) };
  } finally {
    await server.stop();
  }
}

const SUBMITTED = "submitted";

/** The most that a server kept, by what it did. */
async function measureMemory(bench: Bench, site: Site): Promise<Map<string, number>> {
  const { size, database, dataFolder, project, member, pastBatchId } = site;
  bench.say(`watching the memory of a server with ${figure(size)}`);
  const watch = await openMemoryWatch();
  const server = await startBenchServer(database, { pages: false, dataFolder, environment: watch.environment });
  try {
    const scientist = openScientist(server.url, member);
    const batch = { appVersionId: project.appVersionId, key: "watched", workunits: size, inputBytes: INPUT_BYTES };
    const kept = new Map<string, number>();
    const keep = async (name: string, work: (look: Look) => Promise<number>) => {
      const { peakBytes } = await server.observe(() => watch.during(server.pid, work));
      kept.set(name, peakBytes);
    };
    await keep("submitting", (look) => scientist.submit(batch, look));
    for (const ending of ENDINGS) {
      await keep(`downloading ${ending}`, (look) => scientist.download(pastBatchId, ending, look));
    }
    return kept;
  } finally {
    await server.stop();
    await watch.remove();
  }
}

type Timed<T> = { result: T; seconds: number; cpuSeconds: number };

async function timed<T>(cpu: () => number, work: () => Promise<T>): Promise<Timed<T>> {
  const [cpuBefore, began] = [cpu(), performance.now()];
  const result = await work();
  return { result, seconds: (performance.now() - began) / 1000, cpuSeconds: cpu() - cpuBefore };
}

/** PostgreSQL copies a batch's rows into tables that are like theirs. */
async function rawInsert({ pool }: BenchDatabase, batchId: number): Promise<void> {
  await pool.query(
    "create table raw_workunit (like workunit including all); create table raw_result (like result including all)",
  );
  await pool.query("insert into raw_workunit select * from workunit where batch_id = $1", [batchId]);
  await pool.query(
    "insert into raw_result select r.* from workunit w join result r on r.workunit_id = w.id where w.batch_id = $1",
    [batchId],
  );
  await pool.query("drop table raw_workunit, raw_result");
}

const FETCH = 1_000;

/** A batch's rows with their outputs are read through a cursor. */
async function rawRead({ pool }: BenchDatabase, batchId: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query(
      `declare results no scroll cursor for
       select w.id, w.name, w.tags, w.input_sha256, w.ended_seconds, w.accepted_by, c.output_sha256, o.bytes
         from workunit w join result c on c.id = w.canonical_result_id join result_output o on o.result_id = c.id
        where w.batch_id = ${batchId} order by w.id`,
    );
    for (let read = FETCH; read === FETCH; ) {
      read = (await client.query(`fetch ${FETCH} from results`)).rows.length;
    }
    await client.query("commit");
  } finally {
    client.release();
  }
}

const megabytes = (bytes: number) => figure(bytes / 2 ** 20);
