import type { AppVersion } from "../app-version/app-versions.ts";
import { onSend } from "../core/replication/send.ts";
import type { InProgressResult } from "../core/replication/types.ts";
import type { HostBackend } from "../core/scheduling/eligibility.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import type { ExchangingHost, StandingNow } from "../host/asking-host.ts";
import { takeQuota } from "../host/take-quota.ts";
import {
  type CandidateQuery,
  type CandidateRow,
  findCandidates,
  QUEUE_START,
  type QueuePosition,
} from "../sql/find-candidates.ts";
import { inLockedTransaction, together } from "../sql/transaction.ts";
import { loadAround } from "../workunit/load-workunits.ts";
import { type LoadedWorkunit, perform, settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";
import { laterOf, queueFrontsOf } from "./queue-fronts.ts";
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
 * half (S76). What the locks of other transactions hold is passed over. Under the lock the core decides each hand-out, and
 * what it entails (a raised quorum, a class fixed, results created) is written in the same transaction.
 */
export async function claimResults(deps: Deps, request: ClaimRequest, nowSeconds: number): Promise<ClaimedResult[]> {
  const [first, ...others] = request.versions.filter(
    (version) => usableBackends(request.host, version).length > 0 && request.standing(version.id).quotaLeft > 0,
  );
  if (request.wanted <= 0 || first === undefined) return [];
  return await inLockedTransaction(deps, "claim", {
    weight: request.wanted,
    async lock(client) {
      const claim = new Claim(deps, client, request, nowSeconds);
      return { claim, found: await claim.search(first) };
    },
    async use(client, { claim, found }) {
      await claim.take(found);
      for (const version of others) {
        if (claim.missing() === 0) break;
        await claim.take(await claim.search(version));
      }
      await together([
        writeChanges(client, claim.changed, nowSeconds),
        takeQuota(client, request.host.id, claim.countByVersion(), nowSeconds),
      ]);
      return claim.claimed;
    },
  });
}

/** One search in the two queues of an app version, and what of it the urgent ones may take. */
type Found = {
  version: AppVersion;
  wanted: number;
  half: number;
  query: CandidateQuery;
  /** Before `query.fresh.after`, where the queue of fresh ones is believed to begin: where it begins for this user for sure. */
  start: QueuePosition;
  rows: CandidateRow[];
};

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

  /** Locks the first candidates of an app version's queues. */
  async search(version: AppVersion): Promise<Found> {
    const { host, standing } = this.#request;
    const wanted = Math.min(this.missing(), standing(version.id).quotaLeft);
    // S76: the odd one is drawn.
    const half = Math.floor(wanted / 2) + (wanted % 2 === 1 && this.#deps.random() < 0.5 ? 1 : 0);
    const memory = skippedBy(this.#deps.pool);
    const start = memory.start(host.userId, version.id);
    const fronts = queueFrontsOf(this.#deps.pool);
    const query: CandidateQuery = {
      appVersionId: version.id,
      userIds: [host.userId, ...host.joinedUserIds],
      hostId: host.id,
      classes: usableBackends(host, version).map((backend) => backend.deviceClass),
      memoryBytes: host.memoryBytes,
      urgent: { after: QUEUE_START, limit: half },
      fresh: { after: laterOf(start, fronts.start(version.id)), limit: wanted },
    };
    const began = performance.now();
    const rows = await findCandidates(this.#client, query);
    const found = rows.filter((row) => !row.urgent);
    const tookMs = performance.now() - began;
    const { after } = query.fresh;
    // What the front hides for a second must not be hidden from the user for longer.
    if (after === start) {
      await memory.note(this.#client, { userId: host.userId, appVersionId: version.id, after, found, tookMs });
    }
    await fronts.note(this.#client, version.id, found.length);
    return { version, wanted, half, query, start, rows };
  }

  /** Takes what it may of what was found, and searches on while it is too little. */
  async take({ version, wanted, half, query, start, rows }: Found): Promise<void> {
    const [urgent, fresh] = [rows.filter((row) => row.urgent), rows.filter((row) => !row.urgent)];
    const queues: Record<"urgent" | "fresh", Queue> = {
      urgent: { isUrgent: true, query, last: urgent.at(-1), isEmpty: urgent.length < half },
      fresh: { isUrgent: false, query, last: fresh.at(-1), isEmpty: fresh.length < wanted - urgent.length },
    };
    if (queues.fresh.isEmpty && query.fresh.after !== start) {
      // What came since the front was looked for may lie before it. What was just taken is found again, and passed over.
      const fromStart = { ...query, fresh: { ...query.fresh, after: start } };
      queues.fresh = { isUrgent: false, query: fromStart, last: undefined, isEmpty: false, again: fresh.length };
    }
    let left = wanted - (await this.#take(version, urgent));
    // Somebody else's urgent ones instead of those that could not be had, but only as long as the half lasts.
    left -= await this.#searchOn(version, queues.urgent, Math.max(0, half - (wanted - left)));
    left -= await this.#take(version, fresh.slice(0, left));
    left -= await this.#searchOn(version, queues.fresh, left);
    await this.#searchOn(version, queues.urgent, left);
  }

  /** @returns how many it took. */
  async #searchOn(version: AppVersion, queue: Queue, wanted: number): Promise<number> {
    let taken = 0;
    for (let search = 1; search < MOST_SEARCHES && taken < wanted && !queue.isEmpty; search += 1) {
      const limit = wanted - taken + (search === 1 ? (queue.again ?? 0) : 0);
      const { urgent, fresh } = queue.query;
      const after = positionOf(queue.last) ?? (queue.isUrgent ? urgent : fresh).after;
      const found = await findCandidates(this.#client, {
        ...queue.query,
        urgent: queue.isUrgent ? { after, limit } : { ...urgent, limit: 0 },
        fresh: queue.isUrgent ? { ...fresh, limit: 0 } : { after, limit },
      });
      queue.last = found.at(-1) ?? queue.last;
      queue.isEmpty = found.length < limit;
      taken += await this.#take(version, found, wanted - taken);
    }
    return taken;
  }

  async #take(version: AppVersion, found: readonly CandidateRow[], most = found.length): Promise<number> {
    const { host, standing } = this.#request;
    const already = new Set(this.changed.map((workunit) => workunit.id));
    const fresh = found.filter((row) => !already.has(row.id) && already.add(row.id)).slice(0, most);
    if (fresh.length === 0) return 0;
    const workunits = await loadAround(this.#deps, this.#client, fresh);
    const policies = workunits.map(({ state }) => state.workunit.policy);
    const conditions = await systemConditions(this.#deps, this.#client, { version, policies }, this.#now);
    let taken = 0;
    for (const [index, workunit] of workunits.entries()) {
      const row = fresh[index];
      if (row === undefined) throw new Error("a candidate's workunit was not loaded");
      // Not necessarily the one that was found: that may have been sent just before its workunit was locked.
      const unsent = workunit.state.results.find((result) => result.state === "unsent");
      if (unsent === undefined) continue;
      for (const backend of usableBackends(host, version)) {
        const { state } = workunit;
        const asking = {
          hostId: String(host.id),
          userId: String(host.userId),
          network: host.network,
          deviceClass: backend.deviceClass,
          backend: backend.kind,
          consecutiveValid: standing(version.id).consecutiveValid,
        };
        const request = { resultId: unsent.id, host: asking, draw: this.#deps.random(), conditions };
        const answer = onSend(state.workunit, state.results, request, this.#now);
        if (answer.status === "refused") continue;
        perform(workunit, answer.actions, this.#now);
        settle(workunit, this.#now);
        this.changed.push(workunit);
        this.claimed.push({ version, row, result: sentResult(workunit, unsent.id) });
        taken += 1;
        break;
      }
    }
    return taken;
  }
}

/** Where a search in one queue has got to. */
type Queue = {
  isUrgent: boolean;
  query: CandidateQuery;
  last: CandidateRow | undefined;
  isEmpty: boolean;
  /** So many of the next search were found before. */
  again?: number;
};

function positionOf(row: CandidateRow | undefined): QueuePosition | undefined {
  return row === undefined ? undefined : { queueRank: row.queue_rank, resultId: row.result_id };
}

function sentResult({ state }: LoadedWorkunit, resultId: string): InProgressResult {
  const result = state.results.find(({ id }) => id === resultId);
  if (result?.state !== "in_progress") throw new Error(`result ${resultId} was sent and is ${result?.state}`);
  return result;
}

/** Backends of the host that passed their known answer and that the app version ships, in the host's order. */
export function usableBackends(host: Pick<ExchangingHost, "backends">, version: AppVersion): HostBackend[] {
  const shipped = Object.keys(version.manifest.backends);
  return host.backends.filter((backend) => backend.knownAnswerOk && shipped.includes(backend.kind));
}
