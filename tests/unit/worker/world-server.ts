import type {
  BackendKind,
  ExchangeRequest,
  ExchangeResponse,
  Lease,
  Report,
} from "../../../server/core/wire/exchange.ts";
import type { ExchangeFailure } from "../../../worker/supervisor/core/types.ts";

/** The server of the simulated world: grants leases, remembers what was reported, hands out again what a client lost. */
export class WorldServer {
  reachable = true;
  probeReachable = true;
  /** Probability that an exchange is taken and its answer lost. */
  loseAnswer = 0;
  failure: null | ExchangeFailure = null;
  /** Workunits it has left. */
  supply = Number.POSITIVE_INFINITY;
  callAgainSeconds = 60;
  leaseSeconds = 900;
  /** The backend that leases ask for; null: any. */
  boundTo: BackendKind | null = null;
  readonly granted = new Map<string, Lease>();
  readonly acknowledged = new Map<string, Report>();
  readonly parked = new Set<string>();
  readonly abort = new Set<string>();
  #nextResult = 1;

  answer(request: ExchangeRequest): ExchangeResponse {
    const acknowledgements = (request.reports ?? []).map((report) => {
      const status = this.acknowledged.has(report.resultId) ? ("duplicate" as const) : ("recorded" as const);
      if (status === "recorded") this.acknowledged.set(report.resultId, report as Report);
      return { resultId: report.resultId, status };
    });
    const held = new Set((request.holds ?? []).map(({ resultId }) => resultId));
    const isLost = ({ resultId }: Lease): boolean => !held.has(resultId) && !this.acknowledged.has(resultId);
    const again = [...this.granted.values()].filter(isLost);
    const wanted = request.want?.results ?? 0;
    const fresh = this.#grant(wanted);
    for (const id of held) this.parked.delete(id);
    return {
      acknowledgements,
      leases: [...again, ...fresh],
      abort: [...this.abort].filter((id) => held.has(id)),
      callAgainSeconds: this.callAgainSeconds,
      ...(wanted > fresh.length ? { reason: { code: "no_work" as const, message: "none" } } : {}),
      fates: [...this.acknowledged.values()].slice(-20).map(({ resultId }) => ({
        resultId,
        workunitId: resultId,
        fate: "being_checked" as const,
        creditMicro: "0",
      })),
      usersOnline: 2,
      serverVersion: "test",
    };
  }

  #grant(wanted: number): Lease[] {
    const fresh: Lease[] = [];
    for (let n = wanted; n > 0 && this.supply > 0; n -= 1) {
      this.supply -= 1;
      const bound = this.boundTo === null ? {} : { backend: this.boundTo };
      fresh.push({ ...leaseOf(String(this.#nextResult), this.leaseSeconds), ...bound });
      this.#nextResult += 1;
    }
    for (const each of fresh) this.granted.set(each.resultId, each);
    return fresh;
  }
}

function leaseOf(resultId: string, leaseSeconds: number): Lease {
  return {
    resultId,
    workunitId: resultId,
    leaseToken: resultId.padStart(32, "0"),
    leaseSeconds,
    deadlineInSeconds: 86_400,
    project: { slug: "p", name: "P" },
    app: { name: "a", title: "A" },
    workunitName: `w${resultId}`,
    appVersionHash: "a".repeat(64),
    inputSha256: "b".repeat(64),
    files: {},
    flops: 1e9,
  };
}
