import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

/** One story in order: each test begins where the one before it ended. */
let folder = "";
const members: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-start-"));
  await chmod(folder, 0o755);
});
afterAll(async () => {
  for (const member of members) member.kill("SIGKILL");
  const pid = await postgresPid();
  if (pid !== undefined) process.kill(pid, "SIGKILL");
  await delay(500);
  await rm(folder, { recursive: true, force: true });
});

async function join_(): Promise<{ member: ChildProcess; url: string }> {
  const member = spawn(process.execPath, [join(import.meta.dirname, "member.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  members.push(member);
  const [chunk] = (await once(member.stdout as NonNullable<ChildProcess["stdout"]>, "data")) as [Buffer];
  return { member, url: chunk.toString().trim() };
}

async function leave(member: ChildProcess): Promise<void> {
  member.kill("SIGTERM");
  await once(member, "exit");
}

/** The pid of the running PostgreSQL, or undefined when there is none. */
async function postgresPid(): Promise<number | undefined> {
  const text = await readFile(join(folder, "postgres/data/postmaster.pid"), "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid)) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.flatMap((row) => Object.values(row));
  } finally {
    await client.end();
  }
}

it("makes a database in UTF-8 with locale C, closed to other users and other machines", async () => {
  const { member, url } = await join_();
  expect(await ask(url, "show server_encoding")).toEqual(["UTF8"]);
  expect(await ask(url, "select datcollate from pg_database where datname = current_database()")).toEqual(["C"]);
  expect(await ask(url, "show listen_addresses")).toEqual(["127.0.0.1"]);
  expect(await ask(url, "show unix_socket_directories")).toEqual([""]);
  expect((await stat(join(folder, "postgres.json"))).mode & 0o077).toBe(0);
  const stranger = new URL(url);
  stranger.password = "guess";
  await expect(ask(stranger.href, "select 1")).rejects.toThrow(/password/);
  await leave(member);
  expect(await postgresPid()).toBeUndefined();
});

it("is shared, and stopped by the last to leave", async () => {
  const [first, second] = await Promise.all([join_(), join_()]);
  expect(second.url).toBe(first.url);
  await ask(first.url, "create table kept as select 42 as answer");
  await leave(first.member);
  expect(await ask(second.url, "select answer from kept")).toEqual([42]);
  await leave(second.member);
  expect(await postgresPid()).toBeUndefined();
});

it("is found and joined when its user was killed", async () => {
  const first = await join_();
  const pid = await postgresPid();
  first.member.kill("SIGKILL");
  await once(first.member, "exit");
  const second = await join_();
  expect(await postgresPid()).toBe(pid);
  expect(await ask(second.url, "select answer from kept")).toEqual([42]);
  await leave(second.member);
  expect(await postgresPid()).toBeUndefined();
});

it("comes back on the same port when it is killed under its users", async () => {
  const { member, url } = await join_();
  process.kill((await postgresPid()) as number, "SIGKILL");
  await vi.waitFor(async () => expect(await ask(url, "select answer from kept")).toEqual([42]), {
    timeout: 30_000,
    interval: 250,
  });
  await leave(member);
  expect(await postgresPid()).toBeUndefined();
});

it("starts after both were killed", async () => {
  const first = await join_();
  process.kill((await postgresPid()) as number, "SIGKILL");
  first.member.kill("SIGKILL");
  await once(first.member, "exit");
  const second = await join_();
  expect(await ask(second.url, "select answer from kept")).toEqual([42]);
  await leave(second.member);
});
