import { NO_VERDICTS } from "../replication/agreement.ts";
import { apply, withVerification } from "../replication/apply.ts";
import { planWorkunit } from "../replication/create.ts";
import { decide } from "../replication/decide.ts";
import { stepViolations, violations } from "../replication/invariants.ts";
import { nextDueSeconds } from "../replication/leases.ts";
import { acceptReport, type Report } from "../replication/report.ts";
import { onSend } from "../replication/send.ts";
import type { Action, Parameters, State, Workunit } from "../replication/types.ts";
import { decayed, noted } from "../trust/standing.ts";
import type { Policy } from "../wire/app-settings.ts";
import { EventQueue } from "./event-queue.ts";
import { type HostMix, newHosts, perform, RIGHT_OUTPUT, type SimulatedHost } from "./hosts.ts";
import { type Random, randomSource } from "./random.ts";

export type SimulationConfig = {
  seed: number;
  workunits: number;
  hosts: HostMix;
  policy: Policy;
  parameters?: Partial<Parameters>;
  /** Mean seconds of one result on a host of median speed. */
  meanSeconds?: number;
  /** Check every invariant after every event; off only to measure what it costs. */
  checkInvariants?: boolean;
};

export type SimulationReport = {
  completed: number;
  failed: number;
  /** Still open when nothing could happen any more. */
  unfinished: number;
  /** Completed with a canonical output that is not the right one. */
  acceptedWrong: number;
  acceptedErrorRate: number;
  /** Outputs computed and errors reported. */
  executions: number;
  verifications: number;
  /** Executions and verifications per accepted workunit (R000.28). */
  redundancyFactor: number;
  events: number;
  simulatedSeconds: number;
  /** Names of the checks that failed, each once; always a bug. */
  violations: string[];
};

type Live = { index: number; state: State; isWaiting: boolean; dueSeconds: number | null; isCounted: boolean };
type Event =
  | { kind: "ask"; host: SimulatedHost }
  | { kind: "report"; host: SimulatedHost; live: Live; resultId: string; report: Report }
  | { kind: "due"; live: Live };

/** How many waiting workunits a host is offered before it goes away without work. */
const OFFERS = 16;

/**
 * Many hosts and many workunits of one app on the engine's core, in the order of simulated time. Pure and seeded: the same
 * configuration gives the same report.
 */
export function simulate(config: SimulationConfig): SimulationReport {
  const simulation = new Simulation(config);
  return simulation.run();
}

class Simulation {
  readonly #config: SimulationConfig;
  readonly #random: Random;
  readonly #hosts: SimulatedHost[];
  readonly #queue = new EventQueue<Event>();
  /** Begun workunits with something unsent, in the order in which that was made. */
  #waiting: Live[] = [];
  #waitingFrom = 0;
  readonly #idle: SimulatedHost[] = [];
  readonly #violations = new Set<string>();
  #now = 0;
  #begun = 0;
  #open = 0;
  readonly #counts = { completed: 0, failed: 0, acceptedWrong: 0, executions: 0, verifications: 0, events: 0 };

  constructor(config: SimulationConfig) {
    this.#config = config;
    this.#random = randomSource(config.seed);
    this.#hosts = newHosts(config.hosts, this.#random);
  }

  run(): SimulationReport {
    // Hosts arrive over the time of one result, in any order.
    for (const host of this.#hosts)
      this.#queue.add(Math.floor(this.#random() * this.#meanSeconds()), { kind: "ask", host });
    for (let next = this.#queue.next(); next; next = this.#queue.next()) {
      this.#now = next.seconds;
      this.#counts.events += 1;
      this.#happen(next.event);
      if (this.#open === 0 && this.#begun === this.#config.workunits) break;
    }
    const { completed, acceptedWrong, executions, verifications } = this.#counts;
    return {
      ...this.#counts,
      unfinished: this.#open + (this.#config.workunits - this.#begun),
      acceptedErrorRate: completed === 0 ? 0 : acceptedWrong / completed,
      redundancyFactor: completed === 0 ? 0 : (executions + verifications) / completed,
      simulatedSeconds: this.#now,
      violations: [...this.#violations],
    };
  }

  #happen(event: Event): void {
    if (event.kind === "due") {
      event.live.dueSeconds = null;
      this.#settle(event.live, []);
      return;
    }
    if (event.kind === "report") this.#report(event);
    this.#handOut(event.host);
  }

  #report({ live, resultId, report }: Extract<Event, { kind: "report" }>): void {
    const answer = acceptReport(live.state.workunit, live.state.results, resultId, report, this.#now);
    this.#counts.executions += 1;
    if (answer.status === "record") this.#settle(live, answer.actions);
  }

  /** S76 in expectation: half of the hand-outs begin with the workunits that others are at, half with fresh ones. */
  #handOut(host: SimulatedHost): void {
    const waitingFirst = this.#random() < 0.5;
    const sent = waitingFirst
      ? this.#sendWaiting(host) || this.#sendFresh(host)
      : this.#sendFresh(host) || this.#sendWaiting(host);
    if (!sent) this.#idle.push(host);
  }

  #sendFresh(host: SimulatedHost): boolean {
    if (this.#begun === this.#config.workunits) return false;
    const index = this.#begun;
    this.#begun += 1;
    this.#open += 1;
    const workunit = this.#newWorkunit(index);
    const state = { workunit, results: [], verdicts: NO_VERDICTS };
    const live: Live = { index, state, isWaiting: false, dueSeconds: null, isCounted: false };
    this.#settle(live, []);
    return this.#send(live, host);
  }

  #sendWaiting(host: SimulatedHost): boolean {
    const refused: Live[] = [];
    let sent = false;
    while (!sent && refused.length < OFFERS) {
      const live = this.#waiting[this.#waitingFrom];
      if (!live) break;
      this.#waitingFrom += 1;
      live.isWaiting = false;
      if (!live.state.results.some((result) => result.state === "unsent")) continue;
      sent = this.#send(live, host);
      if (!sent) refused.push(live);
      else this.#await(live);
    }
    // Those keep their place before everybody who came later.
    this.#waitingFrom -= refused.length;
    refused.forEach((live, offset) => {
      this.#waiting[this.#waitingFrom + offset] = live;
      live.isWaiting = true;
    });
    if (this.#waitingFrom > 100_000) {
      this.#waiting = this.#waiting.slice(this.#waitingFrom);
      this.#waitingFrom = 0;
    }
    return sent;
  }

  #send(live: Live, host: SimulatedHost): boolean {
    const { workunit, results } = live.state;
    const unsent = results.find((result) => result.state === "unsent");
    if (!unsent) return false;
    const place = { hostId: host.id, userId: host.id, deviceClass: "default", backend: "wasm", network: null };
    const asking = { ...place, consecutiveValid: decayed(host.standing, this.#now) };
    const answer = onSend(workunit, results, { resultId: unsent.id, host: asking, draw: this.#random() }, this.#now);
    if (answer.status !== "send") return false;
    this.#settle(live, answer.actions);
    this.#compute(live, host, unsent.id);
    return true;
  }

  #compute(live: Live, host: SimulatedHost, resultId: string): void {
    const performance = perform(host, live.index, this.#config.seed, this.#random);
    const seconds = Math.max(1, Math.round(host.slowness * this.#meanSeconds() * (0.5 + this.#random())));
    if (performance.kind === "silence") {
      this.#queue.add(this.#now + live.state.workunit.delayBoundSeconds, { kind: "ask", host });
      return;
    }
    const report: Report = { ...performance, userId: host.id };
    this.#queue.add(this.#now + seconds, { kind: "report", host, live, resultId, report });
  }

  /** Applies what happened and everything that follows from it. */
  #settle(live: Live, actions: readonly Action[]): void {
    this.#apply(live, actions);
    for (;;) {
      const { workunit, results, verdicts } = live.state;
      const decided = decide(workunit, results, verdicts, this.#now);
      if (decided.length === 0) break;
      this.#apply(live, decided);
      for (const action of decided) if (action.type === "verify") this.#verify(live, action.resultId);
    }
    if (this.#config.checkInvariants !== false) {
      for (const broken of violations(live.state)) this.#violations.add(broken);
    }
    this.#count(live);
    this.#await(live);
    const due = nextDueSeconds(live.state.workunit, live.state.results, this.#now);
    if (due !== null && (live.dueSeconds === null || due < live.dueSeconds)) {
      live.dueSeconds = due;
      this.#queue.add(Math.max(due, this.#now), { kind: "due", live });
    }
  }

  #apply(live: Live, actions: readonly Action[]): void {
    if (actions.length === 0) return;
    const before = live.state;
    live.state = apply(before, actions, this.#now);
    for (const action of actions) {
      if (action.type !== "note_host") continue;
      const host = this.#hosts[Number(action.hostId) - 1];
      if (host) host.standing = noted(host.standing, action.event, this.#now);
    }
    if (this.#config.checkInvariants === false) return;
    for (const broken of stepViolations(before, live.state)) this.#violations.add(broken);
  }

  /** The app's verifier is right, and takes no time. */
  #verify(live: Live, resultId: string): void {
    this.#counts.verifications += 1;
    const result = live.state.results.find((one) => one.id === resultId);
    const isRight = result?.state === "over" && result.outcome === "ok" && result.digest === RIGHT_OUTPUT;
    const verdict = isRight ? "passed" : "rejected";
    live.state = withVerification(live.state, resultId, { verdict, reason: verdict });
  }

  #count(live: Live): void {
    const { workunit, results } = live.state;
    if (workunit.state === "open" || live.isCounted) return;
    live.isCounted = true;
    this.#open -= 1;
    if (workunit.state === "failed") {
      this.#counts.failed += 1;
      return;
    }
    this.#counts.completed += 1;
    const canonical = results.find((result) => result.id === workunit.canonicalId);
    const isRight = canonical?.state === "over" && canonical.outcome === "ok" && canonical.digest === RIGHT_OUTPUT;
    if (!isRight) this.#counts.acceptedWrong += 1;
  }

  /** Puts a workunit with unsent results in the queue, and wakes a host that found nothing. */
  #await(live: Live): void {
    if (live.isWaiting || !live.state.results.some((result) => result.state === "unsent")) return;
    live.isWaiting = true;
    this.#waiting.push(live);
    const host = this.#idle.shift();
    if (host) this.#queue.add(this.#now, { kind: "ask", host });
  }

  #meanSeconds(): number {
    return this.#config.meanSeconds ?? 3600;
  }

  #newWorkunit(index: number): Workunit {
    const parameters: Parameters = {
      minQuorum: 1,
      targetNResults: this.#config.parameters?.minQuorum ?? 1,
      maxErrorResults: 5,
      maxTotalResults: 15,
      maxSuccessResults: 0,
      delayBoundSeconds: 86_400,
      graceSeconds: 0,
      leaseSeconds: 0,
      ...this.#config.parameters,
    };
    const { policy } = this.#config;
    const draws = { select: this.#random(), extra: this.#random() };
    const plan = planWorkunit(
      { ...parameters, randomExtraResults: undefined },
      policy,
      { name: `${index}`, tags: {} },
      draws,
    );
    return {
      ...parameters,
      ...plan,
      state: "open",
      id: `${index}`,
      createdSeconds: this.#now,
      policy,
      comparison: "digest",
      homogeneity: "off",
      homogeneityClass: null,
      onePerUser: true,
      assimilation: "init",
      flops: 648e9,
      outputDeleted: false,
    };
  }
}
