import { describe, expect, test } from "vitest";
import type { Lease } from "../../../server/core/wire/exchange.ts";
import { foldCredit } from "../../../server/credit/fold-credit.ts";
import { recomputeCredit } from "../../../server/credit/recompute-credit.ts";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { type LabHost, outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

describe("many at once", () => {
  test("[R000.3] concurrent claims never give a result twice, nor a user two of a workunit", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 40);
    const hosts: LabHost[] = [];
    for (let index = 0; index < 4; index += 1) hosts.push(await current.host());
    for (const host of hosts.slice(0, 4)) hosts.push(await current.secondHost(host));
    const rounds = await Promise.all(hosts.flatMap((host) => [host, host, host].map((one) => current.claim(one, 16))));
    const leases = rounds.flat();
    const given = await current.rows<{ workunit_id: number; user_id: number; host_id: number; id: number }>(
      "select id, workunit_id, user_id, host_id from result where app_version_id = $1 and state = 'in_progress'",
      [appVersionId],
    );
    expect(new Set(given.map((row) => `${row.workunit_id}:${row.user_id}`)).size).toBe(given.length);
    // A host may be told of its own lease again (its calls did not know of each other); nobody else is.
    const holder = new Map(given.map((row) => [String(row.id), row.host_id]));
    for (const [index, round] of rounds.entries()) {
      for (const lease of round) expect(holder.get(lease.resultId)).toBe(hosts[Math.floor(index / 3)]?.hostId);
    }
    expect(new Set(leases.map((lease) => lease.resultId)).size).toBe(given.length);
  });

  test("reports of the same workunits from many hosts at once: one canonical result, credit once each", async () => {
    const { current } = lab;
    const settings = { parameters: { minQuorum: 2, targetNResults: 4 } };
    const { appVersionId } = await current.app({ settings });
    const ids = await current.submit(appVersionId, 10);
    const hosts = [await current.host(), await current.host(), await current.host(), await current.host()];
    const held: [LabHost, Lease[]][] = [];
    for (const host of hosts) held.push([host, await current.claim(host, 10)]);
    expect(held.map(([, leases]) => leases.length)).toEqual([10, 10, 10, 10]);
    // Each twice, in opposite orders: what a client repeats after a lost answer.
    await Promise.all(
      held.flatMap(([host, leases]) => {
        const reports = leases.map((lease) => outputReport(lease, outputOf(1)));
        return [current.report(host, ...reports), current.report(host, ...reports.toReversed())];
      }),
    );
    const ended = await current.rows("select state from workunit where id = any($1) and state = 'completed'", [ids]);
    expect(ended).toHaveLength(10);
    const credited = await current.row(
      "select count(*)::int as n, count(distinct result_id)::int as results from credit_entry where app_version_id = $1",
      [appVersionId],
    );
    expect(credited).toEqual({ n: 40, results: 40 });
    const standings = await current.rows(
      "select consecutive_valid, valid from host_app_version where app_version_id = $1",
      [appVersionId],
    );
    expect(standings).toEqual(hosts.map(() => ({ consecutive_valid: 10, valid: 10 })));
  });

  test("[R003.19] several deliverers: every ended workunit is assimilated once", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
    const ids = await current.submit(appVersionId, 30);
    const host = await current.host();
    const leases = await current.claim(host, 30);
    await current.report(host, ...leases.map((lease) => outputReport(lease, outputOf(1))));
    await Promise.all([1, 2, 3, 4].map(() => deliverOutbox(current.deps, { kind: "assimilate" }, current.now)));
    const rows = await current.rows("select workunit_id from assimilated_result where workunit_id = any($1)", [ids]);
    expect(rows).toHaveLength(30);
    const batch = await current.row("select n_completed, n_failed from batch where app_version_id = $1", [
      appVersionId,
    ]);
    expect(batch).toEqual({ n_completed: 30, n_failed: 0 });
  });

  test("credit of a transaction that began earlier and ends later is folded too, and folding anew gives the same", async () => {
    const { current } = lab;
    const { appVersionId, projectId } = await current.app();
    const { userId, hostId } = await current.host();
    const slow = await current.deps.pool.connect();
    const grant = (resultId: number) =>
      [
        `insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds)
         values ($1, 'grant', $2, $3, $4, $5, 1000000, $6)`,
        [resultId, userId, hostId, projectId, appVersionId, current.now],
      ] as const;
    await slow.query("begin");
    await slow.query(...asQuery(grant(1_000_000_001)));
    await current.deps.pool.query(...asQuery(grant(1_000_000_002)));
    await foldCredit(current.deps);
    await slow.query("commit");
    slow.release();
    await current.fold();
    await current.fold();
    const balances = () => current.rows("select * from credit_balance order by kind, subject_id, project_id");
    const before = await balances();
    expect(before.find((row) => row["kind"] === "user" && row["subject_id"] === userId)).toMatchObject({
      total_micro: 2_000_000,
      n_results: 2,
    });
    await recomputeCredit(current.deps);
    await current.fold();
    expect(await balances()).toEqual(before);
    expect(await current.rows("select from credit_pending")).toEqual([]);
  });
});

function asQuery([text, values]: readonly [string, readonly unknown[]]): [string, unknown[]] {
  return [text, [...values]];
}
