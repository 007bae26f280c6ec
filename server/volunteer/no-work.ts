import type { AppVersion } from "../app-version/app-versions.ts";
import type { ExchangeResponse, NoWorkReason } from "../core/wire/exchange.ts";
import type { Deps } from "../deps.ts";
import type { ExchangingHost, StandingNow } from "../host/asking-host.ts";
import { usersOnline } from "./users-online.ts";

type Asked = {
  host: ExchangingHost;
  versions: readonly AppVersion[];
  standing: (appVersionId: number) => StandingNow;
  room: number;
  held: number;
};

const MESSAGES: Record<NoWorkReason, string> = {
  no_work: "There is no work right now. More comes when a project submits some.",
  nothing_for_this_device: "There is work, but none that this device can compute.",
  only_results_of_yours: "What waits is work you have had a part in already: others must confirm it.",
  waiting_for_other_volunteers: "What waits must be confirmed by somebody else, and nobody else is here now.",
  quota_reached: "This device has had its results for today. The number grows with every confirmed result.",
  too_many_in_progress: "This device holds as many results as it may. Finish some of them first.",
  backend_wrong: "This device computed a known answer wrong, so it gets no work.",
  banned: "This device gets no work.",
  not_asked: "No work was asked for.",
};

/** Why a host got less than it asked for, as a code and a sentence for the volunteer. */
export async function reasonForNothing(
  deps: Deps,
  asked: Asked,
  nowSeconds: number,
): Promise<NonNullable<ExchangeResponse["reason"]>> {
  const { bannedReason } = asked.host;
  if (bannedReason !== null) return { code: "banned", message: `${MESSAGES.banned} ${bannedReason}` };
  const code = await reasonCode(deps, asked, nowSeconds);
  return { code, message: MESSAGES[code] };
}

async function reasonCode(
  deps: Deps,
  { host, versions, standing, room }: Asked,
  nowSeconds: number,
): Promise<NoWorkReason> {
  if (host.backends.length > 0 && host.backends.every((backend) => !backend.knownAnswerOk)) return "backend_wrong";
  if (room <= 0) return "too_many_in_progress";
  if (versions.length > 0 && versions.every((version) => standing(version.id).quotaLeft <= 0)) return "quota_reached";
  const usable = versions.map((version) => version.id);
  const { rows } = await deps.pool.query<{ usable: boolean; anything: boolean }>({
    name: "is-anything-waiting",
    // In the order of the index, so that the index it is, however few or many wait.
    text: `select exists (select from unnest($1::bigint[]) as v (id), lateral (select from result r
                     where r.state = 'unsent' and r.app_version_id = v.id order by r.urgent, r.queue_rank, r.id limit 1) r) as usable,
                  exists (select from (select from result r where r.state = 'unsent'
                     order by r.app_version_id, r.urgent, r.queue_rank, r.id limit 1) r) as anything`,
    values: [usable],
  });
  const waiting = rows[0] ?? { usable: false, anything: false };
  if (!waiting.usable)
    return waiting.anything && !(await wasPublishedElsewhere(deps)) ? "nothing_for_this_device" : "no_work";
  return (await usersOnline(deps, nowSeconds)) < 2 ? "waiting_for_other_volunteers" : "only_results_of_yours";
}

/**
 * Work waits of an app version that another process published within the last seconds. This one learns of it now; a device
 * that was told that there is nothing for it would stay away for long.
 */
async function wasPublishedElsewhere(deps: Deps): Promise<boolean> {
  const known = [...(await deps.versions.list()).keys()];
  const { rowCount } = await deps.pool.query(
    `select from app_version v where v.id <> all($1::bigint[])
        and exists (select from result where state = 'unsent' and app_version_id = v.id) limit 1`,
    [known],
  );
  if (rowCount === 0) return false;
  deps.versions.forget();
  return true;
}
