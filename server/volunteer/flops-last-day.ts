import { FLOPS_PER_MICRO_COBBLESTONE } from "../core/credit/cobblestones.ts";
import { DAY_SECONDS } from "../core/limits.ts";
import type { Deps } from "../deps.ts";

/** One process measures the site at most this often; between two measurements its own hand-outs are added. */
const KEPT_SECONDS = 10;

type Measured = { atSeconds: number; byProject: Promise<Map<number, number>> };
const measured = new WeakMap<Deps, Measured>();

/**
 * FLOPs per project in the last day, from the hourly sums of granted credit. Work handed out since is added by
 * `noteHandedOut`, so that a project without finished work does not take everything at once.
 */
export async function flopsLastDay(deps: Deps, nowSeconds: number): Promise<ReadonlyMap<number, number>> {
  const last = measured.get(deps);
  if (last !== undefined && Math.abs(nowSeconds - last.atSeconds) < KEPT_SECONDS) return await last.byProject;
  const byProject = sum(
    deps,
    "select project_id, sum(amount_micro)::float8 as micro from credit_hour where hour_seconds > $1 group by project_id",
    [nowSeconds - DAY_SECONDS],
  );
  measured.set(deps, { atSeconds: nowSeconds, byProject });
  byProject.catch(() => measured.delete(deps));
  return await byProject;
}

/** The same of one user. */
export async function flopsLastDayOfUser(
  deps: Deps,
  userId: number,
  nowSeconds: number,
): Promise<ReadonlyMap<number, number>> {
  return await sum(
    deps,
    "select project_id, sum(amount_micro)::float8 as micro from credit_entry where user_id = $2 and granted_seconds > $1 group by project_id",
    [nowSeconds - DAY_SECONDS, userId],
  );
}

/** Counts what this process handed out since the last measurement. */
export async function noteHandedOut(deps: Deps, projectId: number, flops: number): Promise<void> {
  const byProject = await measured.get(deps)?.byProject;
  byProject?.set(projectId, (byProject.get(projectId) ?? 0) + flops);
}

async function sum(deps: Deps, text: string, values: number[]): Promise<Map<number, number>> {
  const { rows } = await deps.pool.query<{ project_id: number; micro: number }>(text, values);
  return new Map(rows.map((row) => [row.project_id, row.micro * FLOPS_PER_MICRO_COBBLESTONE]));
}
