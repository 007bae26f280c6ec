import { describe, expect, test } from "vitest";
import { deprecateAppVersion, withdrawAppVersion } from "../../../server/app-version/change-state.ts";
import { listAppVersions } from "../../../server/app-version/list-app-versions.ts";
import { listVersionsByApp } from "../../../server/app-version/manage-versions.ts";
import { publishAppVersion } from "../../../server/app-version/publish-app-version.ts";
import { replaceUnsentWorkunits } from "../../../server/app-version/replace-workunits.ts";
import type { Deps } from "../../../server/deps.ts";
import { createFold } from "../../../server/science/confirmed-outputs.ts";
import { HELD_SHIFT } from "../../../server/sql/find-candidates.ts";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { ledgerProblems } from "../../support/check-ledger.ts";
import { type Lab, outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();
const QUORUM_OF_TWO = { settings: { parameters: { minQuorum: 2 } } };

type Workunit = { id: number; state: string; errors: string[]; recalled: boolean; replaces_id: number | null };
const workunits = (appVersionId: number) =>
  lab.current.rows<Workunit>(
    "select id, state, errors, recalled_seconds is not null as recalled, replaces_id from workunit where app_version_id = $1 order by id",
    [appVersionId],
  );

/** The next version of the same app: the same bytes under another number. */
async function nextVersion(engine: Lab, appVersionId: number, changed: object = {}): Promise<number> {
  const row = await engine.row<{ app_id: number; manifest: Record<string, unknown>; files: Record<string, string> }>(
    "select app_id, manifest, files from app_version where id = $1",
    [appVersionId],
  );
  const files = new Map<string, Uint8Array>();
  for (const [path, sha256] of Object.entries(row.files)) {
    files.set(path, await engine.deps.storage.read(`files/${sha256.slice(0, 2)}/${sha256}`));
  }
  const manifest = { ...row.manifest, version: "1.1.0", ...changed };
  return (await publishAppVersion(engine.deps, { appId: row.app_id, package: { manifest, files } }, engine.now))
    .appVersionId;
}

/** Two people give the same answer. */
async function confirm(engine: Lab, value: number): Promise<string> {
  let workunitId = "";
  for (let count = 0; count < 2; count++) {
    const host = await engine.host();
    const [lease] = await engine.claim(host);
    if (lease === undefined) throw new Error("no work");
    workunitId = lease.workunitId;
    await engine.report(host, outputReport(lease, outputOf(value)));
  }
  return workunitId;
}

test("the versions of an app, with all that people are told of them", async () => {
  const { current } = lab;
  const { appVersionId } = await current.app({ manifest: { sourceUrl: "https://example.org/kernel" } });
  await nextVersion(current, appVersionId, { exactness: "exact" });
  await deprecateAppVersion(current.deps, { appVersionId, reason: "old" }, current.now);
  const { app_id: appId } = await current.row<{ app_id: number }>("select app_id from app_version where id = $1", [
    appVersionId,
  ]);
  const versions = await listAppVersions(current.deps, appId);
  expect(versions).toMatchObject([
    { version: "1.1.0", state: "published", stateReason: null, stateSeconds: null },
    { version: "1.0.0", state: "deprecated", stateReason: "old", stateSeconds: current.now },
  ]);
  const [newest] = versions;
  expect(newest).toMatchObject({
    sourceUrl: "https://example.org/kernel",
    licence: "MIT",
    backends: ["wasm"],
    signerKey: null,
    publishedBy: null,
  });
  // What proving it showed here is kept with the build, and told wherever the same build is published.
  expect(newest?.proof).toEqual({
    provenSeconds: current.now,
    unitsPerSecond: null,
    examples: [{ name: "nothing", computeMs: expect.any(Number), steps: 1, checkpointSteps: 1, differingBytes: 0 }],
  });
  const [, first] = versions;
  current.now += 60;
  const twin = await current.app({ manifest: { sourceUrl: "https://example.org/kernel" } });
  const [app] = await listVersionsByApp(current.deps, twin.projectId);
  expect(app?.versions).toMatchObject([{ hash: first?.hash, createdSeconds: current.now, proof: first?.proof }]);
  expect(first?.proof?.provenSeconds).toBe(current.now - 60);
  // A hidden project's build is nobody's business: who publishes the same one sees what it would be without.
  const hide = (state: string, ids: number[]) =>
    current.rows("update project set state = $1 where id = any($2::bigint[])", [state, ids]);
  const { project_id: original } = await current.row<{ project_id: number }>(
    "select project_id from app where id = $1",
    [appId],
  );
  await hide("unpublished", [original, twin.projectId]);
  current.now += 60;
  const third = await current.app({ manifest: { sourceUrl: "https://example.org/kernel" } });
  const [shown] = await listVersionsByApp(current.deps, third.projectId);
  expect(shown?.versions[0]?.proof).toMatchObject({ provenSeconds: current.now, examples: [{ name: "nothing" }] });
  await hide("published", [original, twin.projectId]);
  // The address gives the document, to anybody.
  const document = await current.deps.storage.read(`files/${newest?.hash.slice(0, 2)}/${newest?.hash}`);
  expect(JSON.parse(document.toString())).toMatchObject({
    manifest: { version: "1.1.0" },
    files: { "kernel.wasm": expect.any(String) },
  });
});

describe("deprecated", () => {
  test("no new batches, and what was submitted goes on and counts", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(QUORUM_OF_TWO);
    await current.submit(appVersionId, 1);
    expect(await deprecateAppVersion(current.deps, { appVersionId, reason: "1.1.0 is faster" }, current.now)).toEqual({
      changed: true,
    });
    expect(await deprecateAppVersion(current.deps, { appVersionId, reason: "again" }, current.now)).toEqual({
      changed: false,
    });
    await expect(current.submit(appVersionId, 1)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("deprecated"),
    });
    const id = await confirm(current, 7);
    expect(await workunits(appVersionId)).toMatchObject([{ id: Number(id), state: "completed", recalled: false }]);
    const { state_reason } = await current.row("select state_reason from app_version where id = $1", [appVersionId]);
    expect(state_reason).toBe("1.1.0 is faster");
  });

  test("another process that still has the version in its list is refused too", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const old = (await current.deps.versions.list()).get(appVersionId);
    if (old === undefined) throw new Error("not listed");
    await deprecateAppVersion(current.deps, { appVersionId, reason: "" }, current.now);
    const late: Deps = {
      ...current.deps,
      versions: { ...current.deps.versions, list: async () => new Map([[appVersionId, old]]) },
    };
    await expect(current.with(late).submit(appVersionId, 1)).rejects.toMatchObject({ code: "conflict" });
    expect(await workunits(appVersionId)).toEqual([]);
  });
});

describe("withdrawn", () => {
  test("open workunits are cancelled, confirmed ones recalled with one message each, credit stays", async () => {
    const { current } = lab;
    const { appVersionId, projectId } = await current.app(QUORUM_OF_TWO);
    const confirmed: number[] = [];
    for (const value of [1, 2]) {
      await current.submit(appVersionId, 1);
      confirmed.push(Number(await confirm(current, value)));
    }
    await current.submit(appVersionId, 2);
    const holder = await current.host();
    const [held] = await current.claim(holder);
    if (held === undefined) throw new Error("no work");
    await current.sweep();
    const credit = async () =>
      await current.rows("select result_id, amount_micro from credit_entry where project_id = $1 order by 1", [
        projectId,
      ]);
    const before = await credit();
    expect(before).toHaveLength(4);

    const withdrawal = { appVersionId, reason: "wrong at the borders" };
    expect(await withdrawAppVersion(current.deps, withdrawal, current.now)).toEqual({
      changed: true,
      cancelled: 2,
      recalled: 2,
    });
    for (const workunit of await workunits(appVersionId)) {
      const isConfirmed = confirmed.includes(workunit.id);
      expect(workunit).toMatchObject(
        isConfirmed
          ? { state: "completed", recalled: true }
          : { state: "failed", errors: ["cancelled"], recalled: false },
      );
    }
    expect(await withdrawAppVersion(current.deps, withdrawal, current.now)).toEqual({
      changed: false,
      cancelled: 0,
      recalled: 0,
    });
    const messages = await current.rows<{ key: string }>(
      "select key from outbox where project_id = $1 and kind = 'recall' order by workunit_id",
      [projectId],
    );
    expect(messages.map(({ key }) => key)).toEqual(confirmed.map((id) => `recall:${id}`));

    // Who held a result may report it: it changes nothing, and nobody is to blame.
    await current.report(holder, outputReport(held, outputOf(9)));
    await current.sweep();
    const told = await current.rows<{ workunit_id: number }>(
      "select workunit_id from assimilated_result where project_id = $1 and recalled_seconds is not null order by 1",
      [projectId],
    );
    expect(told.map(({ workunit_id }) => workunit_id)).toEqual(confirmed);
    expect(await credit()).toEqual(before);
    expect(
      await current.rows("select from host_app_version where app_version_id = $1 and (invalid > 0 or errors > 0)", [
        appVersionId,
      ]),
    ).toEqual([]);
    expect(await ledgerProblems(current.deps.pool, { atRest: false })).toEqual([]);
    expect(await current.claim(await current.host())).toEqual([]);
    await expect(current.submit(appVersionId, 1)).rejects.toMatchObject({ code: "conflict" });
  });

  test("pictures of the science drop its outputs at once, also those that are not recalled yet", async () => {
    const { current } = lab;
    const { appVersionId, slug } = await current.app(QUORUM_OF_TWO);
    await current.submit(appVersionId, 1);
    const id = Number(await confirm(current, 1));
    await current.sweep();
    const fold = createFold<number[]>(current.deps, {
      name: "test",
      empty: () => [],
      add: (picture, { workunitId }) => void picture.push(workunitId),
    });
    expect(await fold.get(slug)).toEqual([id]);
    const dying = current.with({
      boundary: (transaction, moment) => {
        if (transaction === "recall-withdrawn" && moment === "before_commit") throw new Error("the process dies");
      },
    });
    const withdrawal = { appVersionId, reason: "" };
    await expect(withdrawAppVersion(dying.deps, withdrawal, current.now)).rejects.toThrow("dies");
    expect(await fold.get(slug)).toEqual([]);
    await withdrawAppVersion(current.deps, withdrawal, current.now);
    expect(await fold.get(slug)).toEqual([]);
  });

  test("a process that died in the middle is gone on for by the next call", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(QUORUM_OF_TWO);
    await current.submit(appVersionId, 1);
    await confirm(current, 1);
    await current.submit(appVersionId, 1);
    const dying = current.with({
      boundary: (transaction, moment) => {
        if (transaction === "recall-withdrawn" && moment === "before_commit") throw new Error("the process dies");
      },
    });
    const withdrawal = { appVersionId, reason: "" };
    await expect(withdrawAppVersion(dying.deps, withdrawal, current.now)).rejects.toThrow("dies");
    expect((await workunits(appVersionId)).map(({ state, recalled }) => [state, recalled]).sort()).toEqual([
      ["completed", false],
      ["failed", false],
    ]);
    expect(await withdrawAppVersion(current.deps, withdrawal, current.now)).toEqual({
      changed: false,
      cancelled: 0,
      recalled: 1,
    });
  });

  test("more workunits than one transaction takes, in several batches", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 700);
    await current.submit(appVersionId, 400);
    expect(await withdrawAppVersion(current.deps, { appVersionId, reason: "" }, current.now)).toMatchObject({
      cancelled: 1100,
    });
    expect((await workunits(appVersionId)).filter(({ state }) => state !== "failed")).toEqual([]);
  });

  test("a version that does not exist is not found", async () => {
    await expect(withdrawAppVersion(lab.current.deps, { appVersionId: 999_999, reason: "" }, 1)).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("workunits of which nothing was sent", () => {
  test("join a batch that was over before they came, and it counts them", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(QUORUM_OF_TWO);
    // More than one transaction takes; after the first everything on the new version ends.
    const old = await current.submit(appVersionId, 510);
    const toVersionId = await nextVersion(current, appVersionId);
    const batch = () =>
      current.row("select n_workunits, n_failed, in_total from batch where app_version_id = $1", [toVersionId]);
    const seen: unknown[] = [];
    const boundary = async (name: string, moment: string) => {
      if (name !== "replace" || moment !== "after_commit" || seen.length > 0) return;
      const made = await workunits(toVersionId);
      await cancelWorkunits(
        current.deps,
        made.map(({ id }) => id),
        current.now,
      );
      await current.sweep();
      seen.push(await batch());
    };
    const pair = { fromVersionId: appVersionId, toVersionId };
    await replaceUnsentWorkunits({ ...current.deps, boundary }, pair, current.now);
    expect(seen).toEqual([{ n_workunits: 500, n_failed: 500, in_total: true }]);
    expect(await batch()).toEqual({ n_workunits: old.length, n_failed: 500, in_total: false });
    expect(await ledgerProblems(current.deps.pool, { atRest: false })).toEqual([]);
    const open = (await workunits(toVersionId)).filter(({ state }) => state === "open");
    await cancelWorkunits(
      current.deps,
      open.map(({ id }) => id),
      current.now,
    );
    await current.sweep();
    expect(await batch()).toEqual({ n_workunits: old.length, n_failed: old.length, in_total: true });
    expect(await ledgerProblems(current.deps.pool, { atRest: false })).toEqual([]);
  });

  test("are made anew on another version, linked; those that somebody has stay", async () => {
    const { current } = lab;
    const { appVersionId, projectId } = await current.app(QUORUM_OF_TWO);
    await current.submit(appVersionId, 5, { tags: { row: 3 }, priority: 2, parameters: { minQuorum: 3 } });
    await current.submit(appVersionId, 1, { input: new Uint8Array(20_000) });
    const holder = await current.host();
    const [held] = await current.claim(holder);
    const toVersionId = await nextVersion(current, appVersionId);
    const pair = { fromVersionId: appVersionId, toVersionId };
    expect(await replaceUnsentWorkunits(current.deps, pair, current.now)).toEqual({ replaced: 5 });
    expect(await replaceUnsentWorkunits(current.deps, pair, current.now)).toEqual({ replaced: 0 });

    const [old, fresh] = [await workunits(appVersionId), await workunits(toVersionId)];
    expect(old.filter(({ state }) => state === "open").map(({ id }) => String(id))).toEqual([held?.workunitId]);
    const cancelled = old.filter(({ errors }) => errors.includes("cancelled")).map(({ id }) => id);
    expect(fresh.map(({ replaces_id }) => replaces_id)).toEqual(cancelled);
    expect(fresh.every(({ state }) => state === "open")).toBe(true);
    const copied =
      "select name, input, input_sha256, tags, priority, flops, min_quorum, target_nresults, n_results from workunit where id = any($1) order by id";
    const originals = await current.rows(copied, [cancelled]);
    expect(await current.rows(copied, [fresh.map(({ id }) => id)])).toEqual(originals);
    const results = await current.rows<{ n: number; own: boolean }>(
      `select count(*)::int as n, bool_and(r.state = 'unsent' and r.exclusion_key = r.workunit_id and r.app_version_id = $1) as own
         from result r join workunit w on w.id = r.workunit_id where w.app_version_id = $1 group by w.id`,
      [toVersionId],
    );
    expect(results.map(({ n, own }) => [n, own]).sort()).toEqual([
      [2, true],
      [3, true],
      [3, true],
      [3, true],
      [3, true],
    ]);
    const batches = await current.rows<{ name: string; n_workunits: number; kept: number }>(
      `select b.name, b.n_workunits, (select count(*)::int from file_use u where u.kind = 'batch' and u.subject_id = b.id) as kept
         from batch b where b.app_version_id = $1 order by b.id`,
      [toVersionId],
    );
    expect(batches).toEqual([
      { name: "Batch", n_workunits: 4, kept: 0 },
      { name: "Batch", n_workunits: 1, kept: 1 },
    ]);

    // The new ones are computed like any other, and the project is told of both.
    const leases = await current.claim(await current.host(), 10);
    expect(leases).toHaveLength(6);
    await current.sweep();
    const told = await current.rows("select from assimilated_result where project_id = $1 and errors = '{cancelled}'", [
      projectId,
    ]);
    expect(told).toHaveLength(5);
  });

  test("what was paused goes on in its new place, with its own priority", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 1, { priority: 7 });
    // As pausing a batch does it (server/batch/control-batch.ts).
    await current.rows(
      `with held as (update workunit set priority = priority - $2 where app_version_id = $1 returning id, priority)
       update result r set queue_rank = -held.priority from held where r.workunit_id = held.id`,
      [appVersionId, HELD_SHIFT],
    );
    expect(await current.claim(await current.host())).toEqual([]);
    const toVersionId = await nextVersion(current, appVersionId);
    const pair = { fromVersionId: appVersionId, toVersionId };
    expect(await replaceUnsentWorkunits(current.deps, pair, current.now)).toEqual({ replaced: 1 });
    const fresh =
      "select w.priority, r.queue_rank from workunit w join result r on r.workunit_id = w.id where w.app_version_id = $1";
    const [row] = await current.rows(fresh, [toVersionId]);
    expect(row).toEqual({ priority: 7, queue_rank: -7 });
    expect(await current.claim(await current.host())).toHaveLength(1);
  });

  test("versions that do not fit, or take no work, are refused in words", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 1, { input: new Uint8Array(500) });
    const other = await current.app();
    const small = await nextVersion(current, appVersionId, { limits: { inputBytes: 100, outputBytes: 200_000 } });
    const refused = (toVersionId: number) =>
      expect(replaceUnsentWorkunits(current.deps, { fromVersionId: appVersionId, toVersionId }, current.now)).rejects;
    await refused(appVersionId).toThrow("the same version");
    await refused(other.appVersionId).toThrow("different apps");
    await refused(999_999).toMatchObject({ code: "not_found" });
    await refused(small).toThrow("has 500 bytes, version 1.1.0 takes 100");
    await deprecateAppVersion(current.deps, { appVersionId: small, reason: "" }, current.now);
    await refused(small).toThrow("it is deprecated");
    expect((await workunits(appVersionId)).map(({ state }) => state)).toEqual(["open"]);
  });
});
