import { QUOTA_START_PER_DAY } from "../core/limits.ts";
import type { HostBackend } from "../core/scheduling/eligibility.ts";
import { inProgressCap, quotaLeft } from "../core/trust/quota.ts";
import { decayed } from "../core/trust/standing.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";

/** A host in an exchange: who it is and what it has. */
export type ExchangingHost = {
  id: number;
  userId: number;
  /** Identities that were joined to the user's (S77); usually none. */
  joinedUserIds: readonly number[];
  /** Prefix of its network where the rule about one network applies to it, else null. */
  network: string | null;
  bannedReason: string | null;
  cores: number;
  memoryBytes: number | null;
  /** In the order of its preference. */
  backends: readonly HostBackend[];
};

/** Standing of one host for one app version, as of now. */
export type StandingNow = { consecutiveValid: number; quotaLeft: number };

type Row = {
  app_version_id: number;
  consecutive_valid: number;
  changed_seconds: number;
  quota_per_day: number | null;
  quota_day: number;
  quota_used: number;
};

const LOAD_STANDINGS = {
  name: "load-standings",
  text: `select app_version_id, consecutive_valid, changed_seconds, quota_per_day, quota_day, quota_used
           from host_app_version where host_id = $1`,
};

/** By app version; a version the host never worked for is not there: `newcomer`. */
export async function loadStandings(
  deps: Pick<Deps, "rules">,
  client: Pick<PoolClient, "query">,
  hostId: number,
  nowSeconds: number,
): Promise<(appVersionId: number) => StandingNow> {
  const { rows } = await client.query<Row>({ ...LOAD_STANDINGS, values: [hostId] });
  const standings = new Map(
    rows.map((row): [number, StandingNow] => {
      const quotaPerDay = row.quota_per_day ?? QUOTA_START_PER_DAY;
      const use = { quotaPerDay, quotaDay: row.quota_day, quotaUsed: row.quota_used };
      const standing = { consecutiveValid: row.consecutive_valid, changedSeconds: row.changed_seconds };
      return [
        row.app_version_id,
        {
          consecutiveValid: decayed(standing, nowSeconds),
          quotaLeft: deps.rules.quotas ? quotaLeft(use, nowSeconds) : Number.POSITIVE_INFINITY,
        },
      ];
    }),
  );
  const newcomer = {
    consecutiveValid: 0,
    quotaLeft: deps.rules.quotas ? QUOTA_START_PER_DAY : Number.POSITIVE_INFINITY,
  };
  return (appVersionId) => standings.get(appVersionId) ?? newcomer;
}

/** How many more results a host may have in progress. */
export function roomFor(deps: Deps, host: ExchangingHost, inProgress: number): number {
  return deps.rules.quotas ? Math.max(0, inProgressCap(host.cores) - inProgress) : Number.POSITIVE_INFINITY;
}
