import type { AppVersion } from "../app-version/app-versions.ts";
import { CALM, type SystemConditions } from "../core/replication/policies/adaptive.ts";
import type { Deps } from "../deps.ts";

/** How long a measurement serves: the conditions are a matter of the last hour. */
const KEPT_SECONDS = 30;
const WINDOW_SECONDS = 3_600;

type Measured = { atSeconds: number; conditions: SystemConditions };
const measured = new WeakMap<Deps, Map<number, Measured>>();

/** How the pool does for one app version: what adaptive replication may react to (R000.17). */
export async function systemConditions(deps: Deps, version: AppVersion, nowSeconds: number): Promise<SystemConditions> {
  const { policy } = version.app.settings;
  if (policy.type !== "adaptive" || policy.disagreementAbove === undefined) return CALM;
  const known = measured.get(deps) ?? new Map<number, Measured>();
  measured.set(deps, known);
  const last = known.get(version.id);
  if (last !== undefined && Math.abs(nowSeconds - last.atSeconds) < KEPT_SECONDS) return last.conditions;
  const conditions = await measure(deps, version.id, nowSeconds);
  known.set(version.id, { atSeconds: nowSeconds, conditions });
  return conditions;
}

async function measure(deps: Deps, appVersionId: number, nowSeconds: number): Promise<SystemConditions> {
  // Through the hosts seen lately: there is no index of all reports by time, and need not be one.
  const { rows } = await deps.pool.query<{ decided: number; wrong: number; waiting: number }>(
    `select count(*) filter (where r.validation in ('valid', 'invalid', 'inconclusive'))::int as decided,
            count(*) filter (where r.validation in ('invalid', 'inconclusive'))::int as wrong,
            (select count(*)::int from result u where u.state = 'unsent' and u.app_version_id = $1) as waiting
       from host h join result r on r.host_id = h.id and r.reported_seconds > $2 and r.app_version_id = $1
      where h.last_seen_seconds > $2`,
    [appVersionId, nowSeconds - WINDOW_SECONDS],
  );
  const { decided = 0, wrong = 0, waiting = 0 } = rows[0] ?? {};
  return { disagreementRate: decided === 0 ? 0 : wrong / decided, waitingResults: waiting };
}
