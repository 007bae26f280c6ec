import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, vi } from "vitest";
import { publishAppVersion } from "../../../server/app-version/publish-app-version.ts";
import { submitBatch, type WorkunitInput } from "../../../server/batch/submit-batch.ts";
import type { AppSettings } from "../../../server/core/wire/app-settings.ts";
import {
  type ExchangeRequest,
  type ExchangeResponse,
  exchangeRequestSchema,
  type Lease,
  PROTOCOL_VERSION,
  type Report,
} from "../../../server/core/wire/exchange.ts";
import { foldCredit } from "../../../server/credit/fold-credit.ts";
import { type Deps, openDeps } from "../../../server/deps.ts";
import { openSession } from "../../../server/host/open-session.ts";
import { createApp, createProject } from "../../../server/project/create-project.ts";
import { sweepOnce } from "../../../server/sweeper/sweep.ts";
import { exchange } from "../../../server/volunteer/exchange.ts";
import { withDatabase } from "../../support/with-database.ts";

/** An engine on a database of its own, with a controlled clock: what every test of the rules on PostgreSQL starts from. */

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The smallest module that keeps the kernel ABI: nothing is computed here. */
const KERNEL = Buffer.from(
  "AGFzbQEAAAABFQRgAX8Bf2ACf38Bf2ABfwF8YAABfgMHBgABAgMDAQUEAQEBAQc3BwZtZW1vcnkCAAVhbGxvYwAABGluaXQAAQRzdGVwAAIGb3V0cHV0AAMEc2F2ZQAEBGxvYWQABQonBgUAQYAICwQAQQALCwBEAAAAAAAA8D8LBABCAAsEAEIQCwQAQQAL",
  "base64",
);

export const T0 = 1_700_000_000;

export type LabHost = { hostId: number; userId: number };
export type AppOptions = {
  settings?: { policy?: AppSettings["policy"]; parameters?: Partial<AppSettings["parameters"]> };
  manifest?: Record<string, unknown>;
  files?: Record<string, Uint8Array>;
  retentionSeconds?: number;
};

export class Lab {
  readonly deps: Deps;
  now = T0;
  /** Work is asked for of the project created last, so that what earlier tests left waiting stays where it is. */
  slug = "";
  #projects = 0;
  #hosts = 0;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** The same engine with something else in place of a part of it. */
  with(overrides: Partial<Deps>): Lab {
    const lab = new Lab({ ...this.deps, ...overrides });
    lab.now = this.now;
    lab.#projects = this.#projects + 1_000;
    lab.#hosts = this.#hosts + 1_000;
    return lab;
  }

  async app(options: AppOptions = {}): Promise<{ appVersionId: number; projectId: number; slug: string }> {
    this.#projects += 1;
    const slug = `project-${this.#projects}`;
    this.slug = slug;
    const about = { name: "Test", summary: "Test.", description: "Test.", organisation: "Test" };
    const { retentionSeconds } = options;
    const project = { slug, ...about, ...(retentionSeconds === undefined ? {} : { retentionSeconds }) };
    const { projectId } = await createProject(this.deps, project, this.now);
    const app = { projectId, name: "test", title: "Test", summary: "Test.", settings: options.settings ?? {} };
    const { appId } = await createApp(this.deps, app as never, this.now);
    const manifest = {
      format: 1,
      name: "test",
      version: "1.0.0",
      title: "Test",
      summary: "Test.",
      licence: "MIT",
      backends: { wasm: { module: "kernel.wasm", maxMemoryPages: 1 } },
      checkpointFormat: "test-1",
      exactness: "exact",
      comparator: { type: "exact" },
      output: { format: "binary", record: [{ name: "value", type: "u32" }] },
      limits: { inputBytes: 100_000, outputBytes: 200_000 },
      examples: [{ name: "nothing", input: "empty", output: "empty" }],
      ...options.manifest,
    };
    const files = new Map<string, Uint8Array>([
      ["kernel.wasm", Uint8Array.from(KERNEL)],
      ["empty", new Uint8Array()],
      ...Object.entries(options.files ?? {}),
    ]);
    const { appVersionId } = await publishAppVersion(this.deps, { appId, package: { manifest, files } }, this.now);
    return { appVersionId, projectId, slug };
  }

  async submit(appVersionId: number, count: number, workunit: Partial<WorkunitInput> = {}): Promise<number[]> {
    const workunits = Array.from({ length: count }, (_, index) => ({
      name: `workunit ${index}`,
      input: new TextEncoder().encode(String(index)),
      flops: 648e9,
      ...workunit,
    }));
    const key = `batch-${Math.random()}`;
    return (await submitBatch(this.deps, { appVersionId, name: "Batch", key, workunits }, this.now)).workunitIds;
  }

  /** A new anonymous user with one host. */
  async host(): Promise<LabHost> {
    this.#hosts += 1;
    const secret = createHash("sha256").update(`host ${this.#hosts}`).digest("hex");
    const request = { protocol: PROTOCOL_VERSION, credential: { kind: "secret" as const, secret } };
    const mayCreate = () => Promise.resolve();
    const session = await openSession(this.deps, { request, address: null, userAgent: null, mayCreate }, this.now);
    return { hostId: Number(session.hostId), userId: Number(session.userId) };
  }

  /** Another host of the same user. */
  async secondHost(first: LabHost): Promise<LabHost> {
    const second = await this.host();
    await this.deps.pool.query("update host set user_id = $2 where id = $1", [second.hostId, first.userId]);
    return { hostId: second.hostId, userId: first.userId };
  }

  async exchange(
    { hostId }: LabHost,
    request: Partial<ExchangeRequest> & { address?: string | null } = {},
  ): Promise<ExchangeResponse> {
    const { address = null, ...rest } = request;
    const parsed = exchangeRequestSchema.parse({
      protocol: PROTOCOL_VERSION,
      device: { cores: 4, backends: [{ kind: "wasm", class: "default", knownAnswerOk: true }] },
      ...rest,
      ...(rest.want && this.slug !== "" && { want: { shares: { [this.slug]: 1 }, ...rest.want } }),
    });
    return await exchange(this.deps, { hostId, address, request: parsed }, this.now);
  }

  async claim(host: LabHost, results = 1, held: readonly Lease[] = []): Promise<Lease[]> {
    const holds = held.map(({ resultId }) => ({ resultId, started: true }));
    return (await this.exchange(host, { holds, want: { results, backends: ["wasm"] } })).leases;
  }

  async report(host: LabHost, ...reports: Report[]): Promise<ExchangeResponse["acknowledgements"]> {
    return (await this.exchange(host, { reports })).acknowledgements;
  }

  async sweep(): Promise<void> {
    await sweepOnce(this.deps, this.now);
  }

  /** Folds the whole ledger: at once, unless transactions of other tests in this cluster are running. */
  async fold(): Promise<void> {
    await vi.waitFor(async () => {
      await foldCredit(this.deps);
      if ((await this.rows("select from credit_pending limit 1")).length > 0) throw new Error("not folded yet");
    }, 20_000);
  }

  async rows<T extends Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.deps.pool.query<T>(text, values)).rows;
  }

  async row<T extends Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T> {
    const [row] = await this.rows<T>(text, values);
    if (row === undefined) throw new Error(`no row: ${text}`);
    return row;
  }

  /** Everything the engine stores, less when hosts were last seen. Equal texts: nothing has changed. */
  async dump(): Promise<string> {
    const tables = [
      "workunit",
      "result",
      "result_output",
      "credit_entry",
      "outbox",
      "assimilated_result",
      "host_app_version",
    ];
    const parts = await Promise.all(
      tables.map((table) => this.rows(`select to_jsonb(t) as row from ${table} t order by to_jsonb(t)::text`)),
    );
    return JSON.stringify(parts);
  }
}

/** Output bytes of one 32-bit value, as the test app declares them. */
export function outputOf(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function outputReport(
  { resultId, leaseToken }: Pick<Lease, "resultId" | "leaseToken">,
  bytes: Uint8Array,
): Report {
  return {
    kind: "output",
    resultId,
    leaseToken,
    outputBase64: Buffer.from(bytes).toString("base64"),
    outputSha256: createHash("sha256").update(bytes).digest("hex"),
    timing: { backend: "wasm", elapsedMs: 1000 },
  };
}

/** For a test file: an engine whose database and storage are gone afterwards. Read `current` inside tests and hooks. */
export function withLab(): { readonly current: Lab } {
  const database = withDatabase();
  let lab: Lab | undefined;
  let folder: string | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "quorate-lab-"));
    const { pool, prisma } = database;
    lab = new Lab(await openDeps({ pool, prisma, log: SILENT, dataFolder: folder }));
  });
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  return {
    get current() {
      if (lab === undefined) throw new Error("withLab(): the engine exists only while tests run");
      return lab;
    },
  };
}
