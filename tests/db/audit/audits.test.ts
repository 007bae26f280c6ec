import { describe, expect, test } from "vitest";
import { auditWorkunit } from "../../../server/audit/audit-workunit.ts";
import { decideAudits } from "../../../server/audit/decide-audits.ts";
import { getBatchDetails, listBatchWorkunits } from "../../../server/batch/get-batch.ts";
import { listMyResults } from "../../../server/credit/list-my-results.ts";
import { addHandler } from "../../../server/handler/add-handler.ts";
import { deliverToHandlers } from "../../../server/handler/deliver-to-handlers.ts";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { listConfirmed } from "../../../server/project/list-results.ts";
import { runVerdicts } from "../../../server/sweeper/run-verdicts.ts";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { ledgerProblems } from "../../support/check-ledger.ts";
import { openReceiver } from "../../support/webhook-receiver.ts";
import { type AppOptions, type LabHost, outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();
const SINGLE: AppOptions = { settings: { parameters: { minQuorum: 1 } } };

/** A workunit accepted from `host` alone with this output. */
async function acceptedAlone(appVersionId: number, host: LabHost, output: number): Promise<number> {
  const { current } = lab;
  const [id = 0] = await current.submit(appVersionId, 1);
  await compute(id, host, output);
  return id;
}

/** The host claims until it holds a result of this workunit, and reports. */
async function compute(id: number, host: LabHost, output: number): Promise<number> {
  const { current } = lab;
  const lease = (await current.claim(host, 16)).find((one) => one.workunitId === String(id));
  if (lease === undefined) throw new Error(`no result of workunit ${id} for host ${host.hostId}`);
  await current.report(host, outputReport(lease, outputOf(output)));
  return Number(lease.resultId);
}

const workunit = (id: number) =>
  lab.current.row(
    `select state, canonical_result_id as canonical, assimilation, ended_seconds as ended, recalled_seconds as recalled
       from workunit where id = $1`,
    [id],
  );
const creditOf = (userId: number) =>
  lab.current.rows(
    "select kind, amount_micro as micro from credit_entry where user_id = $1 order by granted_seconds, kind",
    [userId],
  );
const auditOf = (id: number) =>
  lab.current.row("select workunit_id as id, cause, outcome, reason from audit where original_id = $1", [id]);

describe("an audit", () => {
  test("S68 is a replicated workunit of the same input for other users, and agreeing says so", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(SINGLE);
    const first = await current.host();
    const id = await acceptedAlone(appVersionId, first, 1);
    const before = await workunit(id);
    const { auditWorkunitId, isNew } = await auditWorkunit(current.deps, id, current.now);
    expect(isNew).toBe(true);
    // Asked again while it runs, it is the same one.
    expect(await auditWorkunit(current.deps, id, current.now)).toEqual({ auditWorkunitId, isNew: false });
    const copied = (which: number) =>
      current.row("select name, input, input_sha256, files, tags, flops, app_version_id from workunit where id = $1", [
        which,
      ]);
    expect(await copied(auditWorkunitId)).toEqual(await copied(id));
    // Neither the host whose result it was, whoever it computes for by now, nor another host of the same user can confirm it.
    expect(await current.claim(first, 16)).toEqual([]);
    expect(await current.claim(await current.secondHost(first), 16)).toEqual([]);
    const moveTo = (userId: number) =>
      current.deps.pool.query("update host set user_id = $2 where id = $1", [first.hostId, userId]);
    await moveTo((await current.host()).userId);
    expect(await current.claim(first, 16)).toEqual([]);
    await moveTo(first.userId);
    const others = [await current.host(), await current.host()];
    await compute(auditWorkunitId, others[0] as LabHost, 1);
    expect(await decideAudits(current.deps, current.now)).toBe(0);
    await compute(auditWorkunitId, others[1] as LabHost, 1);
    expect(await decideAudits(current.deps, current.now)).toBe(1);
    expect(await decideAudits(current.deps, current.now)).toBe(0);
    expect(await auditOf(id)).toMatchObject({ id: auditWorkunitId, cause: "operator", outcome: "confirmed" });
    expect(await current.row("select accepted_by from workunit where id = $1", [auditWorkunitId])).toEqual({
      accepted_by: "quorum",
    });
    expect(await workunit(id)).toEqual(before);
    expect(await creditOf(first.userId)).toEqual([{ kind: "grant", micro: 1_500_000 }]);
    await current.sweep();
    const batch = await current.row(
      "select n_workunits, n_completed from batch where key = 'quorate:audits' and app_version_id = $1",
      [appVersionId],
    );
    expect(batch).toEqual({ n_workunits: 1, n_completed: 1 });
  });

  test("[R003.14] S68 contradicted, the first keeps its end and is recalled for ever: one message, credit taken back once", async () => {
    const { current } = lab;
    const receiver = await openReceiver();
    const { appVersionId, slug } = await current.app(SINGLE);
    const open = current.with({ rules: { ...current.deps.rules, privateWebhooks: true } });
    await addHandler(current.deps, { kind: "webhook", projectSlug: slug, url: receiver.url }, current.now);
    const liar = await current.host();
    const id = await acceptedAlone(appVersionId, liar, 666);
    await current.sweep();
    const before = await workunit(id);
    const { auditWorkunitId } = await auditWorkunit(current.deps, id, current.now);
    for (const host of [await current.host(), await current.host()]) await compute(auditWorkunitId, host, 1);
    current.now += 10;
    await Promise.all([decideAudits(current.deps, current.now), decideAudits(current.deps, current.now)]);
    expect(await workunit(id)).toEqual({ ...before, recalled: current.now });
    expect(await auditOf(id)).toMatchObject({ outcome: "recalled" });
    expect(await creditOf(liar.userId)).toEqual([
      { kind: "grant", micro: 1_500_000 },
      { kind: "recall", micro: -1_500_000 },
    ]);
    const messages = await current.rows("select key from outbox where workunit_id = $1 and kind = 'recall'", [id]);
    expect(messages).toEqual([{ key: `recall:${id}` }]);
    await deliverOutbox(current.deps, { kind: "recall" }, current.now);
    for (let round = 0; round < 3; round += 1) {
      current.now += 70;
      await deliverToHandlers(open.deps, current.now);
    }
    const told = receiver.calls.filter((call) => call.json["key"] === `recall:${id}`);
    expect(told).toHaveLength(1);
    expect(told[0]?.json).toMatchObject({
      type: "workunit.recalled",
      workunit: { id },
      recalled: { audits: [auditWorkunitId] },
    });
    // What is told of its end only now says that too, and so does every list it is in.
    const late = receiver.calls.filter((call) => call.json["key"] === `assimilate:${id}`);
    expect(late.map(({ json }) => json)).toMatchObject([
      { type: "workunit.completed", recalled: { audits: [auditWorkunitId] } },
    ]);
    const { batch_id: batchId } = await current.row<{ batch_id: number }>(
      "select batch_id from workunit where id = $1",
      [id],
    );
    const all = { batchId, state: null, reason: null, afterId: 0, limit: 10 };
    expect(await listBatchWorkunits(current.deps, all)).toMatchObject([
      { workunitId: id, state: "completed", recalledSeconds: expect.any(Number) },
    ]);
    expect(await getBatchDetails(current.deps, batchId, current.now)).toMatchObject({ recalled: 1 });
    const theirs = await listMyResults(current.deps.pool, { userId: liar.userId, after: null, limit: 10 });
    expect(theirs).toMatchObject([{ workunitId: id, recalled: true, takenBack: true }]);
    expect(await listConfirmed(current.deps.pool, slug, 10)).toEqual([]);
    const row = await current.row(
      "select recalled_seconds is not null as recalled from assimilated_result where workunit_id = $1",
      [id],
    );
    expect(row).toEqual({ recalled: true });
    // A second look changes nothing: it cannot be audited any more, and the mark cannot be taken away.
    await expect(auditWorkunit(current.deps, id, current.now)).rejects.toThrow(/recalled already/);
    await expect(current.rows("update workunit set recalled_seconds = null where id = $1", [id])).rejects.toThrow(
      /never changes its end/,
    );
    await current.fold();
    const balance = await current.row(
      "select total_micro, n_results from credit_balance where kind = 'user' and subject_id = $1",
      [liar.userId],
    );
    expect(balance).toEqual({ total_micro: 0, n_results: 0 });
    expect(await ledgerProblems(current.deps.pool, { atRest: false })).toEqual([]);
    await receiver.close();
    await current.deps.pool.query("update project_handler set enabled = false");
  });

  test("S68 that ends without a result says nothing, and the workunit can be audited again", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(SINGLE);
    const id = await acceptedAlone(appVersionId, await current.host(), 1);
    const first = await auditWorkunit(current.deps, id, current.now);
    await cancelWorkunits(current.deps, [first.auditWorkunitId], current.now);
    await decideAudits(current.deps, current.now);
    expect(await auditOf(id)).toMatchObject({ outcome: "undecided", reason: '{"code":"audit_no_result"}' });
    const second = await auditWorkunit(current.deps, id, current.now);
    expect(second).toMatchObject({ isNew: true });
    expect((await workunit(id))["recalled"]).toBeNull();
  });

  test("is refused with a reason where there is nothing to check", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(SINGLE);
    const [open = 0, failed = 0] = await current.submit(appVersionId, 2);
    await cancelWorkunits(current.deps, [failed], current.now);
    const audit = (id: number) => auditWorkunit(current.deps, id, current.now);
    await expect(audit(open)).rejects.toThrow(/has not ended yet/);
    await expect(audit(failed)).rejects.toThrow(/ended without a result/);
    await expect(audit(999_999_999)).rejects.toThrow(/no workunit/);
  });

  test("where one user may have several results, those who computed the first still cannot confirm it", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 2, onePerUser: false } } });
    const first = await current.host();
    const second = await current.secondHost(first);
    const [id = 0] = await current.submit(appVersionId, 1);
    await compute(id, first, 1);
    await compute(id, second, 1);
    expect(await workunit(id)).toMatchObject({ state: "completed" });
    await auditWorkunit(current.deps, id, current.now);
    expect(await current.claim(first, 16)).toEqual([]);
    expect(await current.claim(second, 16)).toEqual([]);
    expect(await current.claim(await current.host(), 16)).toHaveLength(1);
  });

  test("S36 a late report of the first by a user who has a result of the audit is ignored", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1, targetNResults: 2 } } });
    const [id = 0] = await current.submit(appVersionId, 1);
    const late = await current.host();
    const [lease] = await current.claim(late);
    if (!lease) throw new Error("no result");
    current.now += 1_000;
    const other = await current.host();
    await compute(id, other, 1);
    await current.sweep();
    expect(await workunit(id)).toMatchObject({ state: "completed" });
    await auditWorkunit(current.deps, id, current.now);
    const [mine] = await current.claim(late, 1);
    expect(mine?.resultId).not.toBe(lease.resultId);
    expect(await current.report(late, outputReport(lease, outputOf(1)))).toMatchObject([{ status: "ignored" }]);
    if (!mine) throw new Error("no result of the audit");
    expect(await current.report(late, outputReport(mine, outputOf(1)))).toMatchObject([{ status: "recorded" }]);
  });

  test("a straggler that matches a recalled output loses its credit too", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1, targetNResults: 2 } } });
    const [id = 0] = await current.submit(appVersionId, 1);
    const [liar, accomplice] = [await current.host(), await current.host()];
    const [held] = await current.claim(accomplice);
    if (!held) throw new Error("no result");
    await compute(id, liar, 666);
    const { auditWorkunitId } = await auditWorkunit(current.deps, id, current.now);
    for (const host of [await current.host(), await current.host()]) await compute(auditWorkunitId, host, 1);
    await decideAudits(current.deps, current.now);
    current.now += 5;
    await current.report(accomplice, outputReport(held, outputOf(666)));
    expect(await creditOf(accomplice.userId)).toEqual([{ kind: "grant", micro: 1_500_000 }]);
    for (let round = 0; round < 2; round += 1) await decideAudits(current.deps, current.now + 5);
    expect(await creditOf(accomplice.userId)).toEqual([
      { kind: "grant", micro: 1_500_000 },
      { kind: "recall", micro: -1_500_000 },
    ]);
  });

  test("[R000.6] outputs that are compared with a tolerance are audited with it", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({
      settings: { parameters: { minQuorum: 1 } },
      manifest: {
        exactness: "tolerant",
        comparator: { type: "tolerant", absolute: 0.5 },
        output: { format: "binary", record: [{ name: "value", type: "f64" }] },
      },
    });
    const real = (value: number) => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value);
      return bytes;
    };
    const ids = await current.submit(appVersionId, 2);
    const reportAll = async (answerOf: (workunitId: number) => number) => {
      const host = await current.host();
      for (const lease of await current.claim(host, 2)) {
        await current.report(host, outputReport(lease, real(answerOf(Number(lease.workunitId)))));
      }
    };
    await reportAll(() => 1);
    const near = (await auditWorkunit(current.deps, ids[0] ?? 0, current.now)).auditWorkunitId;
    await auditWorkunit(current.deps, ids[1] ?? 0, current.now);
    for (let n = 0; n < 2; n += 1) await reportAll((id) => (id === near ? 1.3 : 2));
    while ((await runVerdicts(current.deps, current.now)) > 0);
    expect(await decideAudits(current.deps, current.now)).toBe(2);
    const outcomes = await current.rows("select outcome from audit where original_id = any($1) order by original_id", [
      ids,
    ]);
    expect(outcomes).toEqual([{ outcome: "confirmed" }, { outcome: "recalled" }]);
  });
});

describe("a caught lie", () => {
  test("[R000.12] S67 has the host's single acceptances of the last 7 days audited, each once, and nobody else's", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(SINGLE);
    const [liar, honest] = [await current.host(), await current.host()];
    await acceptedAlone(appVersionId, liar, 1);
    current.now += 7 * 86_400 + 1;
    const recent = [await acceptedAlone(appVersionId, liar, 1), await acceptedAlone(appVersionId, liar, 1)];
    const honestId = await acceptedAlone(appVersionId, honest, 1);
    // Three answers, one of them wrong.
    const [replicated = 0] = await current.submit(appVersionId, 1, { parameters: { minQuorum: 3 } });
    for (const [host, output] of [
      [liar, 666],
      [honest, 1],
      [await current.host(), 1],
    ] as const) {
      await compute(replicated, host, output);
    }
    expect(
      await current.rows("select from outbox where kind = 'recheck' and workunit_id = $1", [replicated]),
    ).toHaveLength(1);
    await Promise.all([1, 2].map(() => deliverOutbox(current.deps, { kind: "recheck" }, current.now)));
    const audits = await current.rows(
      `select a.original_id, a.cause from audit a join workunit w on w.id = a.original_id where w.app_version_id = $1 order by 1`,
      [appVersionId],
    );
    expect(audits).toEqual(recent.map((original_id) => ({ original_id, cause: "caught_lie" })));
    expect(recent).not.toContain(honestId);
    // Caught once more, nothing is audited twice.
    const [again = 0] = await current.submit(appVersionId, 1, { parameters: { minQuorum: 3 }, priority: 5 });
    for (const [host, output] of [
      [liar, 666],
      [await current.host(), 1],
      [await current.host(), 1],
    ] as const) {
      await compute(again, host, output);
    }
    await deliverOutbox(current.deps, { kind: "recheck" }, current.now);
    const after = await current.rows(
      "select from audit a join workunit w on w.id = a.original_id where w.app_version_id = $1",
      [appVersionId],
    );
    expect(after).toHaveLength(2);
  });

  test("[R000.12] found by an audit costs the host its record and has its other single acceptances audited", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(SINGLE);
    const liar = await current.host();
    const [first, second] = [
      await acceptedAlone(appVersionId, liar, 666),
      await acceptedAlone(appVersionId, liar, 666),
    ];
    const { auditWorkunitId } = await auditWorkunit(current.deps, first, current.now);
    for (const host of [await current.host(), await current.host()]) await compute(auditWorkunitId, host, 1);
    await decideAudits(current.deps, current.now);
    const standing = await current.row("select consecutive_valid, invalid from host_app_version where host_id = $1", [
      liar.hostId,
    ]);
    expect(standing).toEqual({ consecutive_valid: 0, invalid: 1 });
    await deliverOutbox(current.deps, { kind: "recheck" }, current.now);
    expect(await auditOf(second)).toMatchObject({ cause: "caught_lie", outcome: null });
  });
});
