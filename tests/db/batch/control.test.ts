import { describe, expect, test } from "vitest";
import { CANCEL_UNDO_SECONDS, controlBatch } from "../../../server/batch/control-batch.ts";
import { setNotices } from "../../../server/batch/set-notices.ts";
import { submitStream } from "../../../server/batch/submit-stream.ts";
import { mailBatches, tellBatches } from "../../../server/batch/tell-batches.ts";
import { watchBatches } from "../../../server/batch/watch-batches.ts";
import { addHandler } from "../../../server/handler/add-handler.ts";
import type { Mail } from "../../../server/mail/mailer.ts";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { measureNow } from "../../../server/status/get-status.ts";
import { endUnsendable } from "../../../server/sweeper/end-unsendable.ts";
import { outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();

async function* bytesOf(text: string) {
  yield new TextEncoder().encode(text);
}

let keys = 0;
async function submit(appVersionId: number, count: number, more: object = {}): Promise<number> {
  keys += 1;
  const text = Array.from({ length: count }, (_, index) => `${JSON.stringify({ input: `${keys} ${index}` })}\n`).join(
    "",
  );
  const open = { appVersionId, name: `Batch ${keys}`, key: `key ${keys}`, options: { flops: 1e9 }, ...more };
  const finished = await submitStream(
    lab.current.deps,
    { open, source: { format: "jsonl" }, createdBy: null },
    bytesOf(text),
    lab.current.now,
  );
  return finished.batchId;
}
const act = (batchId: number, action: Parameters<typeof controlBatch>[1]["action"]) =>
  controlBatch(lab.current.deps, { batchId, action }, lab.current.now);
const ONE = { settings: { parameters: { minQuorum: 1, maxErrorResults: 0, maxTotalResults: 1 } } };
const batchOf = (resultId: string) =>
  lab.current.row<{ batch_id: number }>(
    "select w.batch_id from result r join workunit w on w.id = r.workunit_id where r.id = $1",
    [resultId],
  );

describe("pausing and resuming", () => {
  test("what is paused is no work that waits for volunteers, and no time ends it", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const unsent = async () => (await measureNow(current.deps.pool, current.now)).site.unsent;
    const before = await unsent();
    const batchId = await submit(appVersionId, 2, { options: { flops: 1e9, memoryBytes: 2 ** 50 } });
    expect(await unsent()).toBe(before + 4);
    await act(batchId, { type: "pause" });
    expect(await unsent()).toBe(before);
    // Somebody was here in all that time, whose device is too small.
    const host = await current.host();
    await current.claim(host, 1);
    await current.deps.pool.query("update host set memory_bytes = 1000 where id = $1", [host.hostId]);
    current.now += 8 * 86_400;
    await current.deps.pool.query("update host set last_seen_seconds = $2 where id = $1", [host.hostId, current.now]);
    const open = async () => {
      await endUnsendable(current.deps, current.now);
      const text = "select count(*)::int as n from workunit where batch_id = $1 and state = 'open'";
      return (await current.row<{ n: number }>(text, [batchId])).n;
    };
    expect(await open()).toBe(2);
    await act(batchId, { type: "resume" });
    expect(await open()).toBe(0);
  });

  test("nothing of a paused batch is handed out, what is out may be reported; resumed it goes on as it was", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const [paused, other] = [
      await submit(appVersionId, 3, { options: { flops: 1e9, priority: 7 } }),
      await submit(appVersionId, 2),
    ];
    const [a, b] = [await current.host(), await current.host()];
    const out = await current.claim(a, 1);
    expect(await batchOf(out[0]?.resultId ?? "")).toEqual({ batch_id: paused });
    await act(paused, { type: "pause" });
    const claimed = await current.claim(b, 10);
    expect(claimed).toHaveLength(2);
    for (const lease of claimed) expect(await batchOf(lease.resultId)).toEqual({ batch_id: other });
    for (const lease of out) await current.report(a, outputReport(lease, outputOf(1)));
    // The second result of the reported workunit is wanted urgently, and still held.
    expect(await current.claim(await current.host(), 10)).toHaveLength(2);
    await expect(act(paused, { type: "pause" })).rejects.toThrow("is paused");
    await act(paused, { type: "resume" });
    const ranks = await current.rows(
      "select distinct w.priority, r.queue_rank from workunit w join result r on r.workunit_id = w.id where w.batch_id = $1 and r.state = 'unsent'",
      [paused],
    );
    expect(ranks).toEqual([{ priority: 7, queue_rank: -7 }]);
    const resumed = await current.claim(await current.host(), 10);
    const batches = await Promise.all(resumed.map((lease) => batchOf(lease.resultId)));
    expect(batches.filter((each) => each.batch_id === paused)).toHaveLength(3);
  });

  test("a result that is replaced while its batch is paused waits too", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const batchId = await submit(appVersionId, 1);
    const host = await current.host();
    const [lease] = await current.claim(host, 1);
    await act(batchId, { type: "pause" });
    current.now += 2 * 86_400;
    await current.sweep();
    expect(lease).toBeDefined();
    expect(await current.claim(await current.host(), 10)).toEqual([]);
    await act(batchId, { type: "resume" });
    expect((await current.claim(await current.host(), 10)).length).toBe(1);
  });

  test("a raised priority goes first, also for what was paused", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const [first, second] = [await submit(appVersionId, 2), await submit(appVersionId, 2)];
    await act(second, { type: "pause" });
    await act(second, { type: "set_priority", priority: 5 });
    expect(await batchOf((await current.claim(await current.host(), 1))[0]?.resultId ?? "")).toEqual({
      batch_id: first,
    });
    await act(second, { type: "resume" });
    // Half of what is handed out may be results that complete a quorum, whatever their priority.
    const claimed = await current.claim(await current.host(), 2);
    expect(await Promise.all(claimed.map((lease) => batchOf(lease.resultId)))).toContainEqual({ batch_id: second });
  });
});

describe("cancelling", () => {
  test(`takes effect after ${CANCEL_UNDO_SECONDS} s and can be undone until then`, async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const batchId = await submit(appVersionId, 3);
    const open = async () =>
      (
        await current.row<{ n: number }>(
          "select count(*)::int as n from workunit where batch_id = $1 and state = 'open'",
          [batchId],
        )
      ).n;
    expect((await act(batchId, { type: "cancel" })).cancelSeconds).toBe(current.now + CANCEL_UNDO_SECONDS);
    current.now += CANCEL_UNDO_SECONDS - 1;
    await watchBatches(current.deps, current.now);
    expect(await open()).toBe(3);
    await act(batchId, { type: "undo_cancel" });
    current.now += CANCEL_UNDO_SECONDS;
    await watchBatches(current.deps, current.now);
    expect(await open()).toBe(3);
    await act(batchId, { type: "cancel" });
    current.now += CANCEL_UNDO_SECONDS;
    await Promise.all([watchBatches(current.deps, current.now), watchBatches(current.deps, current.now)]);
    await watchBatches(current.deps, current.now);
    expect(await open()).toBe(0);
    await expect(act(batchId, { type: "undo_cancel" })).rejects.toThrow("is cancelled");
    await expect(act(batchId, { type: "resume" })).rejects.toThrow("is cancelled");
    expect(await current.row("select errors from workunit where batch_id = $1 limit 1", [batchId])).toEqual({
      errors: ["cancelled"],
    });
  });
});

describe("being told", () => {
  async function compute(appVersionId: number, outcomes: readonly boolean[]): Promise<void> {
    const { current } = lab;
    expect(appVersionId).toBeGreaterThan(0);
    for (const good of outcomes) {
      const host = await current.host();
      const [lease] = await current.claim(host, 1);
      if (lease === undefined) throw new Error("no work");
      const { resultId, leaseToken } = lease;
      await current.report(
        host,
        good
          ? outputReport(lease, outputOf(1))
          : ({ kind: "error", resultId, leaseToken, code: "kernel", message: "bad" } as never),
      );
    }
    await deliverOutbox(current.deps, { kind: "assimilate" }, current.now);
  }

  test("done: each webhook once, and a mail to whoever wants one", async () => {
    const letters: Mail[] = [];
    const { current } = lab;
    const mailing = current.with({ mail: async (mail) => void letters.push(mail) });
    const { appVersionId, slug } = await current.app(ONE);
    await addHandler(
      current.deps,
      { kind: "webhook", projectSlug: slug, url: "http://127.0.0.1:9/" } as never,
      current.now,
    );
    const batchId = await submit(appVersionId, 2, { notifyMail: true });
    const host = await current.host();
    await current.deps.pool.query(
      "insert into auth_user (id, name, email, email_verified, created_at, updated_at) values ('u1', '', 'ada@example.org', true, now(), now())",
    );
    await current.deps.pool.query("update app_user set auth_user_id = 'u1', is_anonymous = false where id = $1", [
      host.userId,
    ]);
    await current.deps.pool.query("update batch_control set created_by = $2 where batch_id = $1", [
      batchId,
      host.userId,
    ]);
    await compute(appVersionId, [true, true]);
    await Promise.all([1, 2, 3].map(() => watchBatches(current.deps, current.now)));
    await Promise.all([1, 2].map(() => tellBatches(mailing.deps, current.now)));
    await Promise.all([1, 2].map(() => mailBatches(mailing.deps, current.now)));
    const told = await current.rows<{ key: string; payload: { body: object } }>(
      "select key, payload from outbox where kind = 'webhook' and key like 'batch_done:%'",
    );
    expect(told).toHaveLength(1);
    expect(told[0]?.payload.body).toMatchObject({
      type: "batch.done",
      project: slug,
      batch: { id: batchId, workunits: 2, completed: 2, failed: 0 },
    });
    expect(letters.filter((letter) => letter.to === "ada@example.org").map((letter) => letter.subject)).toEqual([
      expect.stringMatching(/^Done: Batch/),
    ]);
    await expect(act(batchId, { type: "pause" })).rejects.toThrow("has ended");
  });

  test("a mail that cannot be sent is tried again", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(ONE);
    const batchId = await submit(appVersionId, 1, { notifyMail: true });
    const { id } = await current.row<{ id: number }>("select id from app_user where auth_user_id = 'u1'");
    await current.deps.pool.query("update batch_control set created_by = $2 where batch_id = $1", [batchId, id]);
    await compute(appVersionId, [true]);
    let tries = 0;
    const flaky = current.with({
      mail: () => {
        tries += 1;
        return tries === 1 ? Promise.reject(new Error("no route")) : Promise.resolve();
      },
    });
    await watchBatches(current.deps, current.now);
    await tellBatches(current.deps, current.now);
    expect(await mailBatches(flaky.deps, current.now)).toBe(0);
    expect(await mailBatches(flaky.deps, current.now)).toBe(0);
    current.now += 3_600;
    expect([await mailBatches(flaky.deps, current.now), tries]).toEqual([1, 2]);
  });

  const FAILED_20 = Array.from({ length: 20 }, () => false);
  /** Whoever has the account that the first of these tests made. */
  const ada = async () =>
    (await lab.current.row<{ id: number }>("select id from app_user where auth_user_id = 'u1'")).id;
  const stateOf = (batchId: number) =>
    lab.current.row("select state, stop_reason from batch_control where batch_id = $1", [batchId]);

  test("a batch of which too much fails stops itself and says so, each webhook and mail once; resumed it goes on", async () => {
    const letters: Mail[] = [];
    const { current } = lab;
    const mailing = current.with({ mail: async (mail) => void letters.push(mail) });
    const { appVersionId, slug } = await current.app(ONE);
    await addHandler(
      current.deps,
      { kind: "webhook", projectSlug: slug, url: "http://127.0.0.1:9/" } as never,
      current.now,
    );
    const batchId = await submit(appVersionId, 50, { stopAbove: 0.5, notifyMail: true });
    await current.deps.pool.query("update batch_control set created_by = $2 where batch_id = $1", [
      batchId,
      await ada(),
    ]);
    await compute(appVersionId, FAILED_20.slice(1));
    await watchBatches(current.deps, current.now);
    expect(await stateOf(batchId)).toEqual({ state: "open", stop_reason: null });
    await compute(appVersionId, [false]);
    const tell = async () => {
      await Promise.all([1, 2, 3].map(() => watchBatches(current.deps, current.now)));
      await Promise.all([1, 2].map(() => tellBatches(mailing.deps, current.now)));
      await Promise.all([1, 2].map(() => mailBatches(mailing.deps, current.now)));
      const { rows } = await current.deps.pool.query<{ type: string }>(
        "select payload->'body'->>'type' as type from outbox where handler_id is not null and key like $1",
        [`batch_stopped:${batchId}:%@%`],
      );
      const mails = letters.map(({ to, subject }) => `${to} ${subject.split(":")[0]}`);
      return { webhooks: rows.map(({ type }) => type), mails };
    };
    const once = { webhooks: ["batch.stopped"], mails: ["ada@example.org Stopped"] };
    expect(await tell()).toEqual(once);
    expect(letters[0]?.text).toContain("0 of 50 workunits are confirmed, 20 could not be.");
    expect(await stateOf(batchId)).toEqual({ state: "paused", stop_reason: "failure_rate" });
    expect(await current.claim(await current.host(), 5)).toEqual([]);
    await act(batchId, { type: "resume" });
    expect(await tell()).toEqual(once);
    expect(await stateOf(batchId)).toEqual({ state: "open", stop_reason: null });
    expect(await current.claim(await current.host(), 5)).toHaveLength(5);
    // Asked to watch itself again, it stops again, and that is news.
    current.now += 1;
    await setNotices(current.deps, { batchId, userId: await ada(), stopAbove: 0.9 });
    expect(await tell()).toEqual({
      webhooks: ["batch.stopped", "batch.stopped"],
      mails: ["ada@example.org Stopped", "ada@example.org Stopped"],
    });
    expect(await stateOf(batchId)).toEqual({ state: "paused", stop_reason: "failure_rate" });
  });

  test("who is told, and when it stops itself, can be changed after submitting; the mail only by whom it is for", async () => {
    const letters: Mail[] = [];
    const { current } = lab;
    const mailing = current.with({ mail: async (mail) => void letters.push(mail) });
    const { appVersionId } = await current.app(ONE);
    const [bad, quiet] = [await submit(appVersionId, 21), await submit(appVersionId, 1, { notifyMail: true })];
    const userId = await ada();
    await current.deps.pool.query("update batch_control set created_by = $2 where batch_id = any($1::bigint[])", [
      [bad, quiet],
      userId,
    ]);
    const another = (await current.host()).userId;
    await expect(setNotices(current.deps, { batchId: bad, userId: another, mailsMe: true })).rejects.toThrow(
      "Only whoever submitted",
    );
    await setNotices(current.deps, { batchId: bad, userId: another, stopAbove: 0.1 });
    // One that somebody paused goes on as it was: it still stops itself.
    await act(bad, { type: "pause" });
    await act(bad, { type: "resume" });
    const kept = "select stop_above as above from batch_control where batch_id = $1";
    expect((await current.deps.pool.query(kept, [bad])).rows).toEqual([{ above: 0.1 }]);
    await setNotices(current.deps, { batchId: bad, userId, mailsMe: true });
    await setNotices(current.deps, { batchId: quiet, userId, mailsMe: false });
    await compute(appVersionId, [...FAILED_20, false, true]);
    await watchBatches(current.deps, current.now);
    await tellBatches(mailing.deps, current.now);
    await mailBatches(mailing.deps, current.now);
    expect(letters.map(({ subject }) => subject.split(":")[0])).toEqual(["Done"]);
    await expect(setNotices(current.deps, { batchId: bad, userId, stopAbove: null })).rejects.toThrow("has ended");
  });
});
