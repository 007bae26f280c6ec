import type { AppVersion } from "../app-version/app-versions.ts";
import { projectOrder, type QueuedProject } from "../core/scheduling/fair-share.ts";
import type { Deps } from "../deps.ts";
import type { ExchangingHost } from "../host/asking-host.ts";
import { usableBackends } from "../result/claim-results.ts";
import { flopsLastDay, flopsLastDayOfUser } from "./flops-last-day.ts";

/**
 * The app versions a host may work for, best first: the volunteer's own shares rule, inside them the project that had the
 * least per weight (S74), and of one project the versions with the oldest first.
 */
export async function chooseVersions(
  deps: Deps,
  { host, shares }: { host: ExchangingHost; shares: Readonly<Record<string, number>> | undefined },
  nowSeconds: number,
): Promise<AppVersion[]> {
  const runnable = [...(await deps.versions.list()).values()].filter(
    (version) => version.state !== "withdrawn" && usableBackends(host, version).length > 0,
  );
  const own = runnable.every(({ project }) => project.isVisible) ? null : await ownProjects(deps, host.userId);
  const usable = runnable.filter(({ project }) => project.isVisible || own?.has(project.id));
  const projects = new Map(usable.map(({ project }) => [project.id, project]));
  if (projects.size <= 1 && shares === undefined) return usable.sort((a, b) => a.id - b.id);
  const ofSite = await flopsLastDay(deps, nowSeconds);
  const ofUser = shares === undefined ? null : await flopsLastDayOfUser(deps, host.userId, nowSeconds);
  const queued = [...projects.values()].map(
    (project): QueuedProject => ({
      projectId: String(project.id),
      share: project.share,
      flopsLastDay: ofSite.get(project.id) ?? 0,
      ownShare: shares === undefined ? null : (shares[project.slug] ?? 0),
      ownFlopsLastDay: ofUser?.get(project.id) ?? 0,
    }),
  );
  const position = new Map(projectOrder(queued).map((id, index) => [Number(id), index]));
  return usable
    .filter((version) => position.has(version.project.id))
    .sort((a, b) => (position.get(a.project.id) ?? 0) - (position.get(b.project.id) ?? 0) || a.id - b.id);
}

/** Unpublished projects that the user is a member of: their work is tried out by their own people. Never suspended ones. */
async function ownProjects({ pool }: Deps, userId: number): Promise<Set<number>> {
  const { rows } = await pool.query<{ id: number }>(
    `select p.id from project_member m join app_user u on u.id = m.user_id join project p on p.id = m.project_id
      where coalesce(u.merged_into, u.id) = $1 and p.suspended_reason is null`,
    [userId],
  );
  return new Set(rows.map((row) => row.id));
}
