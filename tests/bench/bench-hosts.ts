import { createHash, randomBytes } from "node:crypto";
import {
  type ExchangeRequest,
  type ExchangeResponse,
  type Lease,
  PROTOCOL_VERSION,
  type SessionRequest,
  type SessionResponse,
} from "../../server/core/wire/exchange.ts";
import { type LeanHttp, openLeanHttp } from "./lean-http.ts";

/** Hosts of distinct users that compute nothing and exchange as fast as they are answered. */
export interface BenchHosts {
  /** All hosts exchange in a closed loop, each with `batch` results, until `seconds` are over or `until` says so. */
  load(options: { batch: number; seconds: number }): Promise<LoadResult>;
  /** Each host exchanges so often, all of them at the same time. @returns results recorded. */
  exchange(options: { batch: number; times: number }): Promise<number>;
  /** Each host says that it goes on with what it holds. */
  keep(): Promise<void>;
  /** All of them forget what they hold: the next exchange brings that first. */
  lose(): void;
  /** Results leased since the beginning. */
  leased(): number;
  /** Reports what is held and asks for nothing. */
  handIn(): Promise<void>;
  close(): void;
}

export interface LoadResult {
  readonly recorded: number;
  readonly exchanges: number;
  readonly seconds: number;
  /** Milliseconds from asking to the answer. */
  readonly latencies: readonly number[];
  /** Exchanges that brought less than was asked for. */
  readonly short: number;
}

interface BenchHost {
  readonly token: string;
  held: readonly Lease[];
}

const NOTHING: ExchangeRequest["want"] = { results: 0, backends: ["wasm"] };
const DEVICE: ExchangeRequest["device"] = {
  // As many as lets a host hold two batches of 64: what is being computed, and what was fetched ahead.
  cores: 32,
  memoryBytes: 8 * 2 ** 30,
  backends: [{ kind: "wasm", class: "bench", label: "", knownAnswerOk: true }],
};

/** As many hosts as there are secrets; a secret that the server does not know makes a new user. */
export async function openBenchHosts(url: string, secrets: readonly string[]): Promise<BenchHosts> {
  const http = openLeanHttp(url, secrets.length);
  const hosts = await Promise.all(secrets.map((secret) => openHost(http, secret)));
  let leased = 0;
  async function exchange(host: BenchHost, wanted: number): Promise<ExchangeResponse> {
    const reports = host.held.map(reportOf);
    const request: ExchangeRequest = {
      protocol: PROTOCOL_VERSION,
      device: DEVICE,
      reports,
      want: { results: wanted, backends: ["wasm"] },
    };
    const answer = await http.call<ExchangeResponse>("volunteer.exchange", request, host.token);
    const bad = answer.acknowledgements.find(({ status }) => status !== "recorded");
    if (bad !== undefined) throw new Error(`a report was ${bad.status}: ${bad.message ?? ""}`);
    host.held = answer.leases;
    leased += answer.leases.length;
    return answer;
  }
  return {
    async load({ batch, seconds }) {
      const began = performance.now();
      const end = began + seconds * 1000;
      let recorded = 0;
      let short = 0;
      const latencies: number[] = [];
      await Promise.all(
        hosts.map(async (host) => {
          while (performance.now() < end) {
            const asked = performance.now();
            const answer = await exchange(host, batch);
            latencies.push(performance.now() - asked);
            recorded += answer.acknowledgements.length;
            if (answer.leases.length < batch) short += 1;
          }
        }),
      );
      return { recorded, exchanges: latencies.length, seconds: (performance.now() - began) / 1000, latencies, short };
    },
    async exchange({ batch, times }) {
      let recorded = 0;
      const turns = hosts.map(async (host) => {
        for (let time = 0; time < times; time += 1) {
          // Not in one statement: the sum would be read before the wait, and the hosts' would overwrite each other's.
          const { acknowledgements } = await exchange(host, batch);
          recorded += acknowledgements.length;
        }
      });
      await Promise.all(turns);
      return recorded;
    },
    async keep() {
      const kept = hosts.map(async (host) => {
        const holds = host.held.map(({ resultId }) => ({ resultId, started: true }));
        const request: ExchangeRequest = { protocol: PROTOCOL_VERSION, device: DEVICE, holds, want: NOTHING };
        await http.call<ExchangeResponse>("volunteer.exchange", request, host.token);
      });
      await Promise.all(kept);
    },
    lose() {
      for (const host of hosts) host.held = [];
    },
    leased: () => leased,
    async handIn() {
      for (const host of hosts) if (host.held.length > 0) await exchange(host, 0);
    },
    close: () => http.close(),
  };
}

/** Secrets that nobody knows yet. */
export function newSecrets(count: number): string[] {
  return Array.from({ length: count }, () => randomBytes(32).toString("hex"));
}

async function openHost(http: LeanHttp, secret: string): Promise<BenchHost> {
  const request: SessionRequest = {
    protocol: PROTOCOL_VERSION,
    credential: { kind: "secret", secret },
  };
  const { token } = await http.call<SessionResponse>("volunteer.session", request);
  return { token, held: [] };
}

/** What every honest host answers for a workunit: 64 bytes that follow from its id alone. */
export function outputOf(workunitId: string): Buffer {
  return createHash("sha512").update(workunitId).digest();
}

function reportOf(lease: Lease): NonNullable<ExchangeRequest["reports"]>[number] {
  const output = outputOf(lease.workunitId);
  return {
    kind: "output",
    resultId: lease.resultId,
    leaseToken: lease.leaseToken,
    outputBase64: output.toString("base64"),
    outputSha256: createHash("sha256").update(output).digest("hex"),
    timing: { backend: "wasm", deviceClass: "bench", elapsedMs: 1000 },
  };
}
