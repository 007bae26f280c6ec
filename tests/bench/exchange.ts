import type { BenchDatabase } from "./bench-databases.ts";
import { newSecrets, openBenchHosts } from "./bench-hosts.ts";
import { type BenchProject, createBenchProject, QUORUM } from "./bench-project.ts";
import { type BenchServer, createDataFolder, startBenchServer } from "./bench-server.ts";
import { cpuSecondsOfTree } from "./cpu.ts";
import { median, quantile, rounds } from "./measure.ts";
import type { Bench, Part, PartReport } from "./part.ts";
import { BATCHES } from "./raw.ts";
import { figure, milliseconds, ratio } from "./table.ts";

const HOSTS = 64;
const ROUNDS = 3;
/** Results made ready per second of a round, by batch size; the queue must not run dry. */
const READY_PER_SECOND = (batch: number) => (batch < 4 ? 2_500 : batch < 32 ? 8_000 : 15_000);

export const exchange: Part = {
  name: "exchange",
  title: `volunteer.exchange over HTTP, ${HOSTS} hosts of ${HOSTS} users`,
  run: runExchange,
};

async function runExchange(bench: Bench): Promise<PartReport> {
  const database = await bench.databases.create();
  const dataFolder = await createDataFolder();
  const server = await startBenchServer(database, { pages: false, dataFolder: dataFolder.path });
  try {
    return await server.observe(() => loadServer(bench, { database, server, dataFolder: dataFolder.path }));
  } finally {
    await server.stop();
    await database.drop();
    await dataFolder.remove();
  }
}

type Loaded = { database: BenchDatabase; server: BenchServer; dataFolder: string };

async function loadServer(bench: Bench, { database, server, dataFolder }: Loaded): Promise<PartReport> {
  const project = await createBenchProject(database, {
    dataFolder,
    kernel: "atlas",
    input: (index) => Buffer.from(`workunit ${index}`),
  });
  const hosts = await openBenchHosts(server.url, newSecrets(HOSTS));
  const postmaster = await bench.databases.postmasterPid();
  const cpu = () => cpuSecondsOfTree(server.pid) + cpuSecondsOfTree(postmaster);
  const rows: string[][] = [];
  const wrong: string[] = [];
  let latency: number[] = [];
  for (const batch of BATCHES) {
    const measured = await rounds(ROUNDS, async (round) => {
      await makeReady(project, hosts.leased(), Math.ceil(bench.seconds * READY_PER_SECOND(batch)) + HOSTS * batch);
      await hosts.load({ batch, seconds: Math.min(1, bench.seconds) }); // warm, and every host holds a batch
      const minimal = await bench.raw.round("minimal", batch);
      const schema = await bench.raw.round("schema", batch);
      const before = cpu();
      const load = await hosts.load({ batch, seconds: bench.seconds });
      const perCpuSecond = load.recorded / (cpu() - before);
      bench.say(`batch ${batch}, round ${round + 1}: ${figure(load.recorded / load.seconds)} results/s`);
      if (load.short > load.exchanges / 20) wrong.push(`batch ${batch}: in ${load.short} exchanges work was missing`);
      latency = [...load.latencies];
      const [speed, calls] = [load.recorded / load.seconds, load.exchanges / load.seconds];
      return { speed, calls, perCpuSecond, minimal, schema };
    });
    await hosts.handIn();
    const of = (value: (one: (typeof measured)[number]) => number) => median(measured.map(value));
    rows.push([
      `batches of ${batch}`,
      figure(of((one) => one.speed)),
      figure(of((one) => one.calls)),
      milliseconds(quantile(latency, 0.5)),
      milliseconds(quantile(latency, 0.95)),
      figure(of((one) => one.minimal.perSecond)),
      ratio(of((one) => one.speed / one.minimal.perSecond)),
      figure(of((one) => one.schema.perSecond)),
      ratio(of((one) => one.speed / one.schema.perSecond)),
      figure(of((one) => one.perCpuSecond)),
      ratio(of((one) => one.perCpuSecond / one.minimal.perCpuSecond)),
      ratio(of((one) => one.perCpuSecond / one.schema.perCpuSecond)),
    ]);
  }
  hosts.close();
  return {
    tables: [
      {
        title: `results per second, claimed and reported (median of ${ROUNDS})`,
        head: [
          "",
          "results/s",
          "calls/s",
          "p50",
          "p95",
          "raw minimal",
          "ratio",
          "raw result table",
          "ratio",
          "per CPU s",
          "of minimal",
          "of result table",
        ],
        rows,
      },
    ],
    notes: [
      `Quorum ${QUORUM}: every result is validated, and credit granted, in the transaction that records it. Outputs of 64 bytes.`,
      "Raw: two statements, 6 connections, measured right before each round. The client (node:http, kept connections) shares the cores.",
      "Per CPU s: results per second of CPU time of the server and PostgreSQL (raw: of PostgreSQL and its client).",
      await bench.databases.describe(),
    ],
    wrong: [...new Set(wrong)],
  };
}

async function makeReady(project: BenchProject, leased: number, results: number): Promise<void> {
  for (let missing = results - (project.created() - leased); missing > 0; missing -= 10_000) {
    await project.submit(Math.max(100, Math.ceil(Math.min(missing, 10_000) / QUORUM)));
  }
}
