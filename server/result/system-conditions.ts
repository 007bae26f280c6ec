import type { AppVersion } from "../app-version/app-versions.ts";
import { CALM, type SystemConditions } from "../core/replication/policies/adaptive.ts";
import type { Policy } from "../core/wire/app-settings.ts";
import type { Pool, PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";

/** How long a measurement serves: the conditions are a matter of the last hour. */
const KEPT_SECONDS = 30;
const WINDOW_SECONDS = 3_600;

type Measured = { atSeconds: number; conditions: SystemConditions };
const measured = new WeakMap<Pool, Map<number, Measured>>();

/**
 * How the pool does for one app version: what adaptive replication may react to (R000.17). Read through `client`: who claims
 * holds a connection and must not wait for another.
 */
export async function systemConditions(
  { pool }: Pick<Deps, "pool">,
  client: PoolClient,
  { version, policies }: { version: AppVersion; policies: readonly Policy[] },
  nowSeconds: number,
): Promise<SystemConditions> {
  const matters = policies.some((policy) => policy.type === "adaptive" && policy.disagreementAbove !== undefined);
  if (!matters) return CALM;
  const known = measured.get(pool) ?? new Map<number, Measured>();
  measured.set(pool, known);
  const last = known.get(version.id);
  if (last !== undefined && Math.abs(nowSeconds - last.atSeconds) < KEPT_SECONDS) return last.conditions;
  const conditions = await measure(client, version.id, nowSeconds);
  known.set(version.id, { atSeconds: nowSeconds, conditions });
  return conditions;
}

async function measure(client: PoolClient, appVersionId: number, nowSeconds: number): Promise<SystemConditions> {
  // Through the hosts seen lately: there is no index of all reports by time, and need not be one.
  const { rows } = await client.query<{ decided: number; wrong: number; waiting: number }>(
    `select count(*) filter (where r.validation in ('valid', 'invalid', 'inconclusive'))::int as decided,
            count(*) filter (where r.validation in ('invalid', 'inconclusive'))::int as wrong,
            (select count(*)::int from result u where u.state = 'unsent' and u.app_version_id = $1) as waiting
       from host h join result r on r.host_id = h.id and r.state = 'over' and r.reported_seconds > $2 and r.app_version_id = $1
      where h.last_seen_seconds > $2`,
    [appVersionId, nowSeconds - WINDOW_SECONDS],
  );
  const { decided = 0, wrong = 0, waiting = 0 } = rows[0] ?? {};
  return { disagreementRate: decided === 0 ? 0 : wrong / decided, waitingResults: waiting };
}
