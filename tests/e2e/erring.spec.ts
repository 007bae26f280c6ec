import { expect, test } from "@playwright/test";
import type { Report } from "../../server/core/wire/exchange.ts";
import { readOutput } from "../../server/result/read-output.ts";
import { atlasOracle } from "../oracles/atlas.ts";
import { ledgerProblems } from "../support/check-ledger.ts";
import { atlasTiles, inputText, publishExample, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { alterReports, fatesShown, lie, openPerson, type Person, pressStart } from "../support/volunteer-page.ts";

/** Devices that fail, and honest ones that are now and then wrong. */
let site: Site;
const people: Person[] = [];

test.beforeEach(async () => {
  site = await openSite();
});
test.afterEach(async () => {
  for (const { context } of people.splice(0)) await context.close();
  await site?.close();
});

/** Fails at everything, as a broken device does. */
function fail(report: Report): Report {
  if (report.kind !== "output") return report;
  const { resultId, leaseToken } = report;
  return { kind: "error", resultId, leaseToken, code: "trapped", message: "memory access out of bounds" };
}

/** Every third answer has a wrong bit or two. */
function flaky(): (report: Report) => Report {
  let answers = 0;
  return (report) => (report.kind === "output" && ++answers % 3 === 0 ? lie(report) : report);
}

test("[R000.22] [R000.23] [R003.5] one who only fails is replaced; one who is sometimes wrong is not banned; the answers are right", async ({
  browser,
}) => {
  const tiles = atlasTiles({ grid: 3, side: 24, maxIterations: 200 });
  const ids = await submit(site.deps, await publishExample(site.deps, "atlas"), "map", tiles);
  await site.start();
  const erring = await join(browser, fail);
  await expect.poll(() => all("select id from result where outcome = 'err'"), { timeout: 60_000 }).not.toEqual([]);
  const [erringId] = (await all<{ id: number }>("select id from app_user")).map(({ id }) => id);
  await join(browser, flaky());
  await expect.poll(() => all("select id from result where outcome = 'ok'"), { timeout: 60_000 }).not.toEqual([]);
  const [flakyId] = (await all<{ id: number }>(`select id from app_user where id <> ${erringId}`)).map(({ id }) => id);
  await join(browser);
  await join(browser);
  const open = () => all("select id from workunit where state <> 'completed'");
  await expect.poll(open, { timeout: 120_000 }).toEqual([]);

  for (const [index, tile] of tiles.entries()) {
    const [row] = await all<{ id: number }>(`select canonical_result_id as id from workunit where id = ${ids[index]}`);
    expect(Buffer.compare(await readOutput(site.deps, row?.id ?? 0), Buffer.from(atlasOracle(inputText(tile))))).toBe(
      0,
    );
  }
  expect(await all(`select * from credit_entry where user_id = ${erringId}`)).toEqual([]);
  await expect.poll(() => fatesShown(erring.page), { timeout: 60_000 }).toContain("failed");
  const fates = await all<{ validation: string }>(
    `select distinct validation from result where user_id = ${flakyId} and outcome = 'ok' and validation <> 'init' order by 1`,
  );
  expect(fates.map(({ validation }) => validation)).toEqual(["invalid", "valid"]);
  expect(await all("select id from host where banned_reason is not null")).toEqual([]);
  // Failing costs standing: the daily share of the one who fails is a fraction of what a new device starts with.
  const shares = await all<{ user_id: number; quota: number }>(
    `select h.user_id, v.quota_per_day as quota from host_app_version v join host h on h.id = v.host_id
      where v.quota_per_day is not null and h.user_id in (${erringId}, ${flakyId})`,
  );
  const shareOf = (user: number | undefined) =>
    shares.find(({ user_id }) => user_id === user)?.quota ?? Number.POSITIVE_INFINITY;
  expect(shareOf(erringId)).toBeLessThan(shareOf(flakyId));
  expect(await ledgerProblems(site.pool, { atRest: false })).toEqual([]);
});

async function join(browser: Parameters<typeof openPerson>[0], alter?: (report: Report) => Report): Promise<Person> {
  const person = await openPerson(browser, site);
  people.push(person);
  if (alter !== undefined) await alterReports(person.context, alter);
  await pressStart(person.page);
  return person;
}

async function all<Row extends object>(sql: string): Promise<Row[]> {
  return (await site.pool.query<Row>(sql)).rows;
}
