import { expect, test } from "@playwright/test";
import { fixtureManifest, HONEST, unitsInput, unitsOutput, watModule } from "../kernels/wat-kernels.ts";
import { ledgerProblems } from "../support/check-ledger.ts";
import { FLOPS, publishPackage, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { fatesShown, openPerson, type Person, pressStart, watchLag } from "../support/volunteer-page.ts";

/** Programs that pass every check of publishing, answer their example rightly, and do harm with a real input. */

/** The input that makes them do it. */
const EVIL_UNITS = 13;

/** The honest step, with `harm` before it when the input is the evil one. */
function stepThat(harm: string): string {
  const isEvil = `(i32.eq (i32.load (i32.const 64)) (i32.const ${EVIL_UNITS}))`;
  return HONEST.step.replace("(block $end", `(if ${isEvil} (then ${harm})) (block $end`);
}

const HARMS = {
  hang: { harm: "(loop $again (br $again))", code: "hung", says: /silent for/ },
  trap: { harm: "unreachable", code: "trapped", says: /trapped in step/ },
  greed: {
    harm: "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable",
    code: "out_of_memory",
    says: /ran out of memory in step/,
  },
};

let site: Site;
const people: Person[] = [];
const evil = new Map<string, number>();
let honest = 0;

test.beforeAll(async () => {
  site = await openSite();
  const publish = async (name: string, step: string) => {
    const manifest = fixtureManifest(name, { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } });
    const files = new Map([
      ["kernel.wasm", await watModule({ step })],
      ["one.bin", unitsInput(4)],
      ["one.out", unitsOutput(4)],
    ]);
    // The second error ends the workunit.
    return publishPackage(site.deps, { manifest, files }, { parameters: { maxErrorResults: 1 } });
  };
  for (const [name, { harm }] of Object.entries(HARMS)) {
    const work = [{ name, input: unitsInput(EVIL_UNITS), flops: FLOPS }];
    evil.set(name, (await submit(site.deps, await publish(`kernel-${name}`, stepThat(harm)), name, work))[0] ?? 0);
  }
  const work = [{ name: "honest", input: unitsInput(EVIL_UNITS + 1), flops: FLOPS }];
  [honest = 0] = await submit(site.deps, await publish("kernel-honest", HONEST.step), "honest", work);
  await site.start();
});
test.afterAll(async () => {
  for (const { context } of people) await context.close();
  await site?.close();
});

test("[R003.5] a program that hangs, traps or takes all memory costs its workunit, never the page or its neighbours", async ({
  browser,
}) => {
  const first = await openPerson(browser, site);
  people.push(first, await openPerson(browser, site));
  const lags = people.map(({ page }) => watchLag(page));
  for (const { page } of people) await pressStart(page);
  const states = () =>
    all<{ id: number; state: string; errors: string[] }>("select id, state, errors from workunit order by id");
  await expect
    .poll(states, { timeout: 90_000 })
    .toEqual([
      ...[...evil.values()].map((id) => ({ id, state: "failed", errors: ["too_many_errors"] })),
      { id: honest, state: "completed", errors: [] },
    ]);

  for (const [name, { code, says }] of Object.entries(HARMS)) {
    const results = await all<{ error_code: string; error_message: string }>(
      `select error_code, error_message from result where workunit_id = ${evil.get(name)} and outcome = 'err'`,
    );
    expect(results.map((result) => result.error_code)).toEqual([code, code]);
    for (const result of results) expect(result.error_message).toMatch(says);
  }
  for (const [index, { page }] of people.entries()) {
    await expect
      .poll(async () => (await fatesShown(page)).sort(), { timeout: 60_000 })
      .toEqual(["confirmed", "failed", "failed", "failed"]);
    // A loop without end ran in a thread of its own: the page went on drawing.
    expect(await (await lags[index])?.()).toBeLessThan(2_000);
  }
  const { page } = first;
  await page.getByRole("link", { name: "hang", exact: true }).click();
  await expect(page.getByTestId("state")).toHaveText("could not be confirmed");
  await expect(page.getByText("too many devices failed on it")).toBeVisible();
  await expect(page.getByRole("cell", { name: /silent for/ })).toHaveCount(2);
  await expect.poll(() => ledgerProblems(site.pool, { atRest: true })).toEqual([]);
});

async function all<Row extends object>(sql: string): Promise<Row[]> {
  return (await site.pool.query<Row>(sql)).rows;
}
