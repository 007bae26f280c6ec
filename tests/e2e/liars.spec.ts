import { type Browser, expect, test } from "@playwright/test";
import type { Report } from "../../server/core/wire/exchange.ts";
import { readOutput } from "../../server/result/read-output.ts";
import { atlasOracle } from "../oracles/atlas.ts";
import { ledgerProblems } from "../support/check-ledger.ts";
import {
  atlasTiles,
  inputText,
  publishBundled,
  publishExample,
  steadyOutput,
  steadyTiles,
  submit,
} from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import {
  alterReports,
  fatesShown,
  launchWithoutGpu,
  lie,
  openPerson,
  type Person,
  pressStart,
} from "../support/volunteer-page.ts";

/** Browsers that send other bytes than they computed: in what they get away with, and in what not. */
let site: Site;
let withoutGpu: Browser;
const people: Person[] = [];

test.beforeAll(async () => {
  withoutGpu = await launchWithoutGpu();
});
test.beforeEach(async () => {
  site = await openSite();
});
test.afterEach(async () => {
  for (const { context } of people.splice(0)) await context.close();
  await site?.close();
});
test.afterAll(() => withoutGpu?.close());

async function join(browser: Browser, alter?: (report: Report) => Report): Promise<Person> {
  const person = await openPerson(browser, site);
  people.push(person);
  if (alter !== undefined) await alterReports(person.context, alter);
  await pressStart(person.page);
  return person;
}

test("[R003.3] one who lies is outvoted, not credited, and told so", async () => {
  const tiles = atlasTiles({ grid: 2, side: 24, maxIterations: 200 });
  const ids = await submit(site.deps, await publishExample(site.deps, "atlas"), "map", tiles);
  await site.start();
  const liar = await join(withoutGpu, lie);
  await expect.poll(() => all("select id from result where outcome = 'ok'"), { timeout: 60_000 }).toHaveLength(4);
  const [liarId] = await all<{ id: number }>("select id from app_user");
  await join(withoutGpu);
  await join(withoutGpu);
  await expect
    .poll(() => all("select id from workunit where state = 'completed'"), { timeout: 90_000 })
    .toHaveLength(ids.length);

  for (const [index, tile] of tiles.entries()) {
    const oracle = Buffer.from(atlasOracle(inputText(tile)));
    expect(Buffer.compare(await canonicalOutput(ids[index] ?? 0), oracle), tile.name).toBe(0);
  }
  const told = await all<{ validation: string; credit_micro: number | null }>(
    `select validation, credit_micro from result where user_id = ${liarId?.id} and outcome = 'ok'`,
  );
  expect(told).toEqual(Array(4).fill({ validation: "invalid", credit_micro: null }));
  expect(await all(`select * from credit_entry where user_id = ${liarId?.id}`)).toEqual([]);

  // The page asks again every ten seconds while others must confirm, every half a minute when there is no work.
  await expect.poll(() => fatesShown(liar.page), { timeout: 60_000 }).toEqual(Array<string>(4).fill("not_confirmed"));
  await expect(liar.page.getByTestId("fates").getByText("not confirmed").first()).toBeVisible();
  const looker = await (await withoutGpu.newContext()).newPage();
  await looker.goto(`${site.url}/leaderboard`);
  await expect(looker.getByTestId("leaders").locator("tbody tr")).toHaveCount(2);
  await expect(looker.getByTestId("leaders").locator(`[data-user="${liarId?.id}"]`)).toHaveCount(0);
  await looker.goto(`${site.url}/workunits/${ids[0]}`);
  await expect(looker.getByTestId("state")).toHaveText("confirmed");
  await expect(looker.getByRole("row").filter({ hasText: `Anonymous ${liarId?.id}` })).toContainText("not confirmed");
  await looker.context().close();
  await expect.poll(() => ledgerProblems(site.pool, { atRest: true })).toEqual([]);
});

test("[R000.18] [R000.36] two who tell the same lie meet a quorum of two; three that agree, or diverse replicas, stop them", async ({
  browser,
}) => {
  const { deps } = site;
  test.setTimeout(300_000);
  // Small: a software graphics adapter is a hundred times slower than a processor.
  const seconds = 0.02;
  const work = steadyTiles(1, seconds);
  const honest = steadyOutput(0, seconds);
  const plain = await publishExample(deps, "atlas");
  // A quorum of three would not do: it is a majority of three, which two are.
  const strict = await publishBundled(deps, "atlas", "strict-atlas", {
    missionCritical: true,
    policy: { type: "consensus", rule: { kind: "k_of_n", k: 3 } },
    parameters: { minQuorum: 3, targetNResults: 5 },
  });
  const diverse = await publishBundled(deps, "atlas", "diverse-atlas", { parameters: { homogeneity: "diverse" } });
  const [plainId = 0] = await submit(deps, plain, "plain", work);
  const [strictId = 0] = await submit(deps, strict, "strict", work);
  const [diverseId = 0] = await submit(deps, diverse, "diverse", work);

  await site.start();
  const liars = [await join(withoutGpu, lie), await join(withoutGpu, lie)];
  // Two of the plain workunit, two of the strict one; of the diverse one only one: the other would be of the same kind.
  await expect.poll(() => all("select id from result where outcome = 'ok'"), { timeout: 90_000 }).toHaveLength(5);
  expect(await successes(diverseId)).toBe(1);
  const liarIds = (await all<{ id: number }>("select id from app_user")).map(({ id }) => id);
  expect(liarIds).toHaveLength(2);

  // A quorum is as independent as the people in it. Nothing here can tell two colluding strangers from two honest ones.
  const accepted = await canonicalOutput(plainId);
  expect(Buffer.compare(accepted, honest)).not.toBe(0);
  expect(accepted.readUInt32LE(0)).toBe(honest.readUInt32LE(0) + 1);
  console.log(
    "two colluding users alone, quorum 2: their lie is ACCEPTED and credited: that is what a quorum of two means",
  );
  expect(await states([strictId, diverseId])).toEqual(["open", "open"]);

  await join(browser);
  await join(withoutGpu);
  await join(withoutGpu);
  await expect.poll(() => states([strictId]), { timeout: 120_000 }).toEqual(["completed"]);
  expect(Buffer.compare(await canonicalOutput(strictId), honest)).toBe(0);
  console.log("the same two where three must agree (mission-critical): outvoted by three honest ones, not credited");
  const strictLies = await all<{ validation: string; credit_micro: number | null }>(
    `select validation, credit_micro from result where workunit_id = ${strictId} and user_id in (${liarIds})`,
  );
  expect(strictLies).toEqual(Array(2).fill({ validation: "invalid", credit_micro: null }));
  // The graphics card disagrees with the one lie that got in: nothing is accepted, nobody is credited.
  await expect.poll(() => successes(diverseId), { timeout: 120_000 }).toBe(2);
  expect(await states([diverseId])).toEqual(["open"]);
  expect(await all(`select id from result where workunit_id = ${diverseId} and credit_micro is not null`)).toEqual([]);
  console.log("the same two where replicas must differ in kind: the second gets no result, nothing is accepted");
  for (const { page } of liars) {
    await expect.poll(() => fatesShown(page), { timeout: 60_000 }).toContain("not_confirmed");
  }
  expect(await ledgerProblems(site.pool, { atRest: false })).toEqual([]);
});

async function all<Row extends object>(sql: string): Promise<Row[]> {
  return (await site.pool.query<Row>(sql)).rows;
}

async function canonicalOutput(workunitId: number): Promise<Buffer> {
  const [row] = await all<{ canonical_result_id: number | null }>(
    `select canonical_result_id from workunit where id = ${workunitId}`,
  );
  if (typeof row?.canonical_result_id !== "number") throw new Error(`workunit ${workunitId} has no canonical result`);
  return readOutput(site.deps, row.canonical_result_id);
}

async function states(ids: readonly number[]): Promise<string[]> {
  const found = await all<{ state: string }>(`select state from workunit where id in (${ids}) order by id`);
  return found.map(({ state }) => state);
}

async function successes(workunitId: number): Promise<number> {
  return (await all(`select id from result where workunit_id = ${workunitId} and outcome = 'ok'`)).length;
}
