import { createHash, randomBytes, webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { KERNEL_BUILDS } from "../../server/cli/build-kernels.ts";
import {
  type ExchangeResponse,
  exchangeRequestSchema,
  exchangeResponseSchema,
  type Lease,
  type ParsedExchangeRequest,
  type Report,
  sessionRequestSchema,
} from "../../server/core/wire/exchange.ts";
import {
  type AppVersionDocument,
  FILES_PATH,
  PARK_PATH,
  type ParkRequest,
  parkRequestSchema,
} from "../../server/core/wire/http.ts";
import { type KernelManifest, kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";
import { PROBE_PATH } from "../../server/core/wire/probe.ts";

/**
 * The volunteers' side of a server, in memory and over real HTTP: for tests of the client that want the network, the
 * answers and the failures under control. It checks every request against the schemas of the wire and verifies
 * signatures; what it does not do is replicate, compare or credit.
 */
export interface WireServer {
  readonly url: URL;
  readonly exchanges: ParsedExchangeRequest[];
  readonly reports: Map<string, Report>;
  readonly parked: ParkRequest[];
  readonly uploads: Map<string, Buffer>;
  /** SHA-256 -> how often it was fetched. */
  readonly fetched: Map<string, number>;
  /** Leased and neither reported nor handed back. */
  readonly out: Map<string, Lease>;
  addWork(workunits: readonly WorkOrder[]): void;
  /** Changes how it behaves from now on. */
  behave(change: Partial<Behaviour>): void;
  /** Publishes a bundled kernel (of .build/kernels); its hash. */
  publish(kernel: string): Promise<string>;
  /** Publishes any package: the files that the manifest names, by path. */
  publishPackage(manifest: KernelManifest, files: Readonly<Record<string, Uint8Array>>): string;
  /** Puts other bytes where a file was. */
  corrupt(sha256: string, bytes: Buffer): void;
  /** As a server with a new secret does. */
  forgetSessions(): void;
  close(): Promise<void>;
}

export interface WorkOrder {
  readonly name: string;
  readonly appVersionHash: string;
  readonly input: Buffer;
  readonly files?: Record<string, Buffer>;
  readonly seed?: string;
}

export interface Behaviour {
  readonly latencyMs: number;
  /** What an exchange is answered with instead; null: it works. */
  readonly refuse: null | {
    readonly status: number;
    readonly code?: string;
    readonly headers?: Record<string, string>;
  };
  /** True: takes the connection down without an answer. */
  readonly dead: boolean;
  /** Takes what an exchange says, and then loses the answer. */
  readonly loseAnswers: number;
  readonly callAgainSeconds: number;
  readonly leaseSeconds: number;
  readonly abort: readonly string[];
}

interface TokenOwner {
  readonly kind: "key" | "secret";
  readonly id: string;
}

/** `pages`: further answers by path, e.g. a page and its scripts. */
export async function startWireServer(
  pages: ReadonlyMap<string, { readonly type: string; readonly content: string | Uint8Array }> = new Map(),
): Promise<WireServer> {
  const files = new Map<string, Buffer>();
  const waiting: Lease[] = [];
  const tokens = new Map<string, TokenOwner>();
  let nextId = 1;
  let behaviour: Behaviour = {
    latencyMs: 0,
    refuse: null,
    dead: false,
    loseAnswers: 0,
    callAgainSeconds: 30,
    leaseSeconds: 900,
    abort: [],
  };

  const store = (bytes: Buffer): string => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    files.set(sha256, bytes);
    return sha256;
  };

  const self: Omit<WireServer, "url" | "close"> = {
    exchanges: [],
    reports: new Map(),
    parked: [],
    uploads: new Map(),
    fetched: new Map(),
    out: new Map(),
    addWork(workunits) {
      for (const { name, appVersionHash, input, files: named = {}, seed } of workunits) {
        const id = String(nextId++);
        waiting.push({
          resultId: id,
          workunitId: id,
          leaseToken: randomBytes(16).toString("hex"),
          leaseSeconds: behaviour.leaseSeconds,
          deadlineInSeconds: 86_400,
          project: { slug: "test", name: "Test project" },
          app: { name: "app", title: "App" },
          workunitName: name,
          appVersionHash,
          inputSha256: store(input),
          ...(input.byteLength <= 16_384 ? { inputBase64: input.toString("base64") } : {}),
          files: Object.fromEntries(Object.entries(named).map(([file, bytes]) => [file, store(bytes)])),
          ...(seed === undefined ? {} : { seed }),
          flops: 1e9,
        });
      }
    },
    behave(change) {
      behaviour = { ...behaviour, ...change };
    },
    async publish(kernel) {
      const folder = join(KERNEL_BUILDS, kernel);
      const manifest = kernelManifestSchema.parse(JSON.parse(await readFile(join(folder, "kernel.json"), "utf8")));
      const { wasm, wgsl } = manifest.backends;
      const examples = manifest.examples.flatMap((e) => [e.input, e.output, ...Object.values(e.files)]);
      const files: Record<string, Buffer> = {};
      for (const path of [wasm?.module, wgsl?.shader, ...examples]) {
        if (path !== undefined) files[path] = await readFile(join(folder, path));
      }
      return self.publishPackage(manifest, files);
    },
    publishPackage(manifest, named) {
      const document: AppVersionDocument = {
        manifest,
        files: Object.fromEntries(Object.entries(named).map(([path, bytes]) => [path, store(Buffer.from(bytes))])),
      };
      return store(Buffer.from(JSON.stringify(document)));
    },
    forgetSessions: () => tokens.clear(),
    corrupt(sha256, bytes) {
      files.set(sha256, bytes);
    },
  };

  function exchange(request: ParsedExchangeRequest): ExchangeResponse {
    self.exchanges.push(request);
    const acknowledgements = request.reports.map((report) => {
      const { resultId } = report;
      if (self.reports.has(resultId)) return { resultId, status: "duplicate" as const };
      self.reports.set(resultId, report);
      self.out.delete(resultId);
      return { resultId, status: "recorded" as const };
    });
    const held = new Set(request.holds.map(({ resultId }) => resultId));
    const again = [...self.out.values()].filter(({ resultId }) => !held.has(resultId));
    const fresh = waiting.splice(0, request.want.results);
    for (const lease of fresh) self.out.set(lease.resultId, lease);
    const abort = behaviour.abort.filter((id) => held.has(id));
    const leases = [...again, ...fresh];
    return {
      acknowledgements,
      leases,
      abort,
      callAgainSeconds: behaviour.callAgainSeconds,
      ...(fresh.length < request.want.results
        ? { reason: { code: "no_work" as const, message: "No work just now." } }
        : {}),
      fates: [...self.reports.values()].slice(-20).map(({ resultId }) => ({
        resultId,
        workunitId: resultId,
        fate: "being_checked" as const,
        creditMicro: "0",
      })),
      usersOnline: 1,
      serverVersion: "test",
    };
  }

  async function call(
    procedure: string,
    body: Buffer,
    request: IncomingMessage,
  ): Promise<{ status: number; answer: unknown; headers?: Record<string, string> }> {
    const input: unknown = JSON.parse(body.toString());
    const refused = (status: number, code: string, message: string) => ({
      status,
      answer: { error: { message, code: -32000, data: { code, httpStatus: status } } },
    });
    if (procedure === "volunteer.session") {
      const parsed = sessionRequestSchema.parse(input);
      const { credential } = parsed;
      if (credential.kind === "key" && !(await signatureHolds(credential)))
        return refused(401, "UNAUTHORIZED", "wrong signature");
      const token = randomBytes(16).toString("hex");
      const id = credential.kind === "key" ? credential.publicKey : credential.secret;
      const isNew = ![...tokens.values()].some((owner) => owner.id === id);
      tokens.set(token, { kind: credential.kind, id });
      return {
        status: 200,
        answer: {
          result: {
            data: { token, expiresInSeconds: 3600, hostId: "1", userId: "1", userName: parsed.name ?? null, isNew },
          },
        },
      };
    }
    if (!tokens.has((request.headers.authorization ?? "").replace("Bearer ", "")))
      return refused(401, "UNAUTHORIZED", "no session");
    if (behaviour.refuse !== null) {
      const { status, code = "INTERNAL_SERVER_ERROR", headers } = behaviour.refuse;
      return { ...refused(status, code, "refused by the test"), ...(headers === undefined ? {} : { headers }) };
    }
    const answer = exchange(exchangeRequestSchema.parse(input));
    return { status: 200, answer: { result: { data: exchangeResponseSchema.parse(answer) } } };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (behaviour.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, behaviour.latencyMs));
    if (behaviour.dead) {
      request.socket.destroy();
      return;
    }
    const path = request.url ?? "";
    const send = (status: number, content: string | Uint8Array, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(content);
    };
    if (path.startsWith("/api/trpc/")) {
      const called = await call(path.slice("/api/trpc/".length), body, request);
      if (behaviour.loseAnswers > 0 && path.endsWith("exchange")) {
        behaviour = { ...behaviour, loseAnswers: behaviour.loseAnswers - 1 };
        request.socket.destroy();
        return;
      }
      send(called.status, JSON.stringify(called.answer), called.headers);
    } else if (path === PARK_PATH) {
      const parked = parkRequestSchema.parse(JSON.parse(body.toString()));
      self.parked.push(parked);
      for (const { resultId } of parked.giveBack) {
        const lease = self.out.get(resultId);
        self.out.delete(resultId);
        if (lease !== undefined) waiting.push({ ...lease, resultId: String(nextId++) });
      }
      send(204, "");
    } else if (path === PROBE_PATH) {
      send(200, await probeBundle());
    } else if (path.startsWith(FILES_PATH) && request.method === "PUT") {
      self.uploads.set(path.slice(FILES_PATH.length), body);
      send(204, "");
    } else if (path.startsWith(FILES_PATH)) {
      const sha256 = path.slice(FILES_PATH.length);
      self.fetched.set(sha256, (self.fetched.get(sha256) ?? 0) + 1);
      const bytes = files.get(sha256);
      if (bytes === undefined) send(404, JSON.stringify({ code: "not_found", message: "unknown file" }));
      else send(200, bytes, { "content-type": "application/octet-stream" });
    } else {
      const page = pages.get(path.split("?")[0] ?? "");
      if (page !== undefined) return send(200, page.content, { "content-type": page.type });
      send(404, "{}");
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          error: { message: String(error), code: -32600, data: { code: "BAD_REQUEST", httpStatus: 400 } },
        }),
      );
    });
  });
  const port = await listen(server);
  return {
    ...self,
    url: new URL(`http://127.0.0.1:${port}/`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address !== "object" || address === null) throw new Error("no port");
      resolve(address.port);
    });
  });
}

async function signatureHolds(credential: {
  publicKey: string;
  issuedSeconds: number;
  signature: string;
}): Promise<boolean> {
  if (Math.abs(credential.issuedSeconds - Date.now() / 1000) > 300) return false;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await webcrypto.subtle.importKey("spki", Buffer.from(credential.publicKey, "base64"), algorithm, false, [
    "verify",
  ]);
  const text = Buffer.from(`quorate-session:${credential.publicKey}:${credential.issuedSeconds}`);
  const signature = Buffer.from(credential.signature, "base64");
  return webcrypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, text);
}

async function probeBundle(): Promise<string> {
  const folder = join(KERNEL_BUILDS, "probe");
  const manifest = kernelManifestSchema.parse(JSON.parse(await readFile(join(folder, "kernel.json"), "utf8")));
  const files: Record<string, string> = {};
  for (const path of ["kernel.wasm", "kernel.wgsl", ...manifest.examples.flatMap((e) => [e.input, e.output])]) {
    files[path] = (await readFile(join(folder, path))).toString("base64");
  }
  return JSON.stringify({ manifest, files });
}
