import { expect, test } from "vitest";
import type { Viewer } from "../../../server/account/viewer.ts";
import {
  deprecateVersion,
  effectOfChange,
  listVersionsByApp,
  withdrawVersion,
} from "../../../server/app-version/manage-versions.ts";
import { accountViewer } from "../../support/account-viewer.ts";
import { outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();

/** Somebody with a role in a project; null: with none. */
async function person(projectId: number, role: string | null): Promise<Viewer> {
  const { userId } = await lab.current.row<{ userId: number }>(
    `insert into app_user (name, is_anonymous, created_seconds) values ('p', false, 1) returning id::int as "userId"`,
  );
  if (role !== null) {
    await lab.current.rows(
      "insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, $3, 1)",
      [projectId, userId, role],
    );
  }
  return accountViewer(userId);
}

test("an owner is told what a change concerns, and what was done is in the log with its reason", async () => {
  const { current } = lab;
  const { appVersionId, projectId } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
  const owner = await person(projectId, "owner");
  await current.submit(appVersionId, 4);
  const host = await current.host();
  const [first] = await current.claim(host);
  if (first === undefined) throw new Error("no work");
  await current.report(host, outputReport(first, outputOf(1)));
  await current.sweep();
  // One is confirmed, one somebody has, two were never sent.
  const other = await current.host();
  expect(await current.claim(other)).toHaveLength(1);
  expect(await effectOfChange(current.deps, owner, appVersionId)).toEqual({
    open: 3,
    unsent: 2,
    completed: 1,
    countedMax: 10_000,
  });

  const change = { appVersionId, reason: "It reads its input wrongly." };
  expect(await deprecateVersion(current.deps, owner, change, current.now)).toEqual({ changed: true });
  expect(await deprecateVersion(current.deps, owner, change, current.now)).toEqual({ changed: false });
  const done = await withdrawVersion(current.deps, owner, change, current.now);
  expect(done).toEqual({ changed: true, cancelled: 3, recalled: 1 });
  expect(await effectOfChange(current.deps, owner, appVersionId)).toMatchObject({ open: 0, completed: 0 });
  const deeds = await current.rows<{ action: string; actor: number; reason: string }>(
    `select action, actor_id::int as actor, details->>'reason' as reason from audit_log where project_id = $1 order by id`,
    [projectId],
  );
  expect(deeds).toEqual(
    ["version.deprecate", "version.withdraw"].map((action) => ({ action, actor: owner.userId, reason: change.reason })),
  );
  const [app] = await listVersionsByApp(current.deps, projectId);
  expect(app?.versions).toMatchObject([{ appVersionId, state: "withdrawn", stateReason: change.reason }]);
});

test("admins and strangers change nothing, and of a version that is not there nobody learns anything", async () => {
  const { current } = lab;
  const { appVersionId, projectId } = await current.app();
  const change = { appVersionId, reason: "No." };
  for (const role of ["admin", "submitter", null]) {
    const viewer = await person(projectId, role);
    await expect(withdrawVersion(current.deps, viewer, change, current.now)).rejects.toThrow(/^Only owners/);
  }
  const viewer = await person(projectId, "owner");
  const missing = { ...change, appVersionId: 999_999 };
  await expect(withdrawVersion(current.deps, viewer, missing, current.now)).rejects.toThrow(
    "There is no such project.",
  );
  const [app] = await listVersionsByApp(current.deps, projectId);
  expect(app?.versions[0]?.state).toBe("published");
});
