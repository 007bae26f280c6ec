import { wasSent } from "./results.ts";
import type { HostId, Result, UserId, Workunit } from "./types.ts";

/** A host as far as it matters for which results of a workunit it may get; `deviceClass` of the backend it would use. */
export type PlacedHost = { hostId: HostId; userId: UserId; deviceClass: string; network: string | null };

/** Why a host gets no result of this workunit, because of who has or had its other results. Class reasons are permanent. */
export type PlacementReason = "same_host" | "same_user" | "same_network" | "class_bound" | "class_taken";

/** S37, S53, S55, S57. Empty: nothing speaks against it. */
export function placementReasons(
  workunit: Pick<Workunit, "onePerUser" | "homogeneity" | "homogeneityClass">,
  results: readonly Result[],
  host: PlacedHost,
): PlacementReason[] {
  const reasons = new Set<PlacementReason>();
  for (const result of results) {
    if (!wasSent(result)) continue;
    const outcome = result.state === "over" ? result.outcome : null;
    // What was handed back, or whose lease ran out, keeps nobody from anything.
    if (outcome === "returned") continue;
    const { holder } = result;
    if (holder.hostId === host.hostId) reasons.add("same_host");
    else if (workunit.onePerUser && holder.userId === host.userId) reasons.add("same_user");
    if (outcome === "err" || outcome === "valerr" || outcome === "aborted") continue;
    // A result without a reply may still come; its class is free again, or one that vanished would block the rest.
    if (holder.network !== null && holder.network === host.network) reasons.add("same_network");
    const counts = outcome === null || (outcome === "ok" && !isInvalid(result));
    if (workunit.homogeneity === "diverse" && counts && holder.deviceClass === host.deviceClass)
      reasons.add("class_taken");
  }
  const bound = workunit.homogeneity === "same" ? workunit.homogeneityClass : null;
  if (bound !== null && bound !== host.deviceClass) reasons.add("class_bound");
  return [...reasons];
}

function isInvalid(result: Result): boolean {
  return result.state === "over" && result.outcome === "ok" && result.validation === "invalid";
}
