import type { ParsedExchangeRequest } from "../core/wire/exchange.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import type { ExchangingHost } from "./asking-host.ts";
import { networkOf } from "./network.ts";

type Row = { user_id: number; joined: number[]; is_anonymous: boolean; banned_reason: string | null };

const SEE_HOST = {
  name: "see-host",
  text: `update host h set last_seen_seconds = $2, cores = $3, memory_bytes = $4, backends = $5, homogeneity_class = $6, network = $7
           from app_user u where h.id = $1 and u.id = h.user_id and h.removed_seconds is null
         returning h.user_id, u.is_anonymous,
           coalesce(h.banned_reason, (select b.reason from user_ban b where b.user_id = h.user_id)) as banned_reason,
           array(select m.id from app_user m where m.merged_into = h.user_id) as joined`,
};

/** The host of a bearer token. @throws {Refusal} `unauthenticated`. */
export function hostOfToken(deps: Pick<Deps, "secrets">, token: string | null, nowSeconds: number): number {
  const hostId = token === null ? null : deps.secrets.hostOfSession(token, nowSeconds);
  if (hostId === null)
    throw new Refusal("unauthenticated", "The session has run out or was never opened: open a new one.");
  return hostId;
}

/** Notes that a host is here, and with what; returns what decisions about it need. */
export async function seeHost(
  deps: Pick<Deps, "rules">,
  client: Pick<PoolClient, "query">,
  { hostId, address, device }: { hostId: number; address: string | null; device: ParsedExchangeRequest["device"] },
  nowSeconds: number,
): Promise<ExchangingHost> {
  const network = address === null ? null : networkOf(address);
  const backends = device.backends.map((backend) => ({
    kind: backend.kind,
    deviceClass: backend.class,
    knownAnswerOk: backend.knownAnswerOk,
  }));
  const homogeneityClass = backends.find((backend) => backend.knownAnswerOk)?.deviceClass ?? "default";
  const memoryBytes = device.memoryBytes ?? null;
  const values = [
    hostId,
    nowSeconds,
    device.cores,
    memoryBytes,
    JSON.stringify(device.backends),
    homogeneityClass,
    network,
  ];
  const { rows } = await client.query<Row>({ ...SEE_HOST, values });
  const row = rows[0];
  if (row === undefined) throw new Refusal("unauthenticated", "This host is not known any more: open a new session.");
  return {
    id: hostId,
    userId: row.user_id,
    joinedUserIds: row.joined,
    // Accounts vouch for themselves; the rule about one network concerns anonymous users only.
    network: deps.rules.network && row.is_anonymous ? network : null,
    bannedReason: row.banned_reason,
    cores: device.cores,
    memoryBytes,
    backends,
  };
}
