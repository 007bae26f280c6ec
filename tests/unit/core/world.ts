import { NO_VERDICTS } from "../../../server/core/replication/agreement.ts";
import { apply, withComparison, withVerification } from "../../../server/core/replication/apply.ts";
import { type CreationDraws, planWorkunit, type Selection } from "../../../server/core/replication/create.ts";
import { decide } from "../../../server/core/replication/decide.ts";
import {
  longestWaiting,
  onCancel,
  onUnsendable,
  unsendableDueSeconds,
} from "../../../server/core/replication/endings.ts";
import { stepViolations, violations } from "../../../server/core/replication/invariants.ts";
import { leaseEnd, nextDueSeconds, parkedLeaseEnd } from "../../../server/core/replication/leases.ts";
import type { SystemConditions } from "../../../server/core/replication/policies/adaptive.ts";
import { acceptReport, type Report, type ReportAnswer } from "../../../server/core/replication/report.ts";
import { mayDeleteOutput, onAssimilated, onOutputDeleted } from "../../../server/core/replication/retention.ts";
import { onSend } from "../../../server/core/replication/send.ts";
import type { Action, Result, State, Verification, Workunit } from "../../../server/core/replication/types.ts";
import { type AskingHost, eligibility, isPermanentlyIneligible } from "../../../server/core/scheduling/eligibility.ts";
import { DRAW_TRUST } from "../../../server/core/trust/draw.ts";
import { decayed, newStanding, noted, type Standing } from "../../../server/core/trust/standing.ts";
import type { Policy, WorkunitParameters } from "../../../server/core/wire/app-settings.ts";

/** NAME[:USER][@CLASS][%NETWORK], as in timelines; the network is ours. */
export type HostText = string;

export type WorldOptions = Partial<WorkunitParameters> & {
  hosts: HostText;
  policy?: Policy;
  comparison?: "digest" | "verdicts";
  flops?: number;
  /** The branch or number of every random decision. */
  draw?: number;
  draws?: CreationDraws;
  selection?: Selection;
  conditions?: SystemConditions;
  /** Seconds that canonical outputs are kept after assimilation; null: for ever. */
  retentionSeconds?: number | null;
};

type KnownHost = {
  host: AskingHost;
  deviceClass: string;
  standing: Standing;
  lastSeen: number | null;
  forgot: boolean;
};

/**
 * One workunit on the pure core, with a clock: does what the shell does, in memory. After every event the state is settled, and
 * every invariant, every step and "deciding again gives nothing" is checked.
 */
export class World {
  state: State;
  now = 0;
  readonly log: Action[] = [];
  readonly hosts = new Map<string, KnownHost>();
  readonly options: WorldOptions;
  #assimilatedSeconds = 0;

  constructor(options: WorldOptions) {
    this.options = options;
    for (const text of options.hosts.split(/\s+/).filter(Boolean)) this.#addHost(text);
    this.state = { workunit: newWorkunit(options), results: [], verdicts: NO_VERDICTS };
    this.settle();
  }

  get workunit(): Workunit {
    return this.state.workunit;
  }

  result(number: number): Result {
    const result = this.state.results[number];
    if (!result) throw new Error(`there is no result ${number}`);
    return result;
  }

  /** state/outcome/validation, as in timelines. */
  shown(number: number): string {
    return shownResult(this.result(number));
  }

  cv(name: string): number {
    return decayed(this.#known(name).standing, this.now);
  }

  canon(): number | null {
    const { workunit } = this.state;
    if (workunit.state !== "completed") return null;
    return this.state.results.findIndex((result) => result.id === workunit.canonicalId);
  }

  errors(): string {
    return this.workunit.state === "failed" ? [...this.workunit.errors].sort().join() : "";
  }

  /** Moves the clock; what is due happens in order of time, as a sweeper that is never late does it. */
  at(seconds: number): this {
    for (let due = this.#nextDue(); due !== null && due <= seconds; due = this.#nextDue()) {
      this.now = Math.max(this.now, due);
      this.settle();
    }
    this.now = seconds;
    this.settle();
    return this;
  }

  /** The lowest-numbered unsent result the host may have, or the one it forgot; null: none. */
  send(name: string, draw = this.options.draw ?? DRAW_TRUST): number | null {
    const known = this.#exchange(name);
    this.settle();
    if (known.forgot) {
      known.forgot = false;
      const held = this.state.results.find((result) => result.state === "in_progress" && result.holder.hostId === name);
      if (held) return held.number;
    }
    const { conditions } = this.options;
    const answer = eligibility(known.host, this.#candidate());
    if (!answer.ok) return null;
    const unsent = this.state.results.find((result) => result.state === "unsent");
    if (!unsent) return null;
    const { userId, network } = known.host;
    const host = {
      hostId: name,
      userId,
      network,
      deviceClass: answer.backend.deviceClass,
      backend: answer.backend.kind,
      consecutiveValid: this.cv(name),
    };
    const sent = onSend(
      this.workunit,
      this.state.results,
      { resultId: unsent.id, host, draw, ...(conditions ? { conditions } : {}) },
      this.now,
    );
    if (sent.status !== "send") throw new Error(`eligible, but refused: ${sent.reasons.join()}`);
    this.do(sent.actions);
    this.settle();
    return unsent.number;
  }

  report(name: string, number: number, output: string, suspicious = false): ReportAnswer {
    return this.#take(name, number, { kind: "output", digest: output, ...(suspicious ? { suspicious } : {}) });
  }

  malformed(name: string, number: number): ReportAnswer {
    return this.#take(name, number, { kind: "malformed" });
  }

  fail(name: string, number: number, by: "host" | "user" | "server" = "host"): ReportAnswer {
    return this.#take(name, number, by === "host" ? { kind: "error" } : { kind: "aborted", by });
  }

  handBack(name: string, number: number): ReportAnswer {
    return this.#take(name, number, { kind: "returned" });
  }

  renew(name: string): void {
    this.#exchange(name);
    this.settle();
  }

  park(name: string): void {
    this.#setLeases(name, parkedLeaseEnd(this.workunit, this.now), true);
  }

  forget(name: string): void {
    this.#known(name).forgot = true;
  }

  expire(...numbers: number[]): void {
    const results = this.state.results.map((result) => {
      if (result.state !== "in_progress" || !numbers.includes(result.number)) return result;
      return { ...result, holder: { ...result.holder, deadlineSeconds: this.now - 1 } };
    });
    this.state = { ...this.state, results };
    this.settle();
  }

  /** From now on the user of `name` is the one of `into` (S77): what the shell's loader shows of joined identities. */
  join(name: string, into: string): void {
    const gone = this.#known(name).host.userId;
    const survivor = this.#known(into).host.userId;
    const person = <T extends { userId: string }>(who: T): T =>
      who.userId === gone ? { ...who, userId: survivor } : who;
    for (const known of this.hosts.values()) known.host = person(known.host);
    const results = this.state.results.map((result) =>
      "holder" in result ? { ...result, holder: person(result.holder) } : result,
    );
    this.state = { ...this.state, results };
    this.settle();
  }

  cancel(): void {
    this.do(onCancel(this.workunit));
    this.settle();
  }

  /** True when something was delivered. */
  assimilate(): boolean {
    const done = onAssimilated(this.workunit);
    if (done) {
      this.#assimilatedSeconds = this.now;
      this.state = { ...this.state, workunit: done };
    }
    return done !== null;
  }

  /** True when the canonical output was deleted. */
  purge(): boolean {
    const { retentionSeconds = 0 } = this.options;
    const retention = { assimilatedSeconds: this.#assimilatedSeconds, retentionSeconds };
    const may = mayDeleteOutput(this.workunit, this.state.results, retention, this.now);
    if (may) this.state = { ...this.state, workunit: onOutputDeleted(this.workunit) };
    return may;
  }

  setCv(name: string, count: number): void {
    const known = this.#known(name);
    known.standing = { ...known.standing, consecutiveValid: count, changedSeconds: this.now };
  }

  /** Stores the verdict on two outputs, and settles. */
  compared(a: number, b: number, agree: boolean): void {
    this.state = withComparison(this.state, this.result(a).id, this.result(b).id, agree);
    this.settle();
  }

  verified(number: number, verdict: Verification["verdict"]): void {
    this.state = withVerification(this.state, this.result(number).id, { verdict, reason: "said by the test" });
    this.settle();
  }

  settle(): void {
    this.do(decide(this.workunit, this.state.results, this.state.verdicts, this.now));
    const again = decide(this.workunit, this.state.results, this.state.verdicts, this.now);
    if (again.length > 0) throw new Error(`not settled: ${JSON.stringify(again)}`);
    const unsendable = onUnsendable(this.workunit, this.state.results, this.#seenHosts(), this.now);
    if (unsendable.length > 0) {
      this.do(unsendable);
      this.settle();
    }
    const broken = violations(this.state);
    if (broken.length > 0) throw new Error(`does not hold: ${broken.join("; ")}`);
  }

  do(actions: readonly Action[]): void {
    const before = this.state;
    this.log.push(...actions);
    this.state = apply(this.state, actions, this.now);
    for (const action of actions) {
      if (action.type !== "note_host") continue;
      const known = this.#known(action.hostId);
      known.standing = noted(known.standing, action.event, this.now);
    }
    const broken = stepViolations(before, this.state);
    if (broken.length > 0) throw new Error(`step: ${broken.join("; ")}`);
  }

  #take(name: string, number: number, report: DistributiveOmit<Report, "userId">): ReportAnswer {
    const { host } = this.#exchange(name);
    this.settle();
    const whole = { ...report, userId: host.userId } as Report;
    const answer = acceptReport(this.workunit, this.state.results, this.result(number).id, whole, this.now);
    if (answer.status === "record") this.do(answer.actions);
    this.settle();
    return answer;
  }

  /** Every exchange of a host renews its leases. */
  #exchange(name: string): KnownHost {
    const known = this.#known(name);
    known.lastSeen = this.now;
    this.#setLeases(name, leaseEnd(this.workunit, this.now), false);
    return known;
  }

  #setLeases(name: string, leaseEndSeconds: number | null, parked: boolean): void {
    const results = this.state.results.map((result) =>
      result.state === "in_progress" && result.holder.hostId === name ? { ...result, leaseEndSeconds, parked } : result,
    );
    this.state = { ...this.state, results };
  }

  #nextDue(): number | null {
    const dues = [
      nextDueSeconds(this.workunit, this.state.results, this.now),
      unsendableDueSeconds(this.workunit, this.state.results),
    ];
    // What was due already and is settled waits for an event, not for time.
    const ahead = dues.filter((due) => due !== null && due > this.now);
    return ahead.length === 0 ? null : Math.min(...(ahead as number[]));
  }

  #candidate() {
    const { workunit, results } = this.state;
    return { workunit, results, backends: ["wasm"], memoryBytes: 0, projectChosen: true };
  }

  #seenHosts() {
    const oldest = longestWaiting(this.workunit, this.state.results);
    const seen = [...this.hosts.values()].filter(
      ({ lastSeen }) => oldest !== null && lastSeen !== null && lastSeen >= oldest.createdSeconds,
    );
    const never = seen.filter(({ host }) => isPermanentlyIneligible(eligibility(host, this.#candidate())));
    return { seen: seen.length, permanentlyIneligible: never.length };
  }

  #known(name: string): KnownHost {
    const known = this.hosts.get(name);
    if (!known) throw new Error(`there is no host ${name}`);
    return known;
  }

  #addHost(text: HostText): void {
    const found = /^([^:@%]+)(?::([^:@%]+))?(?:@([^:@%]+))?(?:%([^:@%]+))?$/.exec(text);
    const name = found?.[1];
    if (!found || !name) throw new Error(`not a host: ${text}`);
    const deviceClass = found[3] ?? "default";
    const host: AskingHost = {
      hostId: name,
      userId: found[2] ?? name,
      network: found[4] ?? null,
      backends: [{ kind: "wasm", deviceClass, knownAnswerOk: true }],
      memoryBytes: null,
      isBanned: false,
      quotaLeft: Number.POSITIVE_INFINITY,
      inProgress: 0,
      inProgressCap: Number.POSITIVE_INFINITY,
    };
    this.hosts.set(name, { host, deviceClass, standing: newStanding(0), lastSeen: null, forgot: false });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function newWorkunit(options: WorldOptions): Workunit {
  const parameters = {
    minQuorum: options.minQuorum ?? 1,
    maxErrorResults: options.maxErrorResults ?? 3,
    maxTotalResults: options.maxTotalResults ?? 10,
    maxSuccessResults: options.maxSuccessResults ?? 6,
    delayBoundSeconds: options.delayBoundSeconds ?? 86_400,
    graceSeconds: options.graceSeconds ?? 0,
    leaseSeconds: options.leaseSeconds ?? 0,
    randomExtraResults: options.randomExtraResults,
    targetNResults: options.targetNResults,
  };
  const policy = options.policy ?? { type: "full" };
  const selection = options.selection ?? { name: "w", tags: {} };
  const draw = options.draw ?? DRAW_TRUST;
  const plan = planWorkunit(parameters, policy, selection, options.draws ?? { select: draw, extra: draw });
  return {
    ...parameters,
    ...plan,
    state: "open",
    id: "1",
    createdSeconds: 0,
    policy,
    comparison: options.comparison ?? "digest",
    homogeneity: options.homogeneity ?? "off",
    homogeneityClass: null,
    onePerUser: options.onePerUser ?? true,
    assimilation: "init",
    flops: options.flops ?? 648e9,
    outputDeleted: false,
  };
}

const SHOWN_VALIDATION = {
  init: "init",
  valid: "VALID",
  invalid: "INVALID",
  nocheck: "nocheck",
  inconclusive: "incon",
  late: "late",
} as const;

function shownResult(result: Result): string {
  if (result.state === "unsent") return "UNSENT/-/init";
  if (result.state === "in_progress") return "SENT/-/init";
  return `OVER/${result.outcome}/${shownValidation(result)}`;
}

function shownValidation(result: Extract<Result, { state: "over" }>): string {
  if (result.outcome === "ok") return SHOWN_VALIDATION[result.validation];
  return result.outcome === "err" || result.outcome === "valerr" ? "INVALID" : "init";
}
