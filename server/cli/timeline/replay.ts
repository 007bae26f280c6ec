import { createHash } from "node:crypto";
import { submitBatch } from "../../batch/submit-batch.ts";
import { DRAW_AUDIT, DRAW_TRUST } from "../../core/trust/draw.ts";
import { exchangeRequestSchema, PROTOCOL_VERSION, type Report } from "../../core/wire/exchange.ts";
import type { Deps } from "../../deps.ts";
import { openSession } from "../../host/open-session.ts";
import { deliverOutbox } from "../../outbox/deliver-outbox.ts";
import { Refusal } from "../../refusal.ts";
import { advanceDue, nextDue } from "../../sweeper/advance-due.ts";
import { endUnsendable, nextUnsendable } from "../../sweeper/end-unsendable.ts";
import { runVerdicts } from "../../sweeper/run-verdicts.ts";
import { exchange } from "../../volunteer/exchange.ts";
import { cancelWorkunits } from "../../workunit/settle-workunits.ts";
import { loadState, type ReplayState } from "./load-state.ts";
import { MALFORMED_OUTPUT, outputOf, publishReplayApp } from "./replay-app.ts";
import { type Action, type Draw, type HostSetup, type Timeline, TimelineError } from "./timeline-file.ts";

/**
 * All replays of one command share a database. Each has a project of its own, and its clock begins this long before the one
 * of the replay before: whatever an earlier one left waiting is far in the future and never falls due.
 */
const LATEST_ORIGIN_SECONDS = 150_000_000_000_000;
const SPAN_SECONDS = 100_000_000_000;

/** What the storage of a replay obeys. */
export type Readability = { readable: boolean };

/** One workunit's life, driven through the use cases that serve volunteers. */
export class Replay {
  readonly #deps: Deps;
  readonly #readability: Readability;
  /** When the workunit is created, on the server's clock; its own clock counts from there. */
  readonly #origin: number;
  readonly #slug: string;
  readonly #hosts = new Map<string, number>();
  readonly #setups = new Map<string, HostSetup>();
  /** What each host has in its hands: result ids. */
  readonly #holds = new Map<string, Set<number>>();
  #workunitId = 0;
  #appVersionId = 0;
  #now: number;

  /** @param args.index differs between all replays on one database. */
  constructor(deps: Deps, { readability, index }: { readability: Readability; index: number }) {
    this.#deps = deps;
    this.#readability = readability;
    this.#slug = `replay-${index}`;
    this.#origin = LATEST_ORIGIN_SECONDS - index * SPAN_SECONDS;
    this.#now = this.#origin;
  }

  /** Publishes the app, submits the workunit, lets the hosts introduce themselves. @throws {TimelineError} */
  async begin({ setup, wuLine }: Timeline): Promise<void> {
    for (const host of setup.hosts) {
      this.#setups.set(host.name, host);
      this.#hosts.set(host.name, await this.#createHost(host));
      this.#holds.set(host.name, new Set());
    }
    const { appVersionId } = await publishReplayApp(this.#deps, { setup, slug: this.#slug }, this.#now);
    this.#appVersionId = appVersionId;
    const { minQuorum, targetNResults, maxErrorResults, maxTotalResults, maxSuccessResults } = setup;
    const { delayBoundSeconds, graceSeconds, leaseSeconds, homogeneity, onePerUser, flops } = setup;
    const numbers = { minQuorum, targetNResults, maxErrorResults, maxTotalResults, maxSuccessResults };
    const parameters = { ...numbers, delayBoundSeconds, graceSeconds, leaseSeconds, homogeneity, onePerUser };
    const workunits = [{ name: "workunit", input: new Uint8Array(), flops, parameters }];
    const batch = { appVersionId, name: "Replay", key: "replay", acceptAbsurd: true, workunits };
    try {
      const { workunitIds } = await submitBatch(this.#deps, batch, this.#now);
      this.#workunitId = workunitIds[0] ?? 0;
    } catch (error) {
      if (error instanceof Refusal) throw new TimelineError(wuLine, error.message);
      throw error;
    }
    await this.#settle();
  }

  /** Seconds since creation. */
  get nowSeconds(): number {
    return this.#now - this.#origin;
  }

  async state(): Promise<ReplayState> {
    return await loadState(this.#deps, { workunitId: this.#workunitId, hosts: this.#hosts }, this.#now);
  }

  /** Moves the clock; everything due before or by then happens first, in order of time. */
  async moveClock(toSeconds: number): Promise<void> {
    const target = this.#origin + toSeconds;
    for (;;) {
      const next = await this.#nextEvent();
      if (next === null || next > target) break;
      this.#now = next;
      await this.#settle();
    }
    this.#now = target;
    await this.#settle();
  }

  /** The next second after now in which time alone may change something. */
  async #nextEvent(): Promise<number | null> {
    const times = [await nextDue(this.#deps), await nextUnsendable(this.#deps)];
    const later = times.filter((time) => time !== null && time > this.#now) as number[];
    return later.length === 0 ? null : Math.min(...later);
  }

  /** @returns what a `send` handed out, null otherwise. */
  async perform(action: Action): Promise<number | null> {
    const sent = await this.#act(action);
    await this.#settle();
    return sent;
  }

  async #act(action: Action): Promise<number | null> {
    switch (action.type) {
      case "send":
        return await this.#send(action.host);
      case "report":
        await this.#report(action.host, action.result, outputReport(outputOf(action.output)));
        return null;
      case "malformed":
        await this.#report(action.host, action.result, outputReport(MALFORMED_OUTPUT));
        return null;
      case "fail": {
        const { by } = action;
        const failure = by === "host" ? { kind: "error" as const, code: "replayed" } : { kind: "aborted" as const, by };
        await this.#report(action.host, action.result, failure);
        return null;
      }
      case "return":
        await this.#report(action.host, action.result, { kind: "returned" });
        return null;
      case "renew":
        await this.#exchange(action.host, { reports: [], wanted: 0 });
        return null;
      case "forget":
        this.#holds.get(action.host)?.clear();
        return null;
      case "expire":
        await this.#expire(action.results);
        return null;
      case "unreadable":
        this.#readability.readable = false;
        return null;
      case "readable":
        this.#readability.readable = true;
        await this.#deps.pool.query(
          "update comparison set retry_seconds = least(retry_seconds, $1) where agree is null",
          [this.#now],
        );
        await this.#deps.pool.query(
          "update verification set retry_seconds = least(retry_seconds, $1) where verdict is null",
          [this.#now],
        );
        return null;
      case "cancel":
        await cancelWorkunits(this.#deps, [this.#workunitId], this.#now);
        return null;
      case "assimilate":
        await deliverOutbox(this.#deps, { kind: "assimilate" }, this.#now);
        return null;
      case "purge":
        await deliverOutbox(
          this.#deps,
          { kind: "delete_output", untilSeconds: this.#origin + SPAN_SECONDS },
          this.#now,
        );
        return null;
      case "cv":
        await this.#setCount(action.host, action.count);
        return null;
      case "settle":
      case "wait":
      case "expect":
        return null;
    }
  }

  async #settle(): Promise<void> {
    for (;;) {
      const looked = await advanceDue(this.#deps, this.#now);
      const judged = await runVerdicts(this.#deps, this.#now);
      const ended = await endUnsendable(this.#deps, this.#now);
      if (looked + judged + ended === 0) return;
    }
  }

  async #send(host: string): Promise<number | null> {
    const { leases } = await this.#exchange(host, { reports: [], wanted: 1 });
    const lease = leases[0];
    if (lease === undefined) return null;
    this.#holds.get(host)?.add(Number(lease.resultId));
    const { results } = await this.state();
    return results.findIndex((result) => result.id === Number(lease.resultId));
  }

  async #report(host: string, number: number, said: Said): Promise<void> {
    const result = (await this.state()).results[number];
    if (result === undefined) throw new Error(`there is no result ${number}`);
    // Whoever reports has the proof that the result's holder was given.
    const leaseToken = this.#deps.secrets.leaseToken(result.id, result.hostId ?? 0);
    this.#holds.get(host)?.delete(result.id);
    await this.#exchange(host, { reports: [{ ...said, resultId: String(result.id), leaseToken }], wanted: 0 });
  }

  async #exchange(host: string, { reports, wanted }: { reports: unknown[]; wanted: number }) {
    const holds = [...(this.#holds.get(host) ?? [])].map((id) => ({ resultId: String(id), started: true }));
    const deviceClass = this.#setups.get(host)?.deviceClass ?? "default";
    const request = exchangeRequestSchema.parse({
      protocol: PROTOCOL_VERSION,
      device: { cores: 1, backends: [{ kind: "wasm", class: deviceClass, knownAnswerOk: true }] },
      reports,
      holds,
      want: { results: wanted, shares: { [this.#slug]: 1 }, backends: ["wasm"] },
    });
    return await exchange(this.#deps, { hostId: this.#hosts.get(host) ?? 0, address: null, request }, this.#now);
  }

  async #createHost({ name, user }: HostSetup): Promise<number> {
    const secret = createHash("sha256").update(`${this.#slug}:${name}`).digest("hex");
    const request = { protocol: PROTOCOL_VERSION, credential: { kind: "secret" as const, secret } };
    const mayCreate = () => Promise.resolve();
    const session = await openSession(this.#deps, { request, address: null, userAgent: null, mayCreate }, this.#now);
    // Hosts of one user are hosts of the first of them.
    const first = [...this.#setups.values()].find((host) => host.user === user && host.name !== name);
    const owner = first === undefined ? undefined : this.#hosts.get(first.name);
    if (owner !== undefined) {
      await this.#deps.pool.query("update host set user_id = (select user_id from host where id = $2) where id = $1", [
        Number(session.hostId),
        owner,
      ]);
    }
    // A host is seen when it says something, and so far it has not.
    await this.#deps.pool.query("update host set last_seen_seconds = -1 where id = $1", [Number(session.hostId)]);
    return Number(session.hostId);
  }

  async #expire(numbers: readonly number[]): Promise<void> {
    await this.#deps.pool.query(
      `update result set deadline_seconds = $3::bigint, due_seconds = least(due_seconds, $3::bigint + 1)
        where workunit_id = $1 and number = any($2::int[]) and state = 'in_progress'`,
      [this.#workunitId, numbers, this.#now - 1],
    );
  }

  async #setCount(host: string, count: number): Promise<void> {
    await this.#deps.pool.query(
      `insert into host_app_version (host_id, app_version_id, consecutive_valid, changed_seconds) values ($1, $2, $3, $4)
       on conflict (host_id, app_version_id) do update set consecutive_valid = excluded.consecutive_valid, changed_seconds = excluded.changed_seconds`,
      [this.#hosts.get(host), this.#appVersionId, count, this.#now],
    );
  }
}

type WithoutLease<T> = T extends unknown ? Omit<T, "resultId" | "leaseToken" | "message"> : never;
type Said = WithoutLease<Report>;

function outputReport(bytes: Buffer): Said {
  return {
    kind: "output",
    outputBase64: bytes.toString("base64"),
    outputSha256: createHash("sha256").update(bytes).digest("hex"),
    timing: { backend: "wasm", elapsedMs: 0 },
  };
}

/** Every random decision of a replay. */
export function drawsOf(draw: Draw): () => number {
  switch (draw.kind) {
    case "trust":
      return () => DRAW_TRUST;
    case "audit":
      return () => DRAW_AUDIT;
    case "seed":
      return mulberry32(draw.seed);
  }
}

/** A small generator with a state of 32 bits (Tommy Ettinger's mulberry32): enough to repeat a replay. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
