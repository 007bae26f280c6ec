import type { AppVersion } from "../app-version/app-versions.ts";
import { onSend } from "../core/replication/send.ts";
import type { InProgressResult } from "../core/replication/types.ts";
import type { HostBackend } from "../core/scheduling/eligibility.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import type { ExchangingHost, StandingNow } from "../host/asking-host.ts";
import { takeQuota } from "../host/take-quota.ts";
import { type CandidateRow, findCandidates, QUEUE_START, type QueuePosition } from "../sql/find-candidates.ts";
import { inTransaction } from "../sql/transaction.ts";
import { loadAround } from "../workunit/load-workunits.ts";
import { type LoadedWorkunit, perform, settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";
import { skippedBy } from "./skipped-positions.ts";
import { systemConditions } from "./system-conditions.ts";

export type ClaimRequest = {
  host: ExchangingHost;
  /** App versions to try, in this order. */
  versions: readonly AppVersion[];
  wanted: number;
  standing: (appVersionId: number) => StandingNow;
};

/** A result handed out, with what its lease says. */
export type ClaimedResult = { version: AppVersion; row: CandidateRow; result: InProgressResult };

/** Batches of the search; a host that finds nothing in so many is told to come again. */
const MOST_SEARCHES = 8;

/**
 * Hands out unsent results: in the order of the queue of each app version, workunits that lack one result first for up to
 * half. What the locks of other transactions hold is passed over. Under the lock the core decides each hand-out, and what it
 * entails (a raised quorum, a class fixed, results created) is written in the same transaction.
 */
export async function claimResults(deps: Deps, request: ClaimRequest, nowSeconds: number): Promise<ClaimedResult[]> {
  if (request.wanted <= 0 || request.versions.length === 0) return [];
  return await inTransaction(deps, "claim", async (client) => {
    const claim = new Claim(deps, client, request, nowSeconds);
    for (const version of request.versions) {
      if (claim.missing() === 0) break;
      await claim.from(version);
    }
    await writeChanges(client, claim.changed, nowSeconds);
    await takeQuota(client, request.host.id, claim.countByVersion(), nowSeconds);
    return claim.claimed;
  });
}

class Claim {
  readonly claimed: ClaimedResult[] = [];
  readonly changed: LoadedWorkunit[] = [];
  readonly #deps: Deps;
  readonly #client: PoolClient;
  readonly #request: ClaimRequest;
  readonly #now: number;

  constructor(deps: Deps, client: PoolClient, request: ClaimRequest, nowSeconds: number) {
    this.#deps = deps;
    this.#client = client;
    this.#request = request;
    this.#now = nowSeconds;
  }

  missing(): number {
    return this.#request.wanted - this.claimed.length;
  }

  countByVersion(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const { version } of this.changed) counts.set(version.id, (counts.get(version.id) ?? 0) + 1);
    return counts;
  }

  /** Takes what it can from one app version's queue. */
  async from(version: AppVersion): Promise<void> {
    const backends = usableBackends(this.#request.host, version);
    if (backends.length === 0) return;
    const wanted = Math.min(this.missing(), this.#request.standing(version.id).quotaLeft);
    // S76: the odd one is drawn.
    const half = Math.floor(wanted / 2) + (wanted % 2 === 1 && this.#deps.random() < 0.5 ? 1 : 0);
    let left = wanted;
    left -= await this.#search(version, backends, true, half);
    left -= await this.#search(version, backends, false, left);
    if (left > 0) await this.#search(version, backends, true, left);
  }

  /** @returns how many it took. */
  async #search(
    version: AppVersion,
    backends: readonly HostBackend[],
    urgent: boolean,
    wanted: number,
  ): Promise<number> {
    const { host } = this.#request;
    const memory = skippedBy(this.#deps);
    let taken = 0;
    let after: QueuePosition = urgent ? QUEUE_START : memory.start(host.userId, version.id);
    for (let search = 0; search < MOST_SEARCHES && taken < wanted; search += 1) {
      const limit = wanted - taken;
      const began = performance.now();
      const found = await findCandidates(this.#client, {
        appVersionId: version.id,
        urgent,
        userId: host.userId,
        hostId: host.id,
        classes: backends.map((backend) => backend.deviceClass),
        memoryBytes: host.memoryBytes,
        after,
        limit,
      });
      const last = found.at(-1);
      if (last === undefined) break;
      if (!urgent && search === 0) memory.note(host.userId, version.id, { found, tookMs: performance.now() - began });
      after = { queueRank: last.queue_rank, resultId: last.result_id };
      taken += await this.#take(version, backends, found);
      if (found.length < limit) break;
    }
    return taken;
  }

  async #take(version: AppVersion, backends: readonly HostBackend[], found: readonly CandidateRow[]): Promise<number> {
    const { host, standing } = this.#request;
    const already = new Set(this.changed.map((workunit) => workunit.id));
    const fresh = found.filter((row) => !already.has(row.id));
    if (fresh.length === 0) return 0;
    const workunits = await loadAround(this.#deps, this.#client, fresh);
    const policies = workunits.map(({ state }) => state.workunit.policy);
    const conditions = await systemConditions(this.#deps, this.#client, { version, policies }, this.#now);
    let taken = 0;
    for (const [index, workunit] of workunits.entries()) {
      const row = fresh[index];
      if (row === undefined) throw new Error("a candidate's workunit was not loaded");
      const resultId = row.result_id;
      for (const backend of backends) {
        const { state } = workunit;
        const asking = {
          hostId: String(host.id),
          userId: String(host.userId),
          network: host.network,
          deviceClass: backend.deviceClass,
          backend: backend.kind,
          consecutiveValid: standing(version.id).consecutiveValid,
        };
        const request = { resultId: String(resultId), host: asking, draw: this.#deps.random(), conditions };
        const answer = onSend(state.workunit, state.results, request, this.#now);
        if (answer.status === "refused") continue;
        perform(workunit, answer.actions, this.#now);
        settle(workunit, this.#now);
        this.changed.push(workunit);
        this.claimed.push({ version, row, result: sentResult(workunit, resultId) });
        taken += 1;
        break;
      }
    }
    return taken;
  }
}

function sentResult({ state }: LoadedWorkunit, resultId: number): InProgressResult {
  const result = state.results.find(({ id }) => id === String(resultId));
  if (result?.state !== "in_progress") throw new Error(`result ${resultId} was sent and is ${result?.state}`);
  return result;
}

/** Backends of the host that passed their known answer and that the app version ships, in the host's order. */
export function usableBackends(host: Pick<ExchangingHost, "backends">, version: AppVersion): HostBackend[] {
  const shipped = Object.keys(version.manifest.backends);
  return host.backends.filter((backend) => backend.knownAnswerOk && shipped.includes(backend.kind));
}
