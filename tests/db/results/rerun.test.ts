import { createHash, randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { Viewer } from "../../../server/account/viewer.ts";
import { withdrawAppVersion } from "../../../server/app-version/change-state.ts";
import { auditWorkunit } from "../../../server/audit/audit-workunit.ts";
import { decideAudits } from "../../../server/audit/decide-audits.ts";
import { storeBytes } from "../../../server/file/store-file.ts";
import { prepareRerun } from "../../../server/workunit/prepare-rerun.ts";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { accountViewer } from "../../support/account-viewer.ts";
import { type AppOptions, outputOf, outputReport, withLab } from "../engine/lab.ts";

/** What is told to somebody who wants to compute an ended workunit once more; and whom it is refused, and when. */

const lab = withLab();
const PAIR: AppOptions = { settings: { parameters: { minQuorum: 2 } } };
const rerun = (id: number, viewer: Viewer | null = null) => prepareRerun(lab.current.deps, viewer, String(id));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** As many people as are named report these values, one after the other. */
async function computed(id: number, ...values: number[]): Promise<void> {
  const { current } = lab;
  for (const value of values) {
    const host = await current.host();
    const lease = (await current.claim(host, 16)).find(({ workunitId }) => workunitId === String(id));
    if (lease === undefined) throw new Error(`no result of workunit ${id}`);
    await current.report(host, outputReport(lease, outputOf(value)));
  }
  await current.sweep();
}

async function member(projectId: number): Promise<Viewer> {
  const { userId } = await lab.current.host();
  await lab.current.rows(
    "insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, 'submitter', 1)",
    [projectId, userId],
  );
  return accountViewer(userId);
}

test("all that a re-run needs, and where the bytes are", async () => {
  const { current } = lab;
  const { appVersionId } = await current.app({ ...PAIR, manifest: { files: ["table"], examples: [withTable] } });
  const table = await storeBytes(current.deps, randomBytes(10), current.now);
  const [small = 0] = await current.submit(appVersionId, 1, { files: { table } });
  const large = randomBytes(20_000);
  await computed(small, 7, 7);
  const [big = 0] = await current.submit(appVersionId, 1, { files: { table }, input: large });
  await computed(big, 8, 8);
  const { hash } = await current.row<{ hash: string }>("select hash from app_version where id = $1", [appVersionId]);
  expect(await rerun(small)).toEqual({
    workunitId: small,
    app: { title: "Test", version: "1.0.0" },
    kernel: { sha256: hash, path: `/api/files/${hash}` },
    input: { sha256: sha256(Buffer.from("0")), base64: Buffer.from("0").toString("base64") },
    files: { table: { sha256: table, path: `/api/files/${table}` } },
    seed: null,
    output: { sha256: sha256(outputOf(7)), bytes: 4, path: `/api/workunits/${small}/output` },
    comparator: { type: "exact" },
    backend: "wasm",
    sameClassOnly: false,
  });
  expect((await rerun(big)).input).toEqual({ sha256: sha256(large), path: `/api/files/${sha256(large)}` });
});

const withTable = { name: "nothing", input: "empty", files: { table: "empty" }, output: "empty" };

test("the seed is the one that the answer was computed with", async () => {
  const { current } = lab;
  const seeded = { seed: true, examples: [{ name: "nothing", input: "empty", output: "empty", seed: "1" }] };
  const { appVersionId } = await current.app({ ...PAIR, manifest: seeded });
  const [id = 0] = await current.submit(appVersionId, 1);
  await computed(id, 3, 3);
  const { number } = await current.row<{ number: number }>(
    "select r.number from workunit w join result r on r.id = w.canonical_result_id where w.id = $1",
    [id],
  );
  expect((await rerun(id)).seed).toBe(current.deps.secrets.seed(id, number));
});

test("an answer whose bytes are gone is known by its SHA-256", async () => {
  const { current } = lab;
  const { appVersionId } = await current.app(PAIR);
  const [id = 0] = await current.submit(appVersionId, 1);
  await computed(id, 3, 3);
  await current.rows("update workunit set output_deleted_seconds = 1 where id = $1", [id]);
  expect((await rerun(id)).output).toEqual({ sha256: sha256(outputOf(3)), bytes: 4, path: null });
});

describe("is refused", () => {
  const conflict = (message: RegExp) => ({ code: "conflict", message: expect.stringMatching(message) });

  test("while nothing is decided", async () => {
    const { appVersionId } = await lab.current.app(PAIR);
    const [id = 0] = await lab.current.submit(appVersionId, 1);
    await expect(rerun(id)).rejects.toMatchObject(conflict(/^This workunit is not decided yet/));
    await computed(id, 1);
    await expect(rerun(id)).rejects.toMatchObject(conflict(/^This workunit is not decided yet/));
  });

  test("while somebody still computes it, who could copy", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 2, targetNResults: 3 } } });
    const [id = 0] = await current.submit(appVersionId, 1);
    const slow = await current.host();
    const [lease] = await current.claim(slow);
    if (lease === undefined) throw new Error("no work");
    await computed(id, 1, 1);
    await expect(rerun(id)).rejects.toMatchObject(conflict(/^Somebody is still computing this workunit/));
    await current.report(slow, outputReport(lease, outputOf(1)));
    await expect(rerun(id)).resolves.toMatchObject({ workunitId: id });
  });

  test("where no answer stands: cancelled, or recalled after a later check", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
    const [cancelled = 0, wrong = 0] = await current.submit(appVersionId, 2);
    await cancelWorkunits(current.deps, [cancelled], current.now);
    await expect(rerun(cancelled)).rejects.toMatchObject(conflict(/^This workunit ended without an answer/));
    await computed(wrong, 1);
    await auditWorkunit(current.deps, wrong, current.now);
    const { id: audit } = await current.row<{ id: number }>("select max(workunit_id) as id from audit");
    await computed(audit, 2, 2);
    await decideAudits(current.deps, current.now);
    await expect(rerun(wrong)).rejects.toMatchObject(conflict(/^The answer of this workunit was recalled/));
  });

  test("of a withdrawn program", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(PAIR);
    const [id = 0] = await current.submit(appVersionId, 1);
    await computed(id, 1, 1);
    await withdrawAppVersion(current.deps, { appVersionId, reason: "It was wrong." }, current.now);
    await expect(rerun(id)).rejects.toMatchObject(conflict(/^The program of this workunit was withdrawn/));
  });

  test("when its files are gone", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(PAIR);
    const input = randomBytes(20_000);
    const [id = 0] = await current.submit(appVersionId, 1, { input });
    await computed(id, 1, 1);
    for (const table of ["file_use", "project_file"]) {
      await current.rows(`delete from ${table} where sha256 = $1`, [sha256(input)]);
    }
    await expect(rerun(id)).rejects.toMatchObject(conflict(/^The files of this workunit are not kept/));
  });

  describe("to whom the data are none of their business", () => {
    let [id, projectId] = [0, 0];
    beforeAll(async () => {
      const { appVersionId, projectId: made } = await lab.current.app(PAIR);
      projectId = made;
      [id = 0] = await lab.current.submit(appVersionId, 1);
      await computed(id, 1, 1);
    });

    test("members' data: to all but members", async () => {
      await lab.current.rows("update project set is_public = false where id = $1", [projectId]);
      const refused = { code: "not_found", message: "The results of this project are its members' only." };
      await expect(rerun(id)).rejects.toMatchObject(refused);
      await expect(rerun(id, accountViewer((await lab.current.host()).userId))).rejects.toMatchObject(refused);
      await expect(rerun(id, await member(projectId))).resolves.toMatchObject({ workunitId: id });
    });

    test("a hidden project: as if there were no such workunit", async () => {
      await lab.current.rows("update project set state = 'unpublished' where id = $1", [projectId]);
      const refused = { code: "not_found", message: "There is no such workunit." };
      await expect(rerun(id)).rejects.toMatchObject(refused);
      await expect(rerun(999_999_999)).rejects.toMatchObject(refused);
      await expect(rerun(id, await member(projectId))).resolves.toMatchObject({ workunitId: id });
    });
  });
});
