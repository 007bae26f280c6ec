import { type APIRequestContext, expect, type Page, type Request, test } from "@playwright/test";
import { EXCHANGE_MAX_BODY_BYTES } from "../../server/core/limits.ts";
import type { ExchangeRequest, ExchangeResponse, Report } from "../../server/core/wire/exchange.ts";
import { ledgerProblems } from "../support/check-ledger.ts";
import { atlasTiles, publishExample, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { openPerson, pressStart } from "../support/volunteer-page.ts";

/**
 * What two real browsers said to the production server, said again by others, twice, changed and mangled: afterwards every
 * row is what it was. (tests/db/engine and tests/security look at each refusal by itself.)
 */
test.describe.configure({ mode: "serial" });

type Said = { body: ExchangeRequest & { reports: Report[] }; token: string };

let site: Site;
/** Exchanges of each browser that reported something. */
const said: [Said[], Said[]] = [[], []];

test.beforeAll(async ({ browser }, info) => {
  info.setTimeout(150_000);
  site = await openSite();
  const tiles = atlasTiles({ grid: 2, side: 32, maxIterations: 500 });
  await submit(site.deps, await publishExample(site.deps, "atlas"), "map", tiles);
  await site.start();
  const people = [await openPerson(browser, site), await openPerson(browser, site)];
  for (const [index, { context, page }] of people.entries()) {
    context.on("request", (request) => hear(request, said[index] ?? []));
    await pressStart(page);
  }
  const open = "select id from workunit where state = 'open'";
  await expect.poll(async () => (await site.pool.query(open)).rows, { timeout: 90_000 }).toEqual([]);
  for (const { page } of people) await stop(page);
  await expect.poll(() => ledgerProblems(site.pool, { atRest: true }), { timeout: 30_000 }).toEqual([]);
  for (const { context } of people) await context.close();
});
test.afterAll(() => site?.close());

function hear(request: Request, heard: Said[]): void {
  if (!request.url().includes("volunteer.exchange")) return;
  const body = request.postDataJSON() as Said["body"];
  const token = request.headers()["authorization"] ?? "";
  if (body.reports.length > 0) heard.push({ body, token });
}

async function stop(page: Page): Promise<void> {
  await page.getByTestId("stop").click();
  await expect(page.getByTestId("start")).toBeVisible();
}

/** One number for everything that reports could change. */
async function fingerprint(): Promise<string> {
  const tables = [
    "workunit",
    "result",
    "result_output",
    "credit_entry",
    "credit_balance",
    "assimilated_result",
    "app_user",
  ];
  const sums = tables.map((table) => `(select md5(string_agg(t::text, '|' order by t::text)) from ${table} t)`);
  const { rows } = await site.pool.query<{ sum: string }>(`select md5(concat(${sums.join(", ")})) as sum`);
  return rows[0]?.sum ?? "";
}

async function exchange(request: APIRequestContext, body: unknown, token: string) {
  const answer = await request.post(`${site.url}/api/trpc/volunteer.exchange`, {
    headers: { authorization: token },
    data: body as object,
  });
  const json = (await answer.json()) as { result?: { data: ExchangeResponse } };
  return { status: answer.status(), statuses: json.result?.data.acknowledgements.map((ack) => ack.status) ?? [] };
}

function changed(body: Said["body"], change: (report: Report) => Report): Said["body"] {
  return { ...body, reports: body.reports.map(change) };
}

test("reports said again, by whomever and however, change nothing", async ({ request }) => {
  const [mine, theirs] = said;
  expect(mine.flatMap(({ body }) => body.reports)).toHaveLength(4);
  expect(theirs.flatMap(({ body }) => body.reports)).toHaveLength(4);
  const before = await fingerprint();
  const stranger = theirs[0]?.token ?? "";
  for (const { body, token } of mine) {
    const count = body.reports.length;
    for (const _ of [1, 2, 3]) {
      // Replayed: acknowledged as known, so that a client whose answer was lost stops asking.
      expect(await exchange(request, body, token)).toEqual({ status: 200, statuses: Array(count).fill("duplicate") });
    }
    // Another's session, with a genuine lease token.
    const foreign = await exchange(request, body, stranger);
    expect(foreign.status).toBe(200);
    expect(foreign.statuses.every((status) => status === "ignored" || status === "refused")).toBe(true);
    // One's own session, without the lease's token.
    const forged = await exchange(
      request,
      changed(body, (report) => ({ ...report, leaseToken: "0".repeat(32) })),
      token,
    );
    expect(forged.statuses).not.toContain("recorded");
    // A second thought: another output for a result that was reported.
    const bytes = Buffer.alloc(4096, 7);
    const other = changed(body, (report) =>
      report.kind === "output" ? { ...report, outputBase64: bytes.toString("base64") } : report,
    );
    expect((await exchange(request, other, token)).statuses).not.toContain("recorded");
    const regret = changed(body, ({ resultId, leaseToken }) => ({ kind: "returned", resultId, leaseToken }));
    expect((await exchange(request, regret, token)).statuses).not.toContain("recorded");
    // A session that somebody made up.
    expect((await exchange(request, body, `${token.slice(0, -4)}beef`)).status).toBe(401);
    expect((await exchange(request, body, "")).status).toBe(401);
  }
  expect(await fingerprint()).toBe(before);
});

test("what is no request is answered, with the right status and nothing of the inside", async ({ request }) => {
  const before = await fingerprint();
  const [{ token } = { token: "" }] = said[0];
  const headers = { authorization: token, "content-type": "application/json" };
  const trpc = `${site.url}/api/trpc/volunteer.exchange`;
  const files = `${site.url}/api/files`;
  const unknown = "0".repeat(64);
  const tries: [string, number[], () => ReturnType<APIRequestContext["fetch"]>][] = [
    ["a call by GET", [405], () => request.get(trpc, { headers })],
    ["a call by DELETE", [405], () => request.delete(trpc, { headers })],
    ["text that is no JSON", [400], () => request.post(trpc, { headers, data: Buffer.from("{oops") })],
    ["a list", [400], () => request.post(trpc, { headers, data: [] })],
    ["nothing", [400], () => request.post(trpc, { headers })],
    ["a deep nest", [400], () => request.post(trpc, { headers, data: Buffer.from("[".repeat(100_000)) })],
    [
      "too much",
      [413],
      () => request.post(trpc, { headers, data: Buffer.alloc(EXCHANGE_MAX_BODY_BYTES + 1024, 0x20) }),
    ],
    ["an unknown procedure", [404], () => request.post(`${site.url}/api/trpc/volunteer.steal`, { headers, data: {} })],
    ["an unknown file", [404], () => request.get(`${files}/${unknown}`)],
    ["a file by a path", [400, 404], () => request.get(`${files}/..%2F..%2F..%2Fetc%2Fpasswd`)],
    ["an output without a session", [401], () => request.put(`${files}/${unknown}`, { data: Buffer.from("x") })],
    ["an output without a lease", [400], () => request.put(`${files}/${unknown}`, { headers, data: Buffer.from("x") })],
    ["a file by DELETE", [404, 405], () => request.delete(`${files}/${unknown}`)],
    ["an output of no workunit", [400, 404], () => request.get(`${site.url}/api/workunits/abc/output`)],
    ["an output beyond all ids", [400, 404], () => request.get(`${site.url}/api/workunits/${"9".repeat(18)}/output`)],
    ["results of no project", [404], () => request.get(`${site.url}/api/projects/'--/results.csv`)],
    ["a beacon of garbage", [400], () => request.post(`${site.url}/api/park`, { data: Buffer.from("\u0000") })],
  ];
  for (const [what, statuses, send] of tries) {
    const answer = await send();
    expect.soft(statuses, `${what}: ${answer.status()}`).toContain(answer.status());
    const text = await answer.text();
    expect.soft(text, what).not.toMatch(/node_modules|\bat .*\.(ts|js):\d+|select .* from/i);
  }
  expect(await fingerprint()).toBe(before);
  expect((await request.get(`${site.url}/api/health`)).status()).toBe(200);
  expect((await request.get(site.url)).status()).toBe(200);
});
