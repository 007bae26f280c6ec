import { describe, expect, test } from "vitest";
import { exchangeResponseSchema } from "../../../server/core/wire/exchange.ts";
import { outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

describe("exchange", () => {
  test("[R003.24] two agreeing reports make a canonical result, credit for both and one assimilation", async () => {
    const { current } = lab;
    const { appVersionId, slug } = await current.app();
    const [id] = await current.submit(appVersionId, 1);
    const [a, b] = [await current.host(), await current.host()];
    const [first] = await current.claim(a);
    const [second] = await current.claim(b);
    if (!first || !second) throw new Error("both hosts should have got a result");
    expect(first).toMatchObject({
      workunitId: String(id),
      project: { slug },
      inputBase64: Buffer.from("0").toString("base64"),
    });
    expect(await current.report(a, outputReport(first, outputOf(7)))).toEqual([
      { resultId: first.resultId, status: "recorded" },
    ]);
    const open = await current.row("select state, canonical_result_id from workunit where id = $1", [id]);
    expect(open).toEqual({ state: "open", canonical_result_id: null });

    const answer = await current.exchange(b, { reports: [outputReport(second, outputOf(7))] });
    expect(exchangeResponseSchema.parse(answer).fates[0]).toMatchObject({ fate: "confirmed", creditMicro: "1500000" });
    const ended = await current.row(
      "select state, canonical_result_id, accepted_by, confirmed_by from workunit where id = $1",
      [id],
    );
    const confirmedBy = [first.resultId, second.resultId].map(Number).sort((x, y) => x - y);
    expect(ended).toEqual({
      state: "completed",
      canonical_result_id: Number(first.resultId),
      accepted_by: "quorum",
      confirmed_by: confirmedBy,
    });
    expect(
      await current.rows("select amount_micro from credit_entry where result_id = any($1)", [confirmedBy]),
    ).toEqual([{ amount_micro: 1_500_000 }, { amount_micro: 1_500_000 }]);
    expect(await current.rows("select kind from outbox where workunit_id = $1", [id])).toEqual([
      { kind: "assimilate" },
    ]);
  });

  test("the same report twice changes nothing", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 1);
    const [a, b] = [await current.host(), await current.host()];
    const [first] = await current.claim(a);
    const [second] = await current.claim(b);
    if (!first || !second) throw new Error("both hosts should have got a result");
    await current.report(a, outputReport(first, outputOf(1)));
    await current.report(b, outputReport(second, outputOf(1)));
    const before = await current.dump();
    current.now += 60;
    for (const [host, lease] of [
      [a, first],
      [b, second],
    ] as const) {
      const answers = await current.report(host, outputReport(lease, outputOf(1)));
      expect(answers).toEqual([{ resultId: lease.resultId, status: "duplicate" }]);
    }
    const both = await current.report(a, outputReport(first, outputOf(1)), outputReport(first, outputOf(2)));
    expect(both.map(({ status }) => status)).toEqual(["duplicate", "ignored"]);
    expect(await current.dump()).toBe(before);
  });

  test("a result said twice in one batch is taken once", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 1);
    const a = await current.host();
    const [lease] = await current.claim(a);
    if (!lease) throw new Error("no result");
    const answers = await current.report(a, outputReport(lease, outputOf(1)), outputReport(lease, outputOf(1)));
    expect(answers.map(({ status }) => status)).toEqual(["recorded", "duplicate"]);
  });

  test("a batch of reports is decided one by one in ascending result number", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({
      settings: { parameters: { minQuorum: 2, targetNResults: 3, onePerUser: false } },
    });
    await current.submit(appVersionId, 1);
    const a = await current.host();
    const hosts = [a, await current.secondHost(a), await current.secondHost(a)];
    const leases = [];
    for (const host of hosts) leases.push(...(await current.claim(host)));
    const [r0, r1, r2] = leases;
    if (!r0 || !r1 || !r2) throw new Error("three results were expected");
    // Reported by one host of the user, in the wrong order: 0 and 1 disagree before 2 is looked at.
    await current.report(
      a,
      outputReport(r2, outputOf(5)),
      outputReport(r1, outputOf(6)),
      outputReport(r0, outputOf(5)),
    );
    const rows = await current.rows("select validation from result where workunit_id = $1 order by number", [
      r0.workunitId,
    ]);
    expect(rows.map((row) => row["validation"])).toEqual(["valid", "invalid", "valid"]);
    expect(await current.row("select canonical_result_id from workunit where id = $1", [r0.workunitId])).toEqual({
      canonical_result_id: Number(r0.resultId),
    });
  });

  test("[R000.3] one user never gets two results of a workunit, whatever the host", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 3);
    const a = await current.host();
    const a2 = await current.secondHost(a);
    const first = await current.claim(a, 64);
    expect(new Set(first.map((lease) => lease.workunitId)).size).toBe(3);
    const answer = await current.exchange(a2, { want: { results: 64, backends: ["wasm"] } });
    expect(answer.leases).toEqual([]);
    expect(answer.reason?.code).toMatch(/waiting_for_other_volunteers|only_results_of_yours/);
  });

  test("S37 a host that computes for somebody else now gets no second result, nor is it kept from other work", async () => {
    const { current } = lab;
    // Still two results short, they wait before later work, and are more than a claim's searches pass over one by one.
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 3, targetNResults: 3 } } });
    await current.submit(appVersionId, 20);
    const moved = await current.host();
    for (const lease of await current.claim(moved, 64)) await current.report(moved, outputReport(lease, outputOf(1)));
    const { userId } = await current.host();
    await current.deps.pool.query("update host set user_id = $2 where id = $1", [moved.hostId, userId]);
    expect(await current.claim(moved, 64)).toEqual([]);
    const [fresh] = await current.submit(appVersionId, 1);
    expect((await current.claim(moved, 1)).map((lease) => lease.workunitId)).toEqual([String(fresh)]);
  });

  test("[R000.2] an answer to a volunteer names no peer, no replica count and no digest of others", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 1);
    const [a, b] = [await current.host(), await current.host()];
    const [first] = await current.claim(a);
    if (!first) throw new Error("no result");
    const report = outputReport(first, outputOf(99));
    await current.report(a, report);
    const answer = await current.exchange(b, { want: { results: 1, backends: ["wasm"] } });
    const text = JSON.stringify(answer);
    expect(answer.leases).toHaveLength(1);
    expect(text).not.toContain(report.kind === "output" ? report.outputSha256 : "?");
    expect(Object.keys(answer.leases[0] ?? {}).join()).not.toMatch(/quorum|target|peer|number|host|user/i);
  });

  test("a client that lost its state gets its leases again, with the same tokens (rule 14)", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 2);
    const a = await current.host();
    const first = await current.claim(a, 2);
    const again = await current.claim(a, 2);
    const proofs = (leases: typeof first) => leases.map(({ resultId, leaseToken }) => ({ resultId, leaseToken }));
    expect(proofs(again)).toEqual(proofs(first));
    expect(await current.claim(a, 2, first)).toEqual([]);
  });

  test("what ended is aborted where it was not begun; what was begun may be finished", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1, targetNResults: 3 } } });
    await current.submit(appVersionId, 1);
    const [a, b, c] = [await current.host(), await current.host(), await current.host()];
    const [[ra], [rb], [rc]] = [await current.claim(a), await current.claim(b), await current.claim(c)];
    if (!ra || !rb || !rc) throw new Error("three results were expected");
    await current.report(a, outputReport(ra, outputOf(1)));
    const unstarted = await current.exchange(b, { holds: [{ resultId: rb.resultId, started: false }] });
    const started = await current.exchange(c, { holds: [{ resultId: rc.resultId, started: true }] });
    expect([unstarted.abort, started.abort]).toEqual([[rb.resultId], []]);
    const strangers = await current.exchange(c, { holds: [{ resultId: ra.resultId, started: true }] });
    expect(strangers.abort).toEqual([ra.resultId]);
  });
});
