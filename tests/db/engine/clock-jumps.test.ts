import { describe, expect, test } from "vitest";
import type { Lease } from "../../../server/core/wire/exchange.ts";
import { checkLedger } from "../../../server/credit/check-ledger.ts";
import { createRandom } from "../../../server/examples/random.ts";
import { advanceDue } from "../../../server/sweeper/advance-due.ts";
import { ledgerProblems } from "../../support/check-ledger.ts";
import { type Lab, type LabHost, outputOf, outputReport, T0, withLab } from "./lab.ts";

/** The server's clock is set forward and back under everybody: nothing is lost, and nobody is to blame. */

const lab = withLab();
const SEED = Number(process.env["QUORATE_TEST_SEED"] ?? 1);
const [MINUTE, HOUR, DAY, YEAR] = [60, 3_600, 86_400, 366 * 86_400];

const answerTo = (workunitId: string) => outputOf(Number(workunitId) % 1000);

/** One host takes what it gets and reports it right; the clock jumps between the two. */
async function turn(engine: Lab, host: LabHost, jump: () => number): Promise<void> {
  const leases = await engine.claim(host, 4);
  engine.now = jump();
  await engine.report(host, ...leases.map((lease) => outputReport(lease, answerTo(lease.workunitId))));
}

async function booksAreRight(engine: Lab): Promise<void> {
  await engine.fold();
  expect(await ledgerProblems(engine.deps.pool, { atRest: true })).toEqual([]);
  expect((await checkLedger(engine.deps)).differences).toEqual([]);
  const wrong = await engine.rows(
    `select * from credit_balance where total_micro < 0 or recent_average < 0 or recent_average > 1e12
        or recent_average = 'NaN' or n_results < 0`,
  );
  expect(wrong).toEqual([]);
}

describe("a clock that jumps", () => {
  test("forward: leases end blamelessly, and what was computed is taken all the same", async () => {
    const { current } = lab;
    current.now = T0;
    const settings = { parameters: { leaseSeconds: 900, delayBoundSeconds: DAY } };
    const { appVersionId } = await current.app({ settings });
    const ids = await current.submit(appVersionId, 3);
    const hosts = [await current.host(), await current.host()];
    const held: Lease[][] = [];
    // One after the other: a claim passes over what another has locked just then.
    for (const host of hosts) held.push(await current.claim(host, 3));
    expect(held.map((leases) => leases.length)).toEqual([3, 3]);
    // An hour: leases are over, deadlines are not.
    current.now += HOUR;
    await advanceDue(current.deps, current.now);
    const outcomes = () =>
      current.rows(
        "select distinct outcome from result where host_id = any($1) and workunit_id = any($2) and outcome is not null",
        [hosts.map(({ hostId }) => hostId), ids],
      );
    expect(await outcomes()).toEqual([{ outcome: "returned" }]);
    const blamed = await current.rows("select host_id from host_app_version where no_replies > 0 or errors > 0");
    expect(blamed).toEqual([]);
    // And back, before anything was sent: the reports come from the future of the clock.
    current.now = T0 - HOUR;
    for (const [index, host] of hosts.entries()) {
      const reports = (held[index] ?? []).map((lease) => outputReport(lease, answerTo(lease.workunitId)));
      expect((await current.report(host, ...reports)).map(({ status }) => status)).toEqual(
        reports.map(() => "recorded"),
      );
    }
    await current.sweep();
    const states = await current.rows("select distinct state, assimilation from workunit where id = any($1)", [ids]);
    expect(states).toEqual([{ state: "completed", assimilation: "done" }]);
    current.now = T0;
    await booksAreRight(current);
  });

  test("[R003.6] forward past a deadline: no reply, and once the clock is right again the report is taken and paid", async () => {
    const { current } = lab;
    current.now = T0 + 5 * DAY;
    const settings = { parameters: { minQuorum: 1, leaseSeconds: 0, delayBoundSeconds: DAY } };
    const { appVersionId } = await current.app({ settings });
    await current.submit(appVersionId, 1);
    const host = await current.host();
    const [lease] = await current.claim(host);
    if (lease === undefined) throw new Error("no result");
    const state = () =>
      current.row("select outcome, validation, credit_micro > 0 as paid from result where id = $1", [lease.resultId]);
    current.now += YEAR;
    await advanceDue(current.deps, current.now);
    expect(await state()).toEqual({ outcome: "noreply", validation: "init", paid: null });
    current.now -= YEAR - MINUTE;
    const [answer] = await current.report(host, outputReport(lease, answerTo(lease.workunitId)));
    expect(answer?.status).toBe("recorded");
    expect(await state()).toEqual({ outcome: "ok", validation: "valid", paid: true });
    await current.sweep();
    await booksAreRight(current);
  });

  test("back: what is out stays out until its lease ends on the clock there is, then goes to others", async () => {
    const { current } = lab;
    current.now = T0 + 10 * DAY;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1, leaseSeconds: 900 } } });
    const [id] = await current.submit(appVersionId, 1);
    const host = await current.host();
    const [lease] = await current.claim(host);
    if (lease === undefined) throw new Error("no result");
    const state = () => current.row("select state, outcome from result where id = $1", [lease.resultId]);
    current.now -= DAY;
    await current.sweep();
    expect(await state()).toEqual({ state: "in_progress", outcome: null });
    // The host is heard of: its lease is one of the clock that is right now.
    await current.exchange(host, { holds: [{ resultId: lease.resultId, started: true }] });
    current.now += 901;
    await current.sweep();
    expect(await state()).toEqual({ state: "over", outcome: "returned" });
    await turn(current, await current.host(), () => current.now);
    expect(await current.row("select state from workunit where id = $1", [id])).toEqual({ state: "completed" });
    await current.sweep();
    await booksAreRight(current);
  });

  test("[R003.19] here and there at random while 30 workunits are computed: all end, once, with the books right", async () => {
    const { current } = lab;
    const random = createRandom(SEED);
    const begin = T0 + 100 * DAY;
    current.now = begin;
    const parameters = { maxTotalResults: 100, maxErrorResults: 100, delayBoundSeconds: DAY };
    const { appVersionId } = await current.app({ settings: { parameters } });
    const ids = await current.submit(appVersionId, 30);
    const hosts = await Promise.all(Array.from({ length: 6 }, () => current.host()));
    // All have said what they can run: a clock that jumps a year must not make work look as if nobody could.
    for (const host of hosts) await current.exchange(host);
    const spans = [MINUTE, HOUR, DAY, YEAR] as const;
    const jump = () => begin + (random.chance(0.5) ? 1 : -1) * random.below(random.pick(spans));
    const canonical = new Map<number, number>();
    const open = async () => {
      const rows = await current.rows<{ id: number; state: string; canonical: number | null }>(
        "select id, state, canonical_result_id as canonical from workunit where id = any($1)",
        [ids],
      );
      for (const row of rows) {
        expect(row.state).not.toBe("failed");
        if (canonical.has(row.id)) expect(row.canonical).toBe(canonical.get(row.id));
        if (row.canonical !== null) canonical.set(row.id, row.canonical);
      }
      return rows.some((row) => row.canonical === null);
    };
    let rounds = 0;
    while (await open()) {
      rounds += 1;
      expect(rounds).toBeLessThan(200);
      await turn(current, random.pick(hosts as [LabHost]), jump);
      current.now = jump();
      await current.sweep();
    }
    // Back where clocks belong; messages and folding catch up.
    current.now = begin + 2 * YEAR;
    await current.sweep();
    const ends = await current.rows(
      `select w.state, count(*)::int as n, count(a.workunit_id)::int as assimilated
         from workunit w left join assimilated_result a on a.workunit_id = w.id where w.id = any($1) group by 1`,
      [ids],
    );
    expect(ends).toEqual([{ state: "completed", n: ids.length, assimilated: ids.length }]);
    await booksAreRight(current);
  });
});
