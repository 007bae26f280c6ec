import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ExchangeRequest,
  type ExchangeResponse,
  type Lease,
  PROTOCOL_VERSION,
  type Report,
  type SessionResponse,
} from "../../server/core/wire/exchange.ts";
import { createRandom, type Random } from "../../server/examples/random.ts";
import { type LeanHttp, openLeanHttp } from "../bench/lean-http.ts";

/**
 * Many volunteers in this process, each a user with one host, over real HTTP: they take a while per result as computing
 * does, and keep what they could not report until a server takes it. Their answers come from `answer`, which knows them.
 */
export type FleetOptions = {
  /** Servers of one database; every call goes to any of them, as through a load balancer. */
  urls: readonly string[];
  habits: readonly Habit[];
  seed: number;
  /** What one result takes a host. */
  resultMs: number;
  /** Most results a host holds at once. */
  most: number;
  answer(lease: Lease): Buffer;
};

/**
 * errs: half of its results are errors. lies: half of its answers are wrong, each in a way of its own. vanishes: takes
 * work a few times and then for ever.
 */
export type Habit = "honest" | "errs" | "lies" | "vanishes";

export type Fleet = {
  /** Result -> hosts that were ever told to compute it. */
  readonly given: ReadonlyMap<string, ReadonlySet<string>>;
  /** Result -> what its host said and the server acknowledged. */
  readonly taken: ReadonlyMap<string, Taken>;
  /** What a server answered that it must never answer, in words. */
  readonly problems: readonly string[];
  /** Calls that ended without an answer, and those of them whose connection broke under way. */
  readonly failures: { calls: number; broken: number };
  /** Calls that are under way to a server now. */
  underWay(url: string): number;
  /** Rejects with what broke a host, when something does. */
  readonly broke: Promise<never>;
  /** Reports what is finished, asks for nothing more. */
  stop(): Promise<void>;
};

export type Taken = {
  hostId: string;
  status: "recorded" | "duplicate" | "ignored";
  kind: Report["kind"];
  sha256: string;
};

type Host = { number: number; id: string; token: string; habit: Habit; random: Random };

const DEVICE: ExchangeRequest["device"] = {
  cores: 4,
  backends: [{ kind: "wasm", class: "fleet", label: "", knownAnswerOk: true }],
};
/** Turns after which one that vanishes does. */
const VANISHES_AFTER = 3;

export function launchFleet(options: FleetOptions): Fleet {
  const https = options.urls.map((url) => openLeanHttp(url, options.habits.length));
  const underWay = options.urls.map(() => 0);
  const given = new Map<string, Set<string>>();
  const taken = new Map<string, Taken>();
  const problems: string[] = [];
  const failures = { calls: 0, broken: 0 };
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;

  /** Again and again until a server answers: what a client does whose server is away. */
  async function call<T>(host: Host, procedure: string, input: unknown): Promise<T> {
    for (;;) {
      const at = host.random.below(https.length);
      underWay[at] = (underWay[at] ?? 0) + 1;
      try {
        return await (https[at] as LeanHttp).call<T>(procedure, input, host.token === "" ? undefined : host.token);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // Without a code it is an answer, and no host here says anything that may be refused.
        if (code === undefined) throw error;
        failures.calls += 1;
        if (code !== "ECONNREFUSED") failures.broken += 1;
        await delay(50 + host.random.below(200));
      } finally {
        underWay[at] = (underWay[at] ?? 0) - 1;
      }
    }
  }

  async function live(number: number, habit: Habit): Promise<void> {
    const random = createRandom(options.seed, number);
    const host: Host = { number, id: "", token: "", habit, random };
    const secret = createHash("sha256").update(`fleet ${options.seed} ${number}`).digest("hex");
    const said = { protocol: PROTOCOL_VERSION, credential: { kind: "secret", secret } };
    const session = await call<SessionResponse>(host, "volunteer.session", said);
    Object.assign(host, { id: session.hostId, token: session.token });
    let reports: Report[] = [];
    for (let turn = 1; ; turn += 1) {
      const last = isStopping();
      const want = { results: last ? 0 : 1 + random.below(options.most), backends: ["wasm" as const] };
      const request: ExchangeRequest = { protocol: PROTOCOL_VERSION, device: DEVICE, reports, want };
      const answer = await call<ExchangeResponse>(host, "volunteer.exchange", request);
      note(host, reports, answer);
      if (last || (habit === "vanishes" && turn > VANISHES_AFTER && answer.leases.length > 0)) return;
      await delay(answer.leases.length === 0 ? 300 + random.below(300) : answer.leases.length * options.resultMs);
      reports = answer.leases.map((lease) => report(host, lease));
    }
  }

  function note(host: Host, reports: readonly Report[], { acknowledgements, leases }: ExchangeResponse): void {
    for (const [index, report] of reports.entries()) {
      const { resultId, kind } = report;
      const acknowledged = acknowledgements[index];
      if (acknowledged?.resultId !== resultId || acknowledged.status === "refused") {
        problems.push(`the report of ${resultId} was answered ${JSON.stringify(acknowledged)}`);
      } else {
        const sha256 = report.kind === "output" ? report.outputSha256 : "";
        taken.set(resultId, { hostId: host.id, status: acknowledged.status, kind, sha256 });
      }
    }
    for (const { resultId } of leases) {
      if (taken.has(resultId)) problems.push(`result ${resultId} was given again after its report was taken`);
      given.set(resultId, (given.get(resultId) ?? new Set()).add(host.id));
    }
  }

  function report({ habit, random, number }: Host, lease: Lease): Report {
    const { resultId, leaseToken } = lease;
    if (habit === "errs" && random.chance(0.5)) {
      return { kind: "error", resultId, leaseToken, code: "trapped", message: "out of bounds" };
    }
    const output = options.answer(lease);
    // Liars who agreed would be right as far as anybody can tell.
    if (habit === "lies" && random.chance(0.5)) output.writeUInt32LE(0xffff0000 + number);
    const timing = { backend: "wasm" as const, deviceClass: "fleet", elapsedMs: options.resultMs };
    const outputSha256 = createHash("sha256").update(output).digest("hex");
    return { kind: "output", resultId, leaseToken, outputBase64: output.toString("base64"), outputSha256, timing };
  }

  const lives = Promise.all(options.habits.map((habit, number) => live(number, habit)));
  const broke = lives.then(() => new Promise<never>(() => undefined));
  broke.catch(() => undefined);
  return {
    broke,
    given,
    taken,
    problems,
    failures,
    underWay: (url) => underWay[options.urls.indexOf(url)] ?? 0,
    async stop() {
      stopping.abort();
      try {
        await lives;
      } finally {
        for (const http of https) http.close();
      }
    },
  };
}
