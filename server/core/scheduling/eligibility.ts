import { type PlacedHost, placementReasons } from "../replication/placement.ts";
import type { Result, Workunit } from "../replication/types.ts";

/**
 * Why a host gets no result of a workunit. Permanent reasons are the host's nature (rule 12 counts them); temporary ones pass.
 * The page's sentence for each is the catalogue key `refusal.<code>`.
 */
export const INELIGIBLE_REASONS = {
  /** Known-answer probe of every backend that could run it came out wrong. */
  backend_wrong: "permanent",
  /** The app version ships no backend that this host has. */
  backend_missing: "permanent",
  memory: "permanent",
  class_bound: "permanent",
  class_taken: "permanent",
  banned: "temporary",
  quota_reached: "temporary",
  too_many_in_progress: "temporary",
  project_not_chosen: "temporary",
  same_host: "temporary",
  same_user: "temporary",
  same_network: "temporary",
  no_unsent_result: "temporary",
} as const satisfies Record<string, "permanent" | "temporary">;

export type IneligibleReason = keyof typeof INELIGIBLE_REASONS;

export function isPermanent(reason: IneligibleReason): boolean {
  return INELIGIBLE_REASONS[reason] === "permanent";
}

export function sentenceKey(reason: IneligibleReason): string {
  return `refusal.${reason}`;
}

export type HostBackend = { kind: string; deviceClass: string; knownAnswerOk: boolean };

/** A host that asks for work. */
export type AskingHost = {
  hostId: string;
  userId: string;
  /** Network prefix where the network rule applies to this host, else null. */
  network: string | null;
  /** In the order of the host's preference. */
  backends: readonly HostBackend[];
  /** Null: not told; then memory is no reason. */
  memoryBytes: number | null;
  isBanned: boolean;
  /** Results that it may still get today; Infinity without a quota. */
  quotaLeft: number;
  inProgress: number;
  /** At most this many results in progress; Infinity without a cap. */
  inProgressCap: number;
};

/** What an app version and its workunit ask of a host. */
export type Candidate = {
  workunit: Pick<Workunit, "onePerUser" | "homogeneity" | "homogeneityClass" | "state">;
  results: readonly Result[];
  /** Backends the app version ships. */
  backends: readonly string[];
  /** 0: nothing stated. */
  memoryBytes: number;
  /** The volunteer gave this project a share of 0, or left it out. */
  projectChosen: boolean;
};

export type Eligibility =
  | { ok: true; backend: HostBackend }
  /** At least one; the reasons of the backend that came nearest. */
  | { ok: false; reasons: readonly IneligibleReason[] };

/** S73: whether a host may get a result of this workunit now, on which of its backends, or every reason why not. */
export function eligibility(host: AskingHost, candidate: Candidate): Eligibility {
  const general = generalReasons(host, candidate);
  const offered = host.backends.filter((backend) => candidate.backends.includes(backend.kind));
  if (offered.length === 0) return { ok: false, reasons: [...general, "backend_missing"] };
  const correct = offered.filter((backend) => backend.knownAnswerOk);
  if (correct.length === 0) return { ok: false, reasons: [...general, "backend_wrong"] };
  let nearest: readonly IneligibleReason[] | null = null;
  for (const backend of correct) {
    const placed: PlacedHost = { ...host, deviceClass: backend.deviceClass };
    const reasons = [...general, ...placementReasons(candidate.workunit, candidate.results, placed)];
    if (reasons.length === 0) return { ok: true, backend };
    if (nearest === null || reasons.length < nearest.length) nearest = reasons;
  }
  return { ok: false, reasons: nearest ?? general };
}

/** S59 counts a host when a permanent reason is among its reasons. */
export function isPermanentlyIneligible(answer: Eligibility): boolean {
  return !answer.ok && answer.reasons.some(isPermanent);
}

function generalReasons(
  host: AskingHost,
  { workunit, results, memoryBytes, projectChosen }: Candidate,
): IneligibleReason[] {
  const reasons: IneligibleReason[] = [];
  if (host.isBanned) reasons.push("banned");
  if (host.quotaLeft <= 0) reasons.push("quota_reached");
  if (host.inProgress >= host.inProgressCap) reasons.push("too_many_in_progress");
  if (!projectChosen) reasons.push("project_not_chosen");
  if (host.memoryBytes !== null && host.memoryBytes < memoryBytes) reasons.push("memory");
  const hasUnsent = workunit.state === "open" && results.some((result) => result.state === "unsent");
  if (!hasUnsent) reasons.push("no_unsent_result");
  return reasons;
}
