import { describe, expect, test } from "vitest";
import { createClient, type QuorateError } from "../../../worker/client/client.ts";

type Answer = { status?: number; body: unknown };

/** A site of which only what is sent to it matters: every call is noted and answered by `answer`. */
function siteOf(answer: (path: string, body: string) => Answer | undefined) {
  const calls: { path: string; body: string }[] = [];
  const fetched: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    const path = pathname.replace("/api/trpc/", "");
    const body = String(init?.body ?? "");
    calls.push({ path, body });
    const said = answer(path, body) ?? DEFAULTS[path] ?? { body: {} };
    const data =
      pathname.startsWith("/api/trpc/") && (said.status ?? 200) === 200 ? { result: { data: said.body } } : said.body;
    return new Response(JSON.stringify(data), { status: said.status ?? 200 });
  };
  return { calls, client: createClient({ url: "http://site.test", token: "t", fetch: fetched }) };
}

const VERSION = {
  appVersionId: 7,
  app: "b",
  version: "1.0.0",
  state: "published",
  input: null,
  output: { format: "bytes" },
};
const opened = (parts: number[], state = "draft") => ({ batchId: 9, state, isNew: parts.length === 0, parts });
const DEFAULTS: Record<string, Answer> = {
  "version.list": { body: [VERSION] },
  "batch.open": { body: opened([]) },
  "batch.finish": { body: { batchId: 9, workunits: 1, faults: [], nFaults: 0 } },
};
const named = (calls: { path: string; body: string }[], path: string) => calls.filter((call) => call.path === path);

describe("submitting", () => {
  test("takes the next inputs only when those before are stored", async () => {
    let taken = 0;
    const takenAt: number[] = [];
    const { client, calls } = siteOf((path) => {
      if (path.includes("/parts/")) takenAt.push(taken);
      return undefined;
    });
    function* inputs() {
      for (; taken < 5_000; taken += 1) yield `input ${taken}`;
    }
    await client.submit("a/b", inputs(), { key: "k" });
    expect(takenAt).toEqual([1_999, 3_999, 5_000]);
    expect(calls.filter(({ path }) => path.includes("/parts/")).map(({ path }) => path)).toEqual([
      "/api/batches/9/parts/0",
      "/api/batches/9/parts/1",
      "/api/batches/9/parts/2",
    ]);
    expect(named(calls, "batch.finish")[0]?.body).toBe('{"batchId":9,"parts":3}');
  });

  test("that broke off goes on with the parts that are missing, and a batch that is complete gets none", async () => {
    const inputs = Array.from({ length: 5_000 }, (_, index) => `${index}`);
    const broken = siteOf((path) => (path === "batch.open" ? { body: opened([0, 2]) } : undefined));
    await broken.client.submit("a/b", inputs, { key: "k" });
    expect(broken.calls.filter(({ path }) => path.includes("/parts/")).map(({ path }) => path)).toEqual([
      "/api/batches/9/parts/1",
    ]);
    const complete = siteOf((path) => (path === "batch.open" ? { body: opened([], "open") } : undefined));
    await complete.client.submit("a/b", inputs, { key: "k" });
    expect(complete.calls.filter(({ path }) => path.includes("/parts/"))).toEqual([]);
  });

  test("sends text, bytes and values each in its own way", async () => {
    const { client, calls } = siteOf(() => undefined);
    await client.submit("a/b", ["x=1\n", new Uint8Array([0, 255]), { p: 3, q: true }], { key: "k" });
    const part = calls.find(({ path }) => path.includes("/parts/"))?.body ?? "";
    const drafts = part
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(drafts).toEqual([
      { line: 0, name: "0", tags: { index: 0 }, input: "x=1\n" },
      { line: 1, name: "1", tags: { index: 1 }, inputBase64: "AP8=" },
      { line: 2, name: "2", tags: { index: 2 }, input: "p=3\nq=true\n" },
    ]);
  });

  test("of lines of which one is bad creates nothing, tells all that are bad, and leaves the key free", async () => {
    const { client, calls } = siteOf(() => undefined);
    const drafts = [
      { line: 1, value: { input: "a" } },
      { line: 2, fault: "no JSON" },
      { line: 3, fault: "too long" },
    ];
    const version = await client.findVersion("a/b");
    await expect(client.submitDrafts(version, drafts, { key: "k" })).rejects.toMatchObject({
      code: "bad_request",
      message: "Nothing was created. line 2: no JSON; line 3: too long.",
    });
    expect(named(calls, "batch.finish")).toEqual([]);
    expect(named(calls, "batch.discard")).toHaveLength(1);
  });

  test("what the site refuses is discarded, what it does not answer is tried again", async () => {
    const refusal = { error: { message: "Nothing was created. line 0: bad.", data: { refusal: "bad_request" } } };
    const refusing = siteOf((path) => (path === "batch.finish" ? { status: 400, body: refusal } : undefined));
    await expect(refusing.client.submit("a/b", ["x"], { key: "k" })).rejects.toMatchObject({
      code: "bad_request",
      status: 400,
    });
    expect(named(refusing.calls, "batch.discard")).toHaveLength(1);
    const issues = [{ path: ["options", "priority"], message: "Too big" }];
    const invalid = { error: { message: JSON.stringify(issues), data: { code: "BAD_REQUEST" } } };
    const strict = siteOf((path) => (path === "batch.open" ? { status: 400, body: invalid } : undefined));
    await expect(strict.client.submit("a/b", ["x"])).rejects.toThrow("options.priority: Too big.");
    let failures = 0;
    const busy = siteOf((path) => {
      if (path !== "batch.finish" || failures >= 1) return undefined;
      failures += 1;
      return { status: 503, body: { error: "Come back in a moment." } };
    });
    await busy.client.submit("a/b", ["x"], { key: "k" });
    expect(named(busy.calls, "batch.finish")).toHaveLength(2);
  });
});

describe("finding an app", () => {
  test("the newest published version, or the one named", async () => {
    const old = { ...VERSION, appVersionId: 5, version: "0.9.0", state: "deprecated" };
    const withdrawn = { ...VERSION, appVersionId: 8, version: "2.0.0", state: "withdrawn" };
    const { client } = siteOf((path) => (path === "version.list" ? { body: [withdrawn, VERSION, old] } : undefined));
    expect(await client.findVersion("a/b")).toMatchObject({ appVersionId: 7 });
    expect(await client.findVersion("a/b@0.9.0")).toMatchObject({ appVersionId: 5 });
    const missing = await client.findVersion("a/c").catch((error: QuorateError) => error);
    expect(missing).toMatchObject({ code: "not_found", message: "The project a has no app c." });
    await expect(client.findVersion("b")).rejects.toThrow("use PROJECT/APP");
  });
});
