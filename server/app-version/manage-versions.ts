import type { Viewer } from "../account/viewer.ts";
import type { Pool } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { writeDown } from "../operator/audit-log.ts";
import { noSuchProject, type Role, requireRole } from "../project/authorise.ts";
import { deprecateAppVersion, type Withdrawal, withdrawAppVersion } from "./change-state.ts";
import { listAppVersions, type VersionSummary } from "./list-app-versions.ts";
import { replaceUnsentWorkunits } from "./replace-workunits.ts";

export type AppWithVersions = { app: string; title: string; versions: VersionSummary[] };

/** A project's apps that have versions, each with all of them. Who may see the project may see them: the caller checks. */
export async function listVersionsByApp(deps: Pick<Deps, "pool">, projectId: number): Promise<AppWithVersions[]> {
  const { rows } = await deps.pool.query<{ id: number; name: string }>(
    "select id, name from app a where project_id = $1 and exists (select from app_version where app_id = a.id) order by id",
    [projectId],
  );
  const apps = await Promise.all(
    rows.map(async ({ id, name }) => ({ app: name, versions: await listAppVersions(deps, id) })),
  );
  return apps.map(({ app, versions }) => ({ app, title: versions[0]?.title ?? app, versions }));
}

/** Nobody needs to know exactly how many more there are. */
const COUNTED_MAX = 10_000;

/** Workunits that a change of a version would concern. A number above `countedMax` means: more than that. */
export type VersionEffect = { open: number; unsent: number; completed: number; countedMax: number };

/** @throws {Refusal} below owner. */
export async function effectOfChange(deps: Deps, viewer: Viewer, appVersionId: number): Promise<VersionEffect> {
  await requireVersionRole(deps.pool, viewer, appVersionId, "owner");
  const count = async (condition: string): Promise<number> => {
    const { rows } = await deps.pool.query<{ n: number }>(
      `select count(*)::int as n from (
         select from batch b join workunit w on w.batch_id = b.id
          where b.app_version_id = $1 and w.recalled_seconds is null and ${condition} limit ${COUNTED_MAX + 1}) counted`,
      [appVersionId],
    );
    return rows[0]?.n ?? 0;
  };
  const [open, unsent, completed] = await Promise.all([
    count("w.state = 'open'"),
    count(`w.state = 'open' and not exists (select from result r where r.workunit_id = w.id and r.state <> 'unsent')
           and not exists (select from audit a where a.workunit_id = w.id)`),
    count("w.state = 'completed'"),
  ]);
  return { open, unsent, completed, countedMax: COUNTED_MAX };
}

type Change = { appVersionId: number; reason: string };

/** No new batches for this version. @throws {Refusal} below owner. */
export async function deprecateVersion(
  deps: Deps,
  viewer: Viewer,
  change: Change,
  nowSeconds: number,
): Promise<{ changed: boolean }> {
  const about = await requireVersionRole(deps.pool, viewer, change.appVersionId, "owner");
  const done = await deprecateAppVersion(deps, change, nowSeconds);
  if (done.changed) await note(deps, viewer, { about, action: "version.deprecate", reason: change.reason }, nowSeconds);
  return done;
}

/** Nothing of this version counts any more. @throws {Refusal} below owner. */
export async function withdrawVersion(
  deps: Deps,
  viewer: Viewer,
  change: Change,
  nowSeconds: number,
): Promise<Withdrawal> {
  const about = await requireVersionRole(deps.pool, viewer, change.appVersionId, "owner");
  const done = await withdrawAppVersion(deps, change, nowSeconds);
  const { cancelled, recalled } = done;
  if (done.changed || cancelled + recalled > 0) {
    const deed = { about, action: "version.withdraw", reason: change.reason, cancelled, recalled };
    await note(deps, viewer, deed, nowSeconds);
  }
  return done;
}

/** What was never sent is made anew on another version of the same app. @throws {Refusal} below owner of either. */
export async function replaceOnVersion(
  deps: Deps,
  viewer: Viewer,
  replacement: { fromVersionId: number; toVersionId: number },
  nowSeconds: number,
): Promise<{ replaced: number }> {
  const about = await requireVersionRole(deps.pool, viewer, replacement.fromVersionId, "owner");
  const to = await requireVersionRole(deps.pool, viewer, replacement.toVersionId, "owner");
  const done = await replaceUnsentWorkunits(deps, replacement, nowSeconds);
  if (done.replaced > 0) {
    const deed = { about, action: "version.replace", by: to.version, replaced: done.replaced };
    await note(deps, viewer, deed, nowSeconds);
  }
  return done;
}

type About = { projectId: number; app: string; version: string };

/** Of a version that is not there nobody learns more than of a project that is hidden. */
async function requireVersionRole(pool: Pool, viewer: Viewer, appVersionId: number, role: Role): Promise<About> {
  const { rows } = await pool.query<About>(
    `select a.project_id as "projectId", a.name as app, v.version
       from app_version v join app a on a.id = v.app_id where v.id = $1`,
    [appVersionId],
  );
  const about = rows[0];
  if (about === undefined) throw noSuchProject();
  await requireRole({ pool }, viewer, about.projectId, role);
  return about;
}

async function note(
  { pool }: Deps,
  { userId: actorId }: Viewer,
  {
    about: { projectId, app, version },
    action,
    ...details
  }: { about: About; action: string } & Record<string, unknown>,
  nowSeconds: number,
): Promise<void> {
  const subject = { kind: "project" as const, id: projectId };
  await writeDown(pool, { actorId, action, subject, projectId, details: { app, version, ...details } }, nowSeconds);
}
