import type { Lease, NoWorkReason } from "../core/wire/exchange.ts";

/** A client with work calls before the shortest of its leases is half over, and at least this often. */
const MOST_SECONDS = 300;
const WITHOUT_WORK_SECONDS = 30;
/** Somebody else may come any moment, and a lone newcomer is looking at the page. */
const WAITING_FOR_OTHERS_SECONDS = 10;
const QUOTA_SECONDS = 600;

/** When the client should call again if nothing else makes it call earlier. */
export function callAgainAfter(leases: readonly Lease[], reason: NoWorkReason | undefined): number {
  if (leases.length > 0 || reason === undefined) {
    const shortest = Math.min(...leases.map((lease) => lease.leaseSeconds ?? MOST_SECONDS * 2), MOST_SECONDS * 2);
    return Math.max(1, Math.floor(shortest / 2));
  }
  switch (reason) {
    case "waiting_for_other_volunteers":
    case "only_results_of_yours":
      return WAITING_FOR_OTHERS_SECONDS;
    case "quota_reached":
    case "banned":
    case "nothing_for_this_device":
    case "backend_wrong":
      return QUOTA_SECONDS;
    case "no_work":
    case "too_many_in_progress":
    case "not_asked":
      return WITHOUT_WORK_SECONDS;
  }
}
