import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, chown, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { StartError } from "../../start/start-error.ts";
import type { Account } from "./account.ts";

/** One PostgreSQL database cluster: where its programs and data are, and how one connects. */
export type Cluster = {
  binaries: string;
  /** PostgreSQL's own data folder; nobody but PostgreSQL's user may enter it. */
  data: string;
  logFile: string;
  account: Account | undefined;
  password: string;
};

export const SUPERUSER = "quorate";
const START_TIMEOUT_SECONDS = 60;
/** Its processes notice within seconds that their first one was killed; until then they hold its memory. */
const REMAINS_PATIENCE_MS = 60_000;
const REMAINS_RETRY_MS = 200;
const REMAINS_RUN = /shared memory block .* is still in use|lock file "postmaster\.pid" already exists/;
const LOG_MAX_BYTES = 10 * 1024 * 1024;

export function clusterUrl(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`;
}

/** Makes the data folder, unless there is one. `settings` are lines for postgresql.conf. */
export async function initialise(cluster: Cluster, settings: readonly string[]): Promise<void> {
  if (existsSync(join(cluster.data, "PG_VERSION"))) return;
  // What an interrupted initdb left is of no use to anybody.
  await rm(cluster.data, { recursive: true, force: true });
  await mkdir(cluster.data, { recursive: true, mode: 0o700 });
  const passwordFile = `${cluster.data}.password`;
  await writeFile(passwordFile, cluster.password, { mode: 0o600 });
  try {
    await giveTo(cluster.account, cluster.data);
    await giveTo(cluster.account, passwordFile);
    const identity = ["-U", SUPERUSER, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    // Locale C: the same order of text on every machine. Checksums: a broken disk is noticed.
    const form = ["--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"];
    const { code, output } = await run(cluster, "initdb", ["-D", cluster.data, ...identity, ...form]);
    if (code !== 0) {
      await rm(cluster.data, { recursive: true, force: true });
      throw explain(output, "The database could not be created");
    }
  } finally {
    await rm(passwordFile, { force: true });
  }
  const always = ["listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "timezone = 'UTC'"];
  await appendFile(join(cluster.data, "postgresql.conf"), `\n${[...always, ...settings].join("\n")}\n`);
}

async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}

/**
 * Starts the cluster on `port` and waits until it takes connections; for as long as what a kill -9 of the last one left
 * still runs too. @throws {StartError}
 */
export async function start(cluster: Cluster, port: number): Promise<void> {
  await rotateLog(cluster.logFile);
  await writeFile(cluster.logFile, "", { flag: "a", mode: 0o600 });
  await giveTo(cluster.account, cluster.logFile);
  for (const giveUpAt = Date.now() + REMAINS_PATIENCE_MS; ; await delay(REMAINS_RETRY_MS)) {
    const said = await tryToStart(cluster, port);
    if (said === undefined) return;
    if (!REMAINS_RUN.test(said) || Date.now() > giveUpAt) throw explain(said, "The database did not start");
  }
}

/** @returns what it and its log said when it did not start. */
async function tryToStart(cluster: Cluster, port: number): Promise<string | undefined> {
  const { size } = await stat(cluster.logFile);
  const wait = ["-w", "-t", String(START_TIMEOUT_SECONDS)];
  const where = ["-D", cluster.data, "-l", cluster.logFile, "-o", `-p ${port}`];
  const { code, output } = await run(cluster, "pg_ctl", ["start", ...wait, ...where]);
  if (code === 0) return undefined;
  const log = await readFile(cluster.logFile).catch(() => Buffer.alloc(0));
  return `${output}\n${log.subarray(size).toString().slice(-4000)}`;
}

/** Keeps one old log: PostgreSQL itself only ever appends. */
async function rotateLog(file: string): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size > LOG_MAX_BYTES) await rename(file, `${file}.1`);
}

/** Stops the cluster; running statements are cancelled, what was committed is kept. */
export async function stop(cluster: Cluster): Promise<void> {
  await run(cluster, "pg_ctl", ["stop", "-D", cluster.data, "-m", "fast", "-w", "-t", "60"]);
}

/**
 * The port on which the cluster answers now, or undefined. A postmaster.pid alone proves nothing (it survives kill -9),
 * and a PostgreSQL on the port it names may be another one: the server is asked which data folder it has.
 */
export async function runningPort(cluster: Cluster): Promise<number | undefined> {
  const lines = await readFile(join(cluster.data, "postmaster.pid"), "utf8").catch(() => "");
  const port = Number.parseInt(lines.split("\n")[3] ?? "", 10);
  if (!Number.isInteger(port)) return undefined;
  const client = new pg.Client({
    connectionString: clusterUrl(cluster, port, "postgres"),
    connectionTimeoutMillis: 3_000,
  });
  client.on("error", () => undefined); // It may be shutting down under us; the query below says so.
  try {
    await client.connect();
    const answer = await client.query<{ data_directory: string }>("show data_directory");
    return answer.rows[0]?.data_directory === cluster.data ? port : undefined;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Below those that systems give to outgoing connections (from 32768 on Linux): none of them can take one that is told here. */
const OWN_PORTS = { from: 15_000, to: 32_000 } as const;
const PORTS_TRIED = 50;

/** A port nobody listens on: `wanted` when it is free (0: any). */
export async function freePort(wanted = 0): Promise<number> {
  if (wanted !== 0 && (await isFree(wanted))) return wanted;
  for (let tried = 0; tried < PORTS_TRIED; tried += 1) {
    const port = randomInt(OWN_PORTS.from, OWN_PORTS.to);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${PORTS_TRIED} ports from ${OWN_PORTS.from} to ${OWN_PORTS.to} is free on this machine`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function run(
  cluster: Cluster,
  program: "initdb" | "pg_ctl",
  args: string[],
): Promise<{ code: number; output: string }> {
  const child = spawn(join(cluster.binaries, "bin", program), args, {
    // PostgreSQL's user may not be allowed into our own working folder.
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C at the terminal is for us, and we stop PostgreSQL when everything else has ended.
    detached: true,
    ...(cluster.account === undefined ? {} : { uid: cluster.account.uid, gid: cluster.account.gid }),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

function explain(output: string, what: string): StartError {
  if (/No space left on device/.test(output))
    return new StartError(`${what}: the disk is full; make room and start again.`);
  const version = /initialized by PostgreSQL version (\S+),/.exec(output)?.[1];
  if (version !== undefined) {
    return new StartError(
      `${what}: its data folder was made by PostgreSQL ${version}; use that release of Quorate to export it, or remove the folder to begin anew.`,
    );
  }
  // What processes of an earlier run say of their own end is no reason.
  const lines = output
    .split("\n")
    .filter((line) => /FATAL|ERROR|error|could not/.test(line) && !line.includes("terminating connection"));
  return new StartError(`${what}: ${lines.at(-1)?.trim() ?? output.trim().split("\n").at(-1) ?? "no reason given"}`);
}
