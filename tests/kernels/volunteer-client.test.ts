import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import type { Report } from "../../server/core/wire/exchange.ts";
import { openFileStore } from "../../worker/hosts/node/file-store.ts";
import { createNodeHost } from "../../worker/hosts/node/volunteer-host.ts";
import { DEFAULT_SETTINGS } from "../../worker/supervisor/core/initial.ts";
import { createMemoryStore, type Store, type StoredTask } from "../../worker/supervisor/store.ts";
import { createSupervisor, type Supervisor } from "../../worker/supervisor/supervisor.ts";
import { startWireServer, type WireServer } from "../support/wire-server.ts";
import { atlasInput, ONE } from "./atlas-cases.ts";
import { bundledKernel } from "./bundled-kernels.ts";
import { fixtureManifest, watModule } from "./wat-kernels.ts";

/** The headless volunteer, whole: its own threads, its own store, real HTTP, a server under the test's control. */

const MAIN = join(import.meta.dirname, "../../worker/hosts/node/main.ts");

/** Loops for ever when it is to count to 666; an honest counter otherwise. */
const HANGS_AT_666 = {
  step: `(func (export "step") (param $budget i32) (result f64)
    (if (i32.eq (i32.load (i32.const 64)) (i32.const 666)) (then (loop $again (br $again))))
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $budget)))
      (br_if $end (i32.ge_u (i32.load (i32.const 68)) (i32.load (i32.const 64))))
      (i32.store (i32.const 68) (i32.add (i32.load (i32.const 68)) (i32.const 1)))
      (i32.store (i32.const 80) (i32.add (i32.load (i32.const 80)) (i32.load (i32.const 68))))
      (local.set $budget (i32.sub (local.get $budget) (i32.const 1)))
      (br $next)))
    (f64.div (f64.convert_i32_u (i32.load (i32.const 68))) (f64.convert_i32_u (i32.load (i32.const 64)))))`,
};

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

beforeAll(async () => {
  await buildKernels();
}, 120_000);

async function openServer(): Promise<WireServer> {
  const server = await startWireServer();
  cleanups.push(() => server.close());
  return server;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-volunteer-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Exit {
  readonly code: number | null;
  readonly output: string;
}

interface Volunteering {
  readonly exited: Promise<Exit>;
  /** Everything it has written so far. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
}

/** `npm run volunteer` without npm. */
function startVolunteer(server: WireServer, options: readonly string[]): Volunteering {
  const child = spawn(process.execPath, [MAIN, "--url", server.url.href, ...options], { stdio: "pipe" });
  cleanups.push(async () => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    exited: new Promise((resolve) => child.on("close", (code) => resolve({ code, output }))),
    output: () => output,
    signal: (signal) => child.kill(signal),
  };
}

function volunteer(server: WireServer, options: readonly string[]): Promise<Exit> {
  return startVolunteer(server, options).exited;
}

async function inProcess(
  server: WireServer,
  options: { store?: Store; workers?: number; once?: boolean } = {},
): Promise<Supervisor> {
  const host = createNodeHost({ url: server.url, store: options.store ?? createMemoryStore(), log: () => undefined });
  const cpuWorkers = options.workers ?? 1;
  const settings = {
    ...DEFAULT_SETTINGS,
    preset: "custom" as const,
    cpuWorkers,
    cpuShare: 1,
    useGpu: false,
    minimumCharge: 0,
  };
  const supervisor = await createSupervisor({ host, settings, once: options.once ?? false });
  cleanups.push(async () => {
    supervisor.stop();
    await supervisor.ended();
  });
  supervisor.start();
  return supervisor;
}

/** Quiet hours that began within the hour and last for one more at least. */
function quietNow(): string {
  const hour = new Date().getHours();
  const two = (number: number): string => String(number % 24).padStart(2, "0");
  return `${two(hour)}:00-${two(hour + 2)}:00`;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const endsAt = performance.now() + 40_000;
  while (!condition()) {
    if (performance.now() > endsAt) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The counting kernel: 1 + 2 + ... + n modulo 2^32, little-endian. */
async function publishCounter(server: WireServer, parts = {}, limits = {}): Promise<string> {
  const manifest = fixtureManifest(
    "counter",
    { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } },
    {
      limits: { inputBytes: 4, outputBytes: 4, stepSeconds: 1, ...limits },
      examples: [{ name: "ten", input: "ten.in", output: "ten.out" }],
    },
  );
  return server.publishPackage(manifest, {
    "kernel.wasm": await watModule(parts),
    "ten.in": u32(10),
    "ten.out": u32(55),
  });
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function sum(n: number): Buffer {
  const total = (BigInt(n) * BigInt(n + 1)) / 2n;
  return u32(Number(total % 2n ** 32n));
}

function outputOf(report: Report | undefined): Buffer | undefined {
  return report?.kind === "output" && report.outputBase64 !== undefined
    ? Buffer.from(report.outputBase64, "base64")
    : undefined;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("npm run volunteer --once", () => {
  test("computes every example of the bundled kernels to its known answer, reports, exits 0", async () => {
    const server = await openServer();
    const expected = new Map<string, string>();
    for (const name of ["align", "atlas", "ising"]) {
      const appVersionHash = await server.publish(name);
      const { answers } = await bundledKernel(name);
      for (const answer of answers) {
        const seed = answer.seed === undefined ? {} : { seed: Buffer.from(answer.seed).readBigUInt64LE().toString() };
        const files = Object.fromEntries(
          Object.entries(answer.files).map(([file, bytes]) => [file, Buffer.from(bytes)]),
        );
        server.addWork([
          { name: `${name}-${answer.name}`, appVersionHash, input: Buffer.from(answer.input), files, ...seed },
        ]);
        expected.set(`${name}-${answer.name}`, sha256(answer.expected));
      }
    }
    const identity = await temporaryFolder();
    const names = new Map<string, string>();
    for (let round = 0; round < 20 && server.reports.size < expected.size; round += 1) {
      const { code, output } = await volunteer(server, ["--once", "--identity", identity, "--workers", "4"]);
      expect([code, output]).toEqual([0, expect.stringContaining("acknowledged")]);
      for (const [, workunit, result] of output.matchAll(/computed workunit=test\/(\S+) result=(\d+)/g))
        names.set(result ?? "", workunit ?? "");
    }
    const computed = [...server.reports.values()].map((report) => [
      names.get(report.resultId),
      report.kind === "output" ? report.outputSha256 : report,
    ]);
    expect(Object.fromEntries(computed)).toEqual(Object.fromEntries(expected));
    expect(server.out.size).toBe(0);
  }, 120_000);

  test("a server that cannot be reached: ends within its patience, with a sentence and code 1", async () => {
    const server = await openServer();
    server.behave({ dead: true });
    const exit = await volunteer(server, ["--once", "--patience", "2", "--identity", await temporaryFolder()]);
    expect(exit.code).toBe(1);
    expect(exit.output).toContain(`${server.url.origin} could not be reached for 2 s`);
  });

  test("files beyond the megabytes of the day are not fetched: the work goes back, and the client says why", async () => {
    const server = await openServer();
    const appVersionHash = await publishCounter(server);
    server.addWork([{ name: "big", appVersionHash, input: u32(10), files: { table: Buffer.alloc(3_000_000) } }]);
    const folder = await temporaryFolder();
    const running = startVolunteer(server, ["--download-per-day", "1", "--workers", "1", "--identity", folder]);
    await until(() => server.reports.size > 0, "the work came back");
    expect([...server.reports.values()].map(({ kind }) => kind)).toEqual(["returned"]);
    // The rest of the day is not spent on trying again.
    await until(() => server.exchanges.at(-1)?.want.results === 0, "no more is asked for");
    running.signal("SIGTERM");
    const { code, output } = await running.exited;
    expect(code).toBe(0);
    expect(output).toMatch(/waiting why=paused_daily_download megabytes=1/);
  });

  test("settings that let it do nothing: ends within its patience, says which, and ends with code 1", async () => {
    const server = await openServer();
    server.addWork([{ name: "w", appVersionHash: await publishCounter(server), input: u32(5) }]);
    const identity = await temporaryFolder();
    const once = ["--once", "--patience", "1", "--identity", identity];
    const quiet = await volunteer(server, [...once, "--quiet-hours", quietNow()]);
    expect([quiet.code, quiet.output]).toEqual([
      1,
      expect.stringMatching(/do nothing for 1 s \(paused_quiet_hours until=/),
    ]);
    expect(server.reports.size).toBe(0);
  });

  test("no work: says so and exits 0", async () => {
    const server = await openServer();
    const { code, output } = await volunteer(server, ["--once", "--identity", await temporaryFolder()]);
    expect([code, output]).toEqual([0, expect.stringContaining("0 computed")]);
  });

  test("a folder in use is refused with a sentence; another name is another identity", async () => {
    const server = await openServer();
    const identity = await temporaryFolder();
    startVolunteer(server, ["--identity", identity]);
    await until(() => server.exchanges.length > 0, "the first volunteer calls");
    const second = await volunteer(server, ["--once", "--identity", identity]);
    expect([second.code, second.output]).toEqual([1, expect.stringMatching(/Another volunteer .* --as NAME/)]);
    const third = await volunteer(server, ["--once", "--identity", await temporaryFolder()]);
    expect(third.code).toBe(0);
  });
});

describe("work that was begun", () => {
  /** Some seconds at this share: not over when the signal comes, right after the first step. */
  const N = 1_000_000_000;

  async function beginAndEnd(
    signal: NodeJS.Signals,
  ): Promise<{ server: WireServer; identity: string; options: string[]; code: number | null }> {
    const server = await openServer();
    server.addWork([{ name: "long", appVersionHash: await publishCounter(server), input: u32(N) }]);
    const identity = await temporaryFolder();
    const options = ["--identity", identity, "--workers", "1", "--share", "0.3"];
    const running = startVolunteer(server, [...options, "--log-level", "debug"]);
    await until(() => running.output().includes("first step"), "the first step");
    running.signal(signal);
    return { server, identity, options, code: (await running.exited).code };
  }

  test("SIGINT keeps a checkpoint, parks its lease, and the next start goes on from it to the right output", async () => {
    const { server, identity, options, code } = await beginAndEnd("SIGINT");
    expect(code).toBe(0);
    const [kept] = await readdir(join(identity, "tasks"));
    const { checkpoint } = JSON.parse(await readFile(join(identity, "tasks", kept ?? ""), "utf8")) as StoredTask;
    expect(checkpoint.unitsDone).toBeGreaterThan(0);
    expect(checkpoint.unitsDone).toBeLessThan(N);
    expect(server.parked.flatMap(({ park = [] }) => park)).toHaveLength(1);
    const again = await volunteer(server, ["--once", ...options, "--share", "1"]);
    expect(again.code).toBe(0);
    expect(outputOf([...server.reports.values()][0])).toEqual(sum(N));
    expect(await readdir(join(identity, "tasks"))).toEqual([]);
  }, 60_000);

  test("kill -9: the server hands the lease out again and the output is right", async () => {
    const { server, options } = await beginAndEnd("SIGKILL");
    expect((await volunteer(server, ["--once", ...options, "--share", "1"])).code).toBe(0);
    expect([...server.reports.keys()]).toEqual(["1"]);
    expect(outputOf(server.reports.get("1"))).toEqual(sum(N));
  }, 60_000);
});

describe("a bad network", () => {
  test("finished results wait and are sent when the server is back, each taken once", async () => {
    // About half a second each: none is finished before the server is found running and taken down.
    const LONG = 500_000_000;
    const server = await openServer();
    const appVersionHash = await publishCounter(server);
    server.addWork(Array.from({ length: 6 }, (_, n) => ({ name: `w${n}`, appVersionHash, input: u32(LONG + n) })));
    server.behave({ callAgainSeconds: 1 });
    const supervisor = await inProcess(server, { workers: 2 });
    await until(() => [...supervisor.state().tasks.values()].some(({ state }) => state.at === "running"), "a run");
    server.behave({ dead: true });
    const given = server.out.size;
    expect(given).toBeGreaterThan(1);
    await until(() => supervisor.state().reports.size === given, "every result that was begun waits");
    expect(server.reports.size).toBe(0);
    await until(() => supervisor.show().reason?.key === "server_unreachable", "the volunteer is told why");
    server.behave({ dead: false, loseAnswers: 1 });
    await until(() => server.reports.size === 6, "everything is reported");
    for (const report of server.reports.values()) {
      expect(outputOf(report)).toEqual(sum(LONG + Number(report.resultId) - 1));
    }
  }, 60_000);

  test("a server that forgot the session is told again who we are", async () => {
    const server = await openServer();
    const appVersionHash = await publishCounter(server);
    server.behave({ callAgainSeconds: 1 });
    await inProcess(server);
    await until(() => server.exchanges.length === 1, "an exchange");
    server.forgetSessions();
    server.addWork([{ name: "later", appVersionHash, input: u32(5) }]);
    await until(() => server.reports.size === 1, "a report after the server forgot us");
    expect(outputOf(server.reports.get("1"))).toEqual(sum(5));
  }, 60_000);

  test("files and kernels are fetched once; wrong bytes are refused and never computed with", async () => {
    const server = await openServer();
    const appVersionHash = await server.publish("align");
    const { answers } = await bundledKernel("align");
    const [answer] = answers;
    if (answer === undefined) throw new Error("align has no example");
    const files = Object.fromEntries(Object.entries(answer.files).map(([file, bytes]) => [file, Buffer.from(bytes)]));
    const work = { name: "align", appVersionHash, input: Buffer.from(answer.input), files };
    server.addWork([work, work, work]);
    server.behave({ callAgainSeconds: 1 });
    await inProcess(server, { workers: 2 });
    await until(() => server.reports.size === 3, "three results");
    expect(Math.max(...server.fetched.values())).toBe(1);

    const genome = sha256(Buffer.from("another genome"));
    server.addWork([{ ...work, files: { ...files, genome: Buffer.from("another genome") } }]);
    server.corrupt(genome, Buffer.from("other bytes"));
    await until(() => (server.fetched.get(genome) ?? 0) >= 2, "wrong bytes are fetched again");
    expect(server.reports.has("4")).toBe(false);
    server.corrupt(genome, Buffer.from("another genome"));
    await until(() => server.reports.has("4"), "the right bytes are used");
  }, 60_000);
});

describe("kernels that misbehave", () => {
  test("one that never ends is ended and reported as hung, and the next workunit computes", async () => {
    const server = await openServer();
    const appVersionHash = await publishCounter(server, HANGS_AT_666);
    server.addWork([666, 1000].map((n) => ({ name: `to-${n}`, appVersionHash, input: u32(n) })));
    await inProcess(server);
    await until(() => server.reports.size === 2, "both are reported");
    expect(server.reports.get("1")).toMatchObject({ kind: "error", code: "hung" });
    expect(outputOf(server.reports.get("2"))).toEqual(sum(1000));
  }, 60_000);

  test("one whose known answer comes out wrong here computes nothing, and the server hears of it", async () => {
    const server = await openServer();
    const lying = {
      output: `(func (export "output") (result i64) (i64.or (i64.shl (i64.const 64) (i64.const 32)) (i64.const 4)))`,
    };
    server.addWork([{ name: "lie", appVersionHash: await publishCounter(server, lying), input: u32(99) }]);
    await inProcess(server);
    await until(() => server.reports.size === 1, "the workunit goes back");
    expect(server.reports.get("1")).toMatchObject({ kind: "returned" });
    expect(server.exchanges.at(-1)?.device.backends).toContainEqual(
      expect.objectContaining({ kind: "wasm", knownAnswerOk: false }),
    );
  }, 60_000);
});

test("an output above the inline limit is put to the server before its report", async () => {
  const server = await openServer();
  const appVersionHash = await server.publish("atlas");
  const input = atlasInput({ left: 0n, top: 0n, step: ONE / 200n, width: 160, height: 160, maxIterations: 20 });
  server.addWork([{ name: "large", appVersionHash, input: Buffer.from(input) }]);
  await inProcess(server);
  await until(() => server.reports.size === 1, "a report");
  const [report] = [...server.reports.values()];
  expect(report).toMatchObject({ kind: "output" });
  expect(outputOf(report)).toBeUndefined();
  const uploaded = server.uploads.get(report?.kind === "output" ? report.outputSha256 : "");
  expect([uploaded?.byteLength, uploaded && sha256(uploaded)]).toEqual([
    160 * 160 * 4,
    report?.kind === "output" && report.outputSha256,
  ]);
}, 60_000);

test("stored files survive a torn write and foreign names are no paths", async () => {
  const folder = await temporaryFolder();
  const store = await openFileStore(folder);
  await store.write([{ put: "facts", key: "identity", value: { kind: "secret", bytes: new Uint8Array([1, 2, 255]) } }]);
  expect(await store.get("facts", "identity")).toEqual({ kind: "secret", bytes: new Uint8Array([1, 2, 255]) });
  await expect(store.write([{ put: "facts", key: "../identity", value: 1 }])).rejects.toThrow("no key");
  await writeFile(join(folder, "reports", "7.json"), '{"report": {"kind"');
  expect(await store.all("reports")).toEqual([]);
});
