import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { BEGINNING, readPlace } from "../../../server/results/place.ts";
import { type ResultRow, readResults } from "../../../server/results/result-rows.ts";
import { computeAll, withLabServer } from "../../support/lab-server.ts";
import { outputOf, outputReport } from "../engine/lab.ts";

const site = withLabServer();
const WORKUNITS = 160;

let app: { appVersionId: number; projectId: number; slug: string };
let batchId: number;
let ids: number[];

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(`${site.base}${path}`, { headers, method });
const file = (ending: string, search = "") => `/api/batches/${batchId}/results.${ending}${search}`;
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const linesOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { workunit: number; cursor?: string });

beforeAll(async () => {
  app = await site.engine.app();
  ids = await site.engine.submit(app.appVersionId, WORKUNITS);
  ({ batchId } = await site.engine.row<{ batchId: number }>(
    'select batch_id as "batchId" from workunit where id = $1',
    [ids[0]],
  ));
  await computeAll(site.engine);
  // Some are larger than a page of results, so that pages of all sizes are passed.
  await site.engine.deps.pool.query(
    "update result_output set bytes = decode(repeat('5a', 60000), 'hex') where result_id in (select canonical_result_id from workunit where id = any($1::bigint[]))",
    [ids.slice(50, 90)],
  );
  await site.engine.deps.pool.query(
    "update result set output_bytes = 60000 where id in (select canonical_result_id from workunit where id = any($1::bigint[]))",
    [ids.slice(50, 90)],
  );
});

describe("a part of a download", () => {
  test.each(["jsonl", "csv", "bin"])("%s: any part of it is what the whole has there", async (ending) => {
    const response = await get(file(ending));
    const etag = response.headers.get("etag") ?? "";
    expect([response.status, response.headers.get("accept-ranges")]).toEqual([200, "bytes"]);
    expect(etag).toMatch(/^"[\w-]{32}"$/);
    const whole = await bytesOf(response);
    expect((await get(file(ending))).headers.get("etag")).toBe(etag);
    const line = ending === "bin" ? 200 : whole.indexOf(10, 100) + 1;
    for (const first of [0, 1, line - 1, line, line + 1, Math.floor(whole.length / 2), whole.length - 1]) {
      const rest = await get(file(ending), { range: `bytes=${first}-` });
      expect(rest.status, `${first}`).toBe(206);
      expect(rest.headers.get("content-range")).toBe(`bytes ${first}-${whole.length - 1}/${whole.length}`);
      expect(rest.headers.get("content-length")).toBe(String(whole.length - first));
      expect(rest.headers.get("etag")).toBe(etag);
      expect((await bytesOf(rest)).equals(whole.subarray(first)), `${first}`).toBe(true);
    }
    const middle = await get(file(ending), { range: "bytes=700-1799", "if-range": etag });
    expect([middle.status, middle.headers.get("content-range")]).toEqual([206, `bytes 700-1799/${whole.length}`]);
    expect((await bytesOf(middle)).equals(whole.subarray(700, 1_800))).toBe(true);
    const beyond = await get(file(ending), { range: `bytes=${whole.length}-` });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${whole.length}`]);
  });

  test("what is in order as it came, or begins in the middle, can be parted too", async () => {
    for (const search of ["?order=completed", `?after=${ids[100]}`]) {
      const whole = await bytesOf(await get(file("csv", search)));
      const first = whole.length - 1_000;
      const rest = await get(file("csv", search), { range: `bytes=${first}-` });
      expect([rest.status, (await bytesOf(rest)).equals(whole.subarray(first))], search).toEqual([206, true]);
    }
  });

  test.each([
    ["another file than the caller has a part of", { "if-range": '"other"' }, "bytes=10-"],
    ["a date, which says less than an ETag", { "if-range": "Fri, 20 Nov 2026 10:00:00 GMT" }, "bytes=10-"],
    ["several parts", {}, "bytes=0-1,5-9"],
    ["the last so many bytes", {}, "bytes=-5"],
    ["an end before the beginning", {}, "bytes=9-5"],
    ["no bytes", {}, "lines=1-2"],
  ])("%s: the whole comes", async (_name, headers, range) => {
    const whole = await bytesOf(await get(file("bin")));
    const answer = await get(file("bin"), { ...headers, range });
    expect([answer.status, (await bytesOf(answer)).equals(whole)]).toEqual([200, true]);
  });

  test("who has it already is told so; HEAD says what there is", async () => {
    const head = await get(file("jsonl"), {}, "HEAD");
    const etag = head.headers.get("etag") ?? "";
    expect([head.status, head.headers.get("accept-ranges"), await head.text()]).toEqual([200, "bytes", ""]);
    const known = await get(file("jsonl"), { "if-none-match": `"a", W/${etag}` });
    expect([known.status, await known.text()]).toEqual([304, ""]);
    const others = [file("csv"), file("jsonl", `?after=${ids[0]}`), file("jsonl", "?order=completed")];
    const etags = await Promise.all(others.map(async (path) => (await get(path, {}, "HEAD")).headers.get("etag")));
    expect(new Set([etag, ...etags]).size).toBe(4);
  });

  test("curl -C - goes on where it stopped, and is content when nothing is missing", async (context) => {
    const run = promisify(execFile);
    await run("curl", ["--version"]).catch(() => context.skip("could not run: curl is not on this machine"));
    const folder = await mkdtemp(join(tmpdir(), "quorate-curl-"));
    try {
      const path = join(folder, "results.jsonl");
      const curl = () => run("curl", ["-sSf", "-C", "-", "-o", path, `${site.base}${file("jsonl")}`]);
      await curl();
      const whole = await readFile(path);
      await truncate(path, 123_456);
      await curl();
      expect((await readFile(path)).equals(whole)).toBe(true);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test.each(["parquet", "zip"])("%s, and a whole project, come whole", async (ending) => {
    for (const path of [file(ending), `/api/projects/${app.slug}/results.${ending}`]) {
      const answer = await get(path, { range: "bytes=10-" });
      const { headers } = answer;
      expect([answer.status, headers.get("accept-ranges"), headers.get("etag")]).toEqual([200, null, null]);
      await answer.body?.cancel();
    }
  });

  test("while a batch runs nothing of it is promised: the whole comes, such as it is", async () => {
    const { engine } = site;
    await engine.submit(app.appVersionId, 2);
    const { batch } = await engine.row<{ batch: number }>("select max(id) as batch from batch");
    const answer = await get(`/api/batches/${batch}/results.jsonl`, { range: "bytes=0-" });
    const { headers } = answer;
    expect([answer.status, headers.get("accept-ranges"), headers.get("etag"), await answer.text()]).toEqual([
      200,
      null,
      null,
      "",
    ]);
    await computeAll(engine);
  });
});

describe("a file that is asked for in many parts", () => {
  /** What is read of the database while `work` runs: outputs, and looks at all of a batch. */
  async function counting(work: () => Promise<unknown>): Promise<{ outputs: number; looks: number }> {
    const { pool } = site.services;
    const read = { outputs: 0, looks: 0 };
    const query = pool.query.bind(pool);
    pool.query = (async (...args: Parameters<typeof query>) => {
      if (String(args[0]).includes("hash_record_extended")) read.looks += 1;
      const result = (await query(...args)) as unknown as { rows: { output?: unknown }[] };
      read.outputs += result.rows.filter((row) => Buffer.isBuffer(row.output)).length;
      return result;
    }) as typeof pool.query;
    try {
      await work();
    } finally {
      pool.query = query as typeof pool.query;
    }
    return read;
  }
  const part = async (search: string, range: string) => {
    const answer = await get(file("jsonl", search), { range });
    expect(answer.status, range).toBe(206);
    return { bytes: await bytesOf(answer), length: Number(answer.headers.get("content-range")?.split("/")[1]) };
  };

  test.each(["", "order=completed&"])("is measured once, and read from near where each begins (%s)", async (order) => {
    const search = `?${order}since=1`;
    const whole = await bytesOf(await get(file("jsonl", search)));
    const first = await counting(() => part(search, "bytes=0-0"));
    expect(first.outputs).toBeGreaterThanOrEqual(WORKUNITS);
    for (const at of [0, 5_000, 1_000_000, whole.length - 40_000, whole.length - 1]) {
      const range = `bytes=${at}-${at}`;
      const read = await counting(async () => {
        expect(await part(search, range)).toEqual({ bytes: whole.subarray(at, at + 1), length: whole.length });
      });
      expect(read.outputs, range).toBeLessThan(at === whole.length - 1 ? 20 : 100);
    }
  });

  test("is measured once however many ask at once", async () => {
    const ranges = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => `bytes=${at}-${at}`);
    const read = await counting(() => Promise.all(ranges.map((range) => part("?since=99", range))));
    // Each reads the page that it begins with.
    expect(read.outputs).toBeLessThan(WORKUNITS + ranges.length * 100);
  });

  /** Later than any other test of this file has looked, a second try of this one included. */
  let laterMs = 0;
  test("is looked at once in some seconds, to see whether it is still the same", async () => {
    laterMs += 60_000;
    const beginMs = Math.ceil(performance.now()) + laterMs;
    const clock = vi.spyOn(performance, "now").mockReturnValue(beginMs);
    onTestFinished(() => clock.mockRestore());
    const head = () => get(file("jsonl"), {}, "HEAD");
    const often = await counting(async () => {
      for (let times = 0; times < 5; times += 1) await head();
      await part("", "bytes=0-0");
    });
    expect(often.looks).toBe(1);
    clock.mockReturnValue(beginMs + 5_000);
    expect((await counting(head)).looks).toBe(1);
  });
});

describe("in the order in which results came to be there", () => {
  test("each says where to go on, and from there comes the rest", async () => {
    const lines = linesOf(await (await get(file("jsonl", "?order=completed"))).text());
    expect(lines.map((line) => line.workunit).toSorted((a, b) => a - b)).toEqual(ids);
    const places = lines.map(({ cursor, workunit }) => ({ ...readPlace(cursor ?? ""), told: workunit }));
    for (const place of places) expect(place.workunitId).toBe(place.told);
    const csv = (await (await get(file("csv", "?order=completed"))).text()).split("\n");
    expect([csv[0]?.endsWith(",cursor"), csv[8]?.endsWith(`,${lines[7]?.cursor}`)]).toEqual([true, true]);
    const rest = linesOf(await (await get(file("jsonl", `?order=completed&cursor=${lines[119]?.cursor}`))).text());
    expect(rest).toEqual(lines.slice(120));
    const none = await get(file("jsonl", `?order=completed&cursor=${lines.at(-1)?.cursor}`));
    expect([none.status, await none.text()]).toEqual([200, ""]);
  });

  test.each([
    ["parquet?order=completed", "use jsonl or csv"],
    ["jsonl?order=completed&after=3", "cursor="],
    ["jsonl?cursor=t1-2", "needs order=completed"],
    ["jsonl?order=completed&cursor=t1;drop", "no cursor"],
    ["jsonl?order=completed&cursor=t999999999999-1", "begin again"],
    ["jsonl?order=backwards", "order"],
  ])("%s is refused with a reason", async (path, reason) => {
    const [ending = "", search] = path.split("?");
    const answer = await get(file(ending, `?${search}`));
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toContain(reason);
  });

  type Look = { names: string[]; cursor: string | undefined };
  /** Everything of a project that somebody who goes on at `cursor` is told. */
  const look = async (projectId: number, cursor?: string, isSettled = false): Promise<Look> => {
    const asCompleted = { from: readPlace(cursor ?? "") ?? BEGINNING, isSettled };
    const seen: ResultRow[] = [];
    for await (const row of readResults(site.engine.deps, { projectId, asCompleted })) seen.push(row);
    return { names: seen.map((row) => row.name), cursor: seen.at(-1)?.cursor ?? cursor };
  };

  /** The same, when whoever goes on is told `again` and nothing more: transactions of other tests in this PostgreSQL have ended. */
  const lookWhenSure = async (projectId: number, cursor: string | undefined, again: string[]): Promise<Look> => {
    let told: Look = { names: [], cursor };
    const goOn = async () => {
      told = await look(projectId, cursor);
      return (await look(projectId, told.cursor)).names;
    };
    await expect.poll(goOn).toEqual(again);
    return told;
  };

  test("going on misses nothing that was out", async () => {
    const { engine } = site;
    // Three are asked for and two suffice: while the third is out, nobody may see what it is about.
    const three = await engine.app({ settings: { parameters: { minQuorum: 2, targetNResults: 3 } } });
    const units = await engine.submit(three.appVersionId, 3);
    const hosts = [await engine.host(), await engine.host(), await engine.host()];
    const claimed: Awaited<ReturnType<typeof engine.claim>>[] = [];
    for (const host of hosts) claimed.push(await engine.claim(host, 3));
    const [first = [], second = [], third = []] = claimed;
    expect(claimed.map((leases) => leases.length)).toEqual([3, 3, 3]);
    const names = units.map((_, index) => `workunit ${index}`);
    const of = (leases: typeof first, name: string | undefined) => leases.filter((one) => one.workunitName === name);
    const report = async (host: number, leases: typeof first, name: string | undefined) => {
      const [lease] = of(leases, name);
      if (lease === undefined || hosts[host] === undefined) throw new Error("no such lease");
      await engine.report(hosts[host], outputReport(lease, outputOf(7)));
      engine.now += 1;
    };
    // The first: whole. The second: two agree, the third is out. The third: whole, later.
    for (const host of [0, 1, 2]) await report(host, [first, second, third][host] ?? [], names[0]);
    await engine.sweep();
    for (const host of [0, 1]) await report(host, [first, second][host] ?? [], names[1]);
    await engine.sweep();
    for (const host of [0, 1, 2]) await report(host, [first, second, third][host] ?? [], names[2]);
    await engine.sweep();
    const before = await lookWhenSure(three.projectId, undefined, ["workunit 2"]);
    expect(before.names).toEqual([names[0], names[2]]);
    await report(2, third, names[1]);
    await engine.sweep();
    const rest = await lookWhenSure(three.projectId, before.cursor, []);
    expect(rest.names).toEqual([names[1], names[2]]);
  });

  /** Workunits of a batch of their own that are confirmed but not written down yet. */
  async function confirmed(appVersionId: number, names: readonly string[]): Promise<void> {
    const { engine } = site;
    for (const name of names) await engine.submit(appVersionId, 1, { name });
    const host = await engine.host();
    const leases = await engine.claim(host, names.length);
    expect(leases.map((lease) => lease.workunitName).toSorted()).toEqual(names.toSorted());
    await engine.report(host, ...leases.map((lease) => outputReport(lease, outputOf(7))));
  }
  const single = () => site.engine.app({ settings: { parameters: { minQuorum: 1 } } });
  const writeDown = (engine: typeof site.engine, nowSeconds = engine.now) =>
    deliverOutbox(engine.deps, { kind: "assimilate", untilSeconds: engine.now }, nowSeconds);

  test("nor what was written down by a clock that is behind", async () => {
    const { engine } = site;
    const { appVersionId, projectId } = await single();
    await confirmed(appVersionId, ["B"]);
    await writeDown(engine, engine.now - 40);
    const before = await lookWhenSure(projectId, undefined, []);
    expect(before.names).toEqual(["B"]);
    await confirmed(appVersionId, ["A"]);
    await writeDown(engine, engine.now - 60);
    expect((await look(projectId, before.cursor)).names).toEqual(["A"]);
    expect((await look(projectId, before.cursor, true)).names).toEqual(["A"]);
  });

  test("nor what a transaction writes that lasts, however long", async () => {
    const { engine } = site;
    const { appVersionId, projectId } = await single();
    await confirmed(appVersionId, ["first"]);
    await writeDown(engine);
    await confirmed(appVersionId, ["slow"]);
    const [written, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = engine.with({
      boundary: async (name, moment) => {
        if (name !== "outbox:assimilate" || moment !== "before_commit") return;
        written.resolve();
        await finish.promise;
      },
    });
    const ending = writeDown(slow);
    try {
      await written.promise;
      await confirmed(appVersionId, ["quick"]);
      await writeDown(engine);
      // Whoever goes on is told of the quick one again, as long as the slow one may come before it.
      const during = await lookWhenSure(projectId, undefined, ["quick"]);
      expect(during.names).toEqual(["first", "quick"]);
      finish.resolve();
      await ending;
      const after = await lookWhenSure(projectId, during.cursor, []);
      expect(after.names).toEqual(["slow", "quick"]);
    } finally {
      finish.resolve();
      await ending;
    }
  });
});

describe("a file that changes after all", () => {
  test("when a result is recalled the file is another, and a part of the old one is not mixed with it", async () => {
    const etag = (await get(file("jsonl"), {}, "HEAD")).headers.get("etag") ?? "";
    const { pool } = site.engine.deps;
    await pool.query("update workunit set recalled_seconds = 1 where id = $1", [ids[5]]);
    const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 600_000);
    onTestFinished(() => clock.mockRestore());
    const answer = await get(file("jsonl"), { range: "bytes=1000-", "if-range": etag });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("etag")).not.toBe(etag);
    expect(linesOf(await answer.text()).map((line) => line.workunit)).toEqual(ids.filter((id) => id !== ids[5]));
  });
});
