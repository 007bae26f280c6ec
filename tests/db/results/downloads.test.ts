import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, test } from "vitest";
import { computeAll, withLabServer } from "../../support/lab-server.ts";
import { readZip } from "../../support/read-zip.ts";
import { outputOf, outputReport } from "../engine/lab.ts";

const site = withLabServer();
const WORKUNITS = 120;

let app: { appVersionId: number; projectId: number; slug: string };
let me: Awaited<ReturnType<typeof site.member>>;
let batchId: number;
let ids: number[];

async function call<T>(
  path: string,
  input: unknown,
  headers: Record<string, string> = me.headers,
): Promise<{ status: number; data: T; message: string }> {
  const isQuery = ["get", "details", "list", "workunits", "reduce", "choices"].includes(path);
  const text = JSON.stringify(input);
  const response = isQuery
    ? await fetch(`${site.base}/api/trpc/batch.${path}?input=${encodeURIComponent(text)}`, { headers })
    : await fetch(`${site.base}/api/trpc/batch.${path}`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: text,
      });
  const body = (await response.json()) as { result?: { data: T }; error?: { message: string } };
  return { status: response.status, data: body.result?.data as T, message: body.error?.message ?? "" };
}
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${site.base}${path}`, { headers });

beforeAll(async () => {
  app = await site.engine.app();
  me = await site.member(app.projectId, "submitter");
  const text = Array.from(
    { length: WORKUNITS },
    (_, index) => `${JSON.stringify({ name: `=number ${index}`, input: `${index}`, tags: { half: index % 2 } })}\n`,
  ).join("");
  const url = `${site.base}/api/versions/${app.appVersionId}/batches?name=Numbers&key=one&format=jsonl&flops=1e9`;
  const created = await fetch(url, { method: "POST", headers: me.headers, body: text });
  expect(created.status).toBe(201);
  ({ batchId } = (await created.json()) as { batchId: number });
  const again = await fetch(url, { method: "POST", headers: me.headers, body: text });
  expect([again.status, ((await again.json()) as { batchId: number }).batchId]).toEqual([200, batchId]);
  ids = (
    await site.engine.rows<{ id: number }>("select id from workunit where batch_id = $1 order by id", [batchId])
  ).map((row) => row.id);
  await computeAll(site.engine);
});

describe("downloads of a batch", () => {
  test("JSON lines: in order, each with where it comes from, and from where an earlier one ended", async () => {
    const response = await get(`/api/batches/${batchId}/results.jsonl`);
    expect(response.headers.get("content-type")).toContain("application/jsonl");
    const rows = (await response.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => row.workunit)).toEqual(ids);
    const { hash, input } = await site.engine.row<{ hash: string; input: string }>(
      "select v.hash, w.input_sha256 as input from workunit w join app_version v on v.id = w.app_version_id where w.id = $1",
      [ids[7]],
    );
    expect(rows[7]).toMatchObject({
      name: "=number 7",
      tags: { half: 1 },
      outputBase64: outputOf(7).toString("base64"),
      provenance: {
        app: "test",
        version: "1.0.0",
        kernelSha256: hash,
        inputSha256: input,
        acceptedBy: expect.any(String),
        confirmations: 2,
        backends: ["wasm"],
      },
    });
    const rest = await (await get(`/api/batches/${batchId}/results.jsonl?after=${ids[99]}`)).text();
    expect(rest.trimEnd().split("\n")).toHaveLength(20);
    const tagged = await (await get(`/api/projects/${app.slug}/results.jsonl?tag=half:1&app=test`)).text();
    expect(tagged.trimEnd().split("\n")).toHaveLength(60);
  });

  test("CSV: a formula in a name does nothing; gone on with it has no second header", async () => {
    const text = await (await get(`/api/batches/${batchId}/results.csv`)).text();
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(WORKUNITS + 1);
    expect(lines[1]?.split(",").slice(0, 2)).toEqual([String(ids[0]), "'=number 0"]);
    const rest = await (await get(`/api/batches/${batchId}/results.csv?after=${ids[99]}`)).text();
    expect(rest).toBe(`${lines.slice(101).join("\n")}\n`);
  });

  test("Parquet: another library reads the same", async () => {
    const bytes = await (await get(`/api/batches/${batchId}/results.parquet`)).arrayBuffer();
    const rows = await parquetReadObjects({ file: bytes, utf8: false });
    expect(rows.map((row) => Number(row["workunit"]))).toEqual(ids);
    expect(Buffer.from(rows[5]?.["output"] as Uint8Array)).toEqual(outputOf(5));
    expect(rows[5]).toMatchObject({ name: "=number 5", confirmed_by: 2, tags: '{"half":1}' });
  });

  test("zip: another library reads the same, with checksums and where each comes from", async () => {
    const folder = await mkdtemp(join(tmpdir(), "quorate-zip-test-"));
    try {
      const path = join(folder, "results.zip");
      await writeFile(path, Buffer.from(await (await get(`/api/batches/${batchId}/results.zip`)).arrayBuffer()));
      const files = await readZip(path);
      expect(files.size).toBe(WORKUNITS + 1);
      expect(files.get(`${ids[9]}.bin`)).toEqual(outputOf(9));
      const provenance = files
        .get("provenance.jsonl")
        ?.toString()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(provenance?.[9]).toMatchObject({ workunit: ids[9], file: `${ids[9]}.bin`, confirmations: 2 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("all outputs in one file", async () => {
    const bytes = Buffer.from(await (await get(`/api/batches/${batchId}/results.bin`)).arrayBuffer());
    expect(bytes).toEqual(Buffer.concat(Array.from({ length: WORKUNITS }, (_, index) => outputOf(index))));
  });

  test.each([
    ["another batch", "/api/batches/999999/results.csv", 404],
    ["no number", "/api/batches/x/results.csv", 404],
    ["a cursor that is none", "/api/batches/1/results.csv?after=x", 400],
    ["a zip that is to go on", "BATCH/results.zip?after=1", 400],
  ])("%s is answered", async (_name, path, status) => {
    expect((await get(path.replace("BATCH", `/api/batches/${batchId}`))).status).toBe(status);
  });
});

describe("while it runs", () => {
  test("what is confirmed so far can be had, and the rest later; nothing while a result of it is out", async () => {
    const { engine } = site;
    const open = { appVersionId: app.appVersionId, name: "Running", key: "running", options: { flops: 1e9 } };
    const { data } = await call<{ batchId: number }>("submit", {
      open,
      source: {
        format: "sweep",
        sweep: { axes: { x: { kind: "list", values: [1, 2] } } },
        mapping: { input: { kind: "json" }, nameColumn: "x" },
      },
    });
    const [a, b] = [await engine.host(), await engine.host()];
    const out = await engine.claim(a, 2);
    const [first] = await engine.claim(b, 1);
    const same = out.find((lease) => lease.workunitName === first?.workunitName);
    if (first === undefined || same === undefined) throw new Error("no work");
    await engine.report(a, outputReport(same, outputOf(1)));
    await engine.report(b, outputReport(first, outputOf(1)));
    await engine.sweep();
    const lines = async () =>
      (await (await get(`/api/batches/${data.batchId}/results.jsonl`)).text()).split("\n").length - 1;
    expect(await lines()).toBe(1);
    await computeAll(site.engine);
    await engine.report(a, ...out.filter((lease) => lease !== same).map((lease) => outputReport(lease, outputOf(2))));
    await computeAll(site.engine);
    expect(await lines()).toBe(2);
  });
});

describe("who may", () => {
  test("data of a project that is not public is its members' only; a token needs the scope", async () => {
    const hidden = await site.engine.app();
    await site.engine.deps.pool.query("update project set is_public = false where id = $1", [hidden.projectId]);
    const member = await site.member(hidden.projectId, "submitter");
    const noRead = await site.member(hidden.projectId, "submitter", ["publish"]);
    const url = `${site.base}/api/versions/${hidden.appVersionId}/batches?name=N&key=k&format=jsonl&flops=1`;
    const post = (headers: Record<string, string>) => fetch(url, { method: "POST", headers, body: '{"input":"1"}\n' });
    expect((await post(me.headers)).status).toBe(403);
    expect((await post(noRead.headers)).status).toBe(403);
    expect((await post({})).status).toBe(401);
    const made = await post(member.headers);
    expect(made.status).toBe(201);
    const { batchId: hiddenBatch } = (await made.json()) as { batchId: number };
    await computeAll(site.engine);
    const path = `/api/batches/${hiddenBatch}/results.jsonl`;
    expect([
      (await get(path)).status,
      (await get(path, me.headers)).status,
      (await get(path, noRead.headers)).status,
    ]).toEqual([404, 404, 404]);
    const mine = await get(path, member.headers);
    expect([mine.status, (await mine.text()).split("\n").length]).toEqual([200, 2]);
    expect(await call("pause", { batchId: hiddenBatch })).toMatchObject({ status: 403 });
    expect((await call("reduce", { batchId: hiddenBatch, reduction: { kind: "sum", field: "value" } })).status).toBe(
      404,
    );
    expect(await call<{ key: null }>("get", { batchId: hiddenBatch }, {})).toMatchObject({
      status: 200,
      data: { key: null, completed: 1 },
    });
    await site.engine.deps.pool.query("update project set state = 'unpublished' where id = $1", [hidden.projectId]);
    expect((await call("get", { batchId: hiddenBatch }, {})).message).toBe("There is no such batch.");
  });
});

describe("what a batch's page asks for", () => {
  test("progress, details, reductions, drill-down", async () => {
    expect(await call("get", { batchId })).toMatchObject({
      data: { key: "one", workunits: WORKUNITS, completed: WORKUNITS, failed: 0, state: "open" },
    });
    const { data } = await call<{ redundancy: number; history: { completed: number }[] }>("details", { batchId });
    expect(data).toMatchObject({
      sent: 2 * WORKUNITS,
      succeeded: 2 * WORKUNITS,
      disagreed: 0,
      redundancy: 2,
      doneInSeconds: 0,
      failures: [],
    });
    expect(data.history.reduce((sum, each) => sum + each.completed, 0)).toBe(WORKUNITS);
    const reduce = (reduction: object) => call<{ reduced: object; outputs: number }>("reduce", { batchId, reduction });
    const total = (WORKUNITS * (WORKUNITS - 1)) / 2;
    expect((await reduce({ kind: "sum", field: "value" })).data).toMatchObject({
      outputs: WORKUNITS,
      malformed: 0,
      reduced: { sum: total, exact: String(total) },
    });
    expect((await reduce({ kind: "top", field: "value", k: 2 })).data.reduced).toMatchObject({
      places: [{ workunitId: ids[119], value: 119 }, { value: 118 }],
    });
    expect((await reduce({ kind: "min", field: "nothing" })).message).toMatch(
      /no number field nothing; they have value/,
    );
    expect(
      (await call<{ workunitId: number }[]>("workunits", { batchId, state: "completed", limit: 3 })).data.map(
        (each) => each.workunitId,
      ),
    ).toEqual(ids.slice(0, 3));
    expect((await call<{ batchId: number }[]>("list", { slug: app.slug })).data.map((each) => each.batchId)).toContain(
      batchId,
    );
  });

  test("a plan: how many, how much, and what three of them look like, with nothing created", async () => {
    const before = await site.engine.row("select count(*)::int as n from batch");
    const plan = {
      appVersionId: app.appVersionId,
      options: { flops: 2e9 },
      harm: "disastrous",
      source: { format: "csv", mapping: { input: { kind: "column", column: "x" } } },
      text: `x\n${"1\n".repeat(10)}1,2\n`,
    };
    const { data } = await call<object>("plan", plan);
    expect(data).toMatchObject({
      workunits: 10,
      resultsAtOnce: 30,
      isMeasured: true,
      nFaults: 1,
      faults: [{ line: 12 }],
      examples: [{ input: "1" }, { input: "1" }, { input: "1" }],
      choice: { reasons: ["three_must_agree", "different_machines"] },
    });
    expect((data as { executions: number }).executions).toBeGreaterThanOrEqual(30);
    // What a dry run measured stands in place of the last day's results.
    const { data: tried } = await call<{ executions: number; computeSeconds: number }>("plan", {
      ...plan,
      secondsEach: 0.5,
    });
    expect(tried).toMatchObject({ secondsPerExecution: 0.5, isMeasured: true });
    expect(tried.computeSeconds).toBeCloseTo(tried.executions / 2);
    expect(await site.engine.row("select count(*)::int as n from batch")).toEqual(before);
    expect((await call("choices", { appVersionId: app.appVersionId })).data).toHaveLength(4);
  });

  test("failed ones are tried again once, linked to the old", async () => {
    const { engine } = site;
    const failing = await engine.app({
      settings: { parameters: { minQuorum: 1, maxErrorResults: 0, maxTotalResults: 1 } },
    });
    const headers = (await site.member(failing.projectId, "submitter")).headers;
    const open = { appVersionId: failing.appVersionId, name: "Bad", key: "bad", options: { flops: 1e9, priority: 3 } };
    const sweep = { axes: { x: { kind: "list", values: [1, 2, 3] } } };
    const { data } = await call<{ batchId: number }>("submit", { open, source: { format: "sweep", sweep } }, headers);
    const host = await engine.host();
    const [one, two, three] = await engine.claim(host, 3);
    if (one === undefined || two === undefined || three === undefined) throw new Error("no work");
    const error = ({ resultId, leaseToken }: typeof one) => ({
      kind: "error" as const,
      resultId,
      leaseToken,
      code: "kernel",
      message: "x",
    });
    await engine.report(host, error(one) as never, error(two) as never, outputReport(three, outputOf(3)));
    await engine.sweep();
    const { data: seen } = await call<object>("details", { batchId: data.batchId }, headers);
    expect(seen).toMatchObject({
      failures: [
        { reason: "too_many_errors", workunits: 2 },
        { reason: "too_many_total", workunits: 2 },
      ],
      resultErrors: [{ code: "kernel", results: 2 }],
    });
    const retried = await call<{ batchId: number; workunits: number }>(
      "retryFailed",
      { batchId: data.batchId },
      headers,
    );
    expect(retried.data.workunits).toBe(2);
    const rows = await engine.rows(
      "select w.name, w.priority, convert_from(w.input, 'utf8') as input, o.name as old from workunit w join workunit_retry t on t.workunit_id = w.id join workunit o on o.id = t.original_id where w.batch_id = $1 order by w.id",
      [retried.data.batchId],
    );
    expect(rows).toEqual([
      { name: one.workunitName, priority: 3, input: expect.stringMatching(/^x=\d\n$/), old: one.workunitName },
      { name: two.workunitName, priority: 3, input: expect.stringMatching(/^x=\d\n$/), old: two.workunitName },
    ]);
    expect((await call("retryFailed", { batchId: data.batchId }, headers)).message).toMatch(/No failed workunit/);
    expect((await call("get", { batchId: data.batchId }, headers)).data).toMatchObject({
      retries: [retried.data.batchId],
    });
  });
});
