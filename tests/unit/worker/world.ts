import type { ExchangeRequest, Report } from "../../../server/core/wire/exchange.ts";
import { DEFAULT_SETTINGS, initialState, UNKNOWN_CONDITIONS } from "../../../worker/supervisor/core/initial.ts";
import { step } from "../../../worker/supervisor/core/step.ts";
import type { Command, Conditions, Event, LeaseFacts, State, Totals } from "../../../worker/supervisor/core/types.ts";
import type { RecordEntry, VolunteerSettings } from "../../../worker/supervisor/view.ts";
import { WorldServer } from "./world-server.ts";

/**
 * A world for the supervisor's state machine: a clock, a server, a store and compute workers that do what they are
 * commanded after some simulated time. No time passes; everything is decided by a seed.
 */

export interface WorldOptions {
  readonly seed?: number;
  readonly settings?: Partial<VolunteerSettings>;
  readonly cores?: number;
  readonly once?: boolean;
  readonly gpu?: boolean;
  /** Simulated milliseconds of a workunit on a CPU. */
  readonly workMs?: number;
  readonly latencyMs?: number;
  /** Workunits the server has; Infinity by default. */
  readonly supply?: number;
}

export interface RunFailure {
  readonly code: string;
  readonly blame: "kernel" | "device" | "checkpoint";
  /** Only there; absent: on whatever backend comes next. */
  readonly backend?: "wasm" | "wgsl";
}

interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly event: Event;
  /** Not delivered when the run or slot it speaks of has been ended meanwhile. */
  readonly valid: () => boolean;
}

export class World {
  nowMs = 1_000;
  state: State;
  readonly log: { atMs: number; command: Command }[] = [];
  readonly exchanges: ExchangeRequest[] = [];
  /** The server's side. */
  readonly server = new WorldServer();
  /** The durable side: what a restart finds. */
  readonly disk = {
    tasks: new Map<string, { lease: LeaseFacts; progress: number }>(),
    reports: new Map<string, { report: Report; needsUpload: boolean }>(),
    records: new Map<string, RecordEntry>(),
    totals: { creditMicro: "0", confirmed: 0, notConfirmed: 0 } as Totals,
  };
  /** slot -> result that computes on it now. */
  readonly runs = new Map<number, { resultId: string; backend: string; run: number }>();
  computedMs = 0;
  /** What a run ends with instead of an output, by result id. */
  readonly runFailures = new Map<string, RunFailure[]>();
  /** Runs that never answer, not even to a stop. */
  readonly deaf = new Set<string>();
  workersStart = true;
  /** False: the graphics card does not answer a device check any more. */
  gpuAnswers = true;
  filesFail: null | "network" | "wrong" | "unusable" | "held" = null;
  ended = 0;

  readonly #options: Required<WorldOptions>;
  #random: () => number;
  #queue: Scheduled[] = [];
  #wakeAtMs: number | null = null;
  #order = 0;
  #runs = 0;
  #life = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = {
      seed: 1,
      settings: {},
      cores: 4,
      once: false,
      gpu: false,
      workMs: 30_000,
      latencyMs: 50,
      supply: Number.POSITIVE_INFINITY,
      ...options,
    };
    this.#random = mulberry32(this.#options.seed);
    this.server.supply = this.#options.supply;
    this.state = this.#newState();
  }

  get random(): () => number {
    return this.#random;
  }

  #newState(): State {
    const settings = { ...DEFAULT_SETTINGS, preset: "all" as const, ...this.#options.settings };
    return initialState({
      clientVersion: "test",
      cores: this.#options.cores,
      memoryBytes: null,
      settings,
      conditions: UNKNOWN_CONDITIONS,
      once: this.#options.once,
    });
  }

  /** Delivers an event now. */
  send(event: Event): void {
    const transition = step(this.state, event, { nowMs: this.nowMs, random: this.#random() });
    this.state = transition.state;
    this.#wakeAtMs = transition.wakeAtMs;
    for (const command of transition.commands) {
      this.log.push({ atMs: this.nowMs, command });
      this.#obey(command);
    }
  }

  start(): void {
    this.send({ type: "start_asked" });
  }

  conditions(change: Partial<Conditions>): void {
    this.send({ type: "conditions_changed", conditions: { ...this.state.conditions, ...change } });
  }

  /** The process dies: only the disk and the server remember. */
  crash(): void {
    this.#life += 1;
    this.#queue = [];
    this.#wakeAtMs = null;
    this.runs.clear();
    this.state = this.#newState();
  }

  commands<Type extends Command["type"]>(type: Type): Extract<Command, { type: Type }>[] {
    return this.log.flatMap(({ command }) =>
      command.type === type ? [command as Extract<Command, { type: Type }>] : [],
    );
  }

  /** Lets simulated time pass. `check` is called after everything that happens. */
  run(milliseconds: number, check: () => void = () => undefined): void {
    const endMs = this.nowMs + milliseconds;
    for (let guard = 0; ; guard += 1) {
      if (guard > 2_000_000) throw new Error("the client spins");
      this.#queue.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const next = this.#queue[0];
      const wakeMs = this.#wakeAtMs === null ? Number.POSITIVE_INFINITY : Math.max(this.nowMs, this.#wakeAtMs);
      const nextMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, wakeMs);
      if (nextMs > endMs) break;
      this.#advance(nextMs);
      if (next !== undefined && next.atMs <= wakeMs) {
        this.#queue.shift();
        if (next.valid()) this.send(next.event);
      } else {
        this.#wakeAtMs = null;
        this.send({ type: "tick" });
      }
      check();
    }
    this.#advance(endMs);
  }

  #advance(toMs: number): void {
    this.computedMs += (toMs - this.nowMs) * this.runs.size;
    this.nowMs = toMs;
  }

  #later(delayMs: number, event: Event, valid: () => boolean = () => true): void {
    const life = this.#life;
    this.#order += 1;
    this.#queue.push({
      atMs: this.nowMs + delayMs,
      order: this.#order,
      event,
      valid: () => life === this.#life && valid(),
    });
  }

  #obey(command: Command): void {
    switch (command.type) {
      case "begin":
        this.#later(5, {
          type: "started",
          tasks: [...this.disk.tasks.values()].map(({ lease, progress }) => ({
            lease,
            checkpoint: { progress, format: "f" },
          })),
          reports: [...this.disk.reports.values()],
          history: [...this.disk.records.values()],
          totals: this.disk.totals,
          durationsMs: new Map(),
        });
        return;
      case "check_device":
        if (!this.server.probeReachable) {
          this.#later(300, { type: "device_check_failed", unreachable: true, message: "no network" });
          return;
        }
        this.#later(300, {
          type: "device_checked",
          backends: [
            { kind: "wasm", state: "ok", label: "", detail: "", class: "w" },
            {
              kind: "wgsl",
              state: this.#options.gpu && this.gpuAnswers ? "ok" : "unavailable",
              label: "",
              detail: "",
              class: "g",
            },
          ],
        });
        return;
      case "open_slot":
        if (!this.workersStart) {
          this.#later(30, { type: "slot_failed", slotId: command.slotId, message: "no memory" });
          return;
        }
        this.#later(30, { type: "slot_ready", slotId: command.slotId });
        return;
      case "close_slot":
        this.runs.delete(command.slotId);
        return;
      case "prepare":
        if (this.filesFail !== null) {
          this.#later(20, {
            type: "prepare_failed",
            resultId: command.resultId,
            kind: this.filesFail,
            message: "test",
          });
          return;
        }
        this.#later(20, { type: "prepared", resultId: command.resultId, backends: ["wgsl", "wasm"] });
        return;
      case "run":
        this.#run(command);
        return;
      case "stop_run": {
        const running = this.runs.get(command.slotId);
        if (running?.resultId !== command.resultId || this.deaf.has(command.resultId)) return;
        const progress = this.#progressOf(command.resultId);
        const keep = command.checkpoint && progress > 0;
        if (keep) this.#checkpoint(command.resultId, progress);
        const checkpoint = keep ? { progress, format: "f" } : null;
        const { slotId, resultId } = command;
        this.#later(20, { type: "run_stopped", slotId, resultId, checkpoint }, () => this.#ends(slotId, running.run));
        return;
      }
      case "drop_task":
      case "drop_checkpoint":
        this.disk.tasks.delete(command.resultId);
        return;
      case "store_report":
        this.disk.reports.set(command.report.resultId, command);
        return;
      case "drop_report":
        this.disk.reports.delete(command.resultId);
        return;
      case "store_record":
        this.disk.records.set(command.entry.resultId, command.entry);
        this.disk.totals = command.totals;
        return;
      case "upload":
        this.#later(100, { type: "uploaded", resultId: command.resultId });
        return;
      case "exchange":
        this.#exchange(command.request);
        return;
      case "park":
        if (this.server.reachable) for (const { resultId } of command.leases) this.server.parked.add(resultId);
        return;
      case "end":
        this.ended += 1;
        return;
      case "set_pace":
        return;
    }
  }

  #starts = new Map<string, { atMs: number; from: number; totalMs: number }>();

  #progressOf(resultId: string): number {
    const start = this.#starts.get(resultId);
    if (start === undefined) return 0;
    return Math.min(0.999, start.from + (this.nowMs - start.atMs) / start.totalMs);
  }

  #checkpoint(resultId: string, progress: number): void {
    const lease = this.state.tasks.get(resultId)?.lease;
    if (lease !== undefined) this.disk.tasks.set(resultId, { lease, progress });
  }

  /** True when this very run is still on the slot, and takes it off. */
  #ends(slotId: number, run: number): boolean {
    if (this.runs.get(slotId)?.run !== run) return false;
    this.runs.delete(slotId);
    return true;
  }

  #run({ slotId, resultId, backend }: Extract<Command, { type: "run" }>): void {
    if (this.runs.has(slotId)) throw new Error(`slot ${slotId} was given a second run`);
    for (const other of this.runs.values()) if (other.resultId === resultId) throw new Error(`${resultId} runs twice`);
    this.#runs += 1;
    const run = this.#runs;
    this.runs.set(slotId, { resultId, backend, run });
    const from = this.state.tasks.get(resultId)?.checkpoint?.progress ?? 0;
    const totalMs = backend === "wgsl" ? this.#options.workMs / 4 : this.#options.workMs;
    this.#starts.set(resultId, { atMs: this.nowMs, from, totalMs });
    if (this.deaf.has(resultId)) return;
    const leftMs = totalMs * (1 - from);
    const on = (): boolean => this.runs.get(slotId)?.run === run;
    const failures = this.runFailures.get(resultId) ?? [];
    const failure = failures.find((each) => each.backend === undefined || each.backend === backend);
    if (failure !== undefined) {
      failures.splice(failures.indexOf(failure), 1);
      this.#later(
        leftMs / 2,
        { type: "run_failed", slotId, resultId, code: failure.code, blame: failure.blame, message: "test", wallMs: 0 },
        () => this.#ends(slotId, run),
      );
      return;
    }
    for (let atMs = 10_000; atMs < leftMs; atMs += 10_000) {
      const progress = from + atMs / totalMs;
      this.#later(atMs, { type: "progress", slotId, resultId, progress, steps: Math.ceil(atMs / 100) }, on);
      this.#later(atMs, { type: "checkpointed", resultId, checkpoint: { progress, format: "f" } }, () => {
        if (on()) this.#checkpoint(resultId, progress);
        return on();
      });
    }
    const leaseToken = this.state.tasks.get(resultId)?.lease.leaseToken ?? "";
    const report = {
      kind: "output",
      resultId,
      leaseToken,
      outputSha256: "0".repeat(64),
      timing: { backend, elapsedMs: Math.round(leftMs) },
    } as const;
    const event: Event = {
      type: "finished",
      slotId,
      resultId,
      report,
      needsUpload: Number(resultId) % 5 === 0,
      elapsedMs: leftMs,
      finishedWallMs: this.nowMs + leftMs,
      whole: from === 0,
    };
    this.#later(leftMs, event, () => this.#ends(slotId, run));
  }

  #exchange(request: ExchangeRequest): void {
    this.exchanges.push(structuredClone(request));
    const { latencyMs } = this.#options;
    if (!this.server.reachable) {
      this.#later(latencyMs, { type: "exchange_failed", failure: { kind: "network" } });
      return;
    }
    if (this.server.failure !== null) {
      this.#later(latencyMs, { type: "exchange_failed", failure: this.server.failure });
      return;
    }
    const response = this.server.answer(request);
    if (this.#random() < this.server.loseAnswer) {
      this.#later(latencyMs, { type: "exchange_failed", failure: { kind: "network" } });
      return;
    }
    this.#later(latencyMs, { type: "exchange_answered", response, roundTripMs: latencyMs, wallMs: this.nowMs });
  }
}

/** Seeded, 32 bits of state: enough for tests that must be repeatable. */
export function mulberry32(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
