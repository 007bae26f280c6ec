import { describe, expect, test } from "vitest";
import { ensureSameCluster } from "../../../server/credit/recompute-credit.ts";
import { outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

describe("a ledger that was moved to another PostgreSQL", () => {
  test("is folded anew, once, to the same totals, and goes on from there", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
    await current.submit(appVersionId, 2);
    const host = await current.host();
    const [first, second] = await current.claim(host, 2);
    if (!first || !second) throw new Error("two results were expected");
    await current.report(host, outputReport(first, outputOf(1)));
    await current.fold();
    expect(await ensureSameCluster(current.deps)).toBe(false);

    // As after a restore: the numbers of transactions say nothing here, neither in the rows nor in the mark.
    await current.deps.pool.query("update setting set value = '1' where key = 'credit_cluster'");
    await current.deps.pool.query("update setting set value = '9000000000000' where key = 'credit_folded_below'");
    expect(await ensureSameCluster(current.deps)).toBe(true);
    expect(await ensureSameCluster(current.deps)).toBe(false);
    await current.report(host, outputReport(second, outputOf(1)));
    await current.fold();
    const balance = await current.row(
      "select total_micro, n_results from credit_balance where kind = 'user' and subject_id = $1",
      [host.userId],
    );
    expect(balance).toEqual({ total_micro: 3_000_000, n_results: 2 });
    // Results are told as completed from the beginning again; what comes now comes after them.
    expect(await current.rows("select from assimilated_result where written_xact <> 0")).toEqual([]);
    await expect(current.deps.pool.query("update credit_entry set written_xact = 1")).rejects.toThrow(/append-only/);
  });
});
