import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as httpRequest, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXCHANGE_MAX_BODY_BYTES } from "../../server/core/limits.ts";
import { PROTOCOL_VERSION } from "../../server/core/wire/exchange.ts";
import { depsOf } from "../../server/deps.ts";
import { keepFiles } from "../../server/file/keep-files.ts";
import { storeBytes } from "../../server/file/store-file.ts";
import { createHandler } from "../../server/http/handler.ts";
import { routes } from "../../server/http/routes.ts";
import type { Services } from "../../server/services.ts";
import { readSettings } from "../../server/settings.ts";
import { inTransaction } from "../../server/sql/transaction.ts";
import { outputOf, outputReport, withLab } from "../db/engine/lab.ts";

/** The HTTP entrance as volunteers reach it, attacked from outside. */

const lab = withLab();
let server: Server;
let base = "";
let folder = "";
let services: Services;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-security-"));
  const { pool, prisma } = lab.current.deps;
  services = {
    settings: { ...readSettings({}), EXCHANGES_PER_MINUTE: 30 },
    log: pino({ level: "silent" }),
    pool,
    prisma,
    dataFolder: folder,
    stopping: new AbortController().signal,
  };
  const renderPage = (_request: unknown, response: { writeHead(status: number): { end(): unknown } }) =>
    Promise.resolve(void response.writeHead(404).end());
  server = createServer(createHandler({ services, routes, renderPage, development: false }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** A request whose path is sent as it is written: fetch would tidy it up. */
function raw(method: string, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, method, path }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function call(procedure: string, input: unknown, token?: string) {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${base}/api/trpc/volunteer.${procedure}`, {
    method: "POST",
    headers,
    body: JSON.stringify(input),
  });
  return {
    status: response.status,
    json: (await response.json()) as {
      result?: { data: never };
      error?: { message: string; data: { refusal?: string } };
    },
  };
}

const device = { cores: 1, backends: [{ kind: "wasm", class: "x", knownAnswerOk: true }] };
const ask = { protocol: PROTOCOL_VERSION, device };

async function session(secret: string): Promise<{ token: string; hostId: string }> {
  const { json } = await call("session", {
    protocol: PROTOCOL_VERSION,
    credential: { kind: "secret", secret: createHash("sha256").update(secret).digest("hex") },
  });
  if (json.result === undefined) throw new Error(JSON.stringify(json));
  return json.result.data;
}

describe("GET /api/files", () => {
  test("gives a file by its hash, to be kept for ever, and not twice to who has it", async () => {
    const deps = await depsOf(services);
    const sha256 = await storeBytes(deps, Buffer.from("<script>alert(1)</script>"), 1);
    // As long as no project keeps it, it is nobody's business.
    expect((await fetch(`${base}/api/files/${sha256}`)).status).toBe(404);
    const { projectId } = await lab.current.app();
    await inTransaction(deps, "test", (client) => keepFiles(client, { projectId, use: null, hashes: [sha256] }, 1));
    const response = await fetch(`${base}/api/files/${sha256}`);
    expect(await response.text()).toBe("<script>alert(1)</script>");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "application/octet-stream",
      "content-disposition": "attachment",
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringContaining("sandbox"),
    });
    const again = await fetch(`${base}/api/files/${sha256}`, {
      headers: { "if-none-match": response.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
    const head = await fetch(`${base}/api/files/${sha256}`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "25"]);
  });

  test.each([
    ["an unknown hash", `/api/files/${"0".repeat(64)}`, 404],
    ["capitals", `/api/files/${"A".repeat(64)}`, 400],
    ["a name instead of a hash", "/api/files/passwd", 400],
    ["dots", "/api/files/..%2F..%2F..%2Fetc%2Fpasswd", 400],
    ["dots in plain", "/api/files/../../etc/passwd", 404],
    ["a hash with a path after it", `/api/files/${"0".repeat(64)}%2F..%2Fx`, 400],
    ["a zero byte", `/api/files/${"0".repeat(63)}%00`, 400],
    ["broken percent-encoding", "/api/files/%E0%A4%A", 404],
    ["a very long name", `/api/files/${"a".repeat(5_000)}`, 400],
  ])("refuses %s", async (_title, path, status) => {
    const answer = await raw("GET", path);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toMatch(/root:|ENOENT|storage\//);
  });
});

describe("PUT /api/files", () => {
  test("takes nothing without a session, without a lease, with another's lease, of another hash, or too much", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ manifest: { limits: { inputBytes: 10, outputBytes: 100_000 } } });
    await current.submit(appVersionId, 1);
    const owner = await session("owner");
    const thief = await session("thief");
    const [lease] = await current.claim({ hostId: Number(owner.hostId), userId: 0 });
    if (!lease) throw new Error("no result");
    // The lease was made by the lab's engine, on the same database and with the same key.
    const bytes = Buffer.alloc(80_000, 7);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const put = async (change: { token?: string; lease?: string; result?: string; body?: Buffer; sha256?: string }) => {
      const headers: Record<string, string> = {
        authorization: `Bearer ${change.token ?? owner.token}`,
        "x-quorate-result": change.result ?? lease.resultId,
        "x-quorate-lease": change.lease ?? lease.leaseToken,
      };
      const body = Uint8Array.from(change.body ?? bytes);
      return (await fetch(`${base}/api/files/${change.sha256 ?? sha256}`, { method: "PUT", headers, body })).status;
    };
    const large = Buffer.alloc(100_001);
    expect(await put({ token: "1.2.x" })).toBe(401);
    expect(await put({ token: thief.token })).toBe(403);
    expect(await put({ lease: "0".repeat(32) })).toBe(403);
    expect(await put({ result: "999999" })).toBe(403);
    expect(await put({ result: "1; drop table result" })).toBe(400);
    expect(await put({ sha256: "0".repeat(64) })).toBe(400);
    expect(await put({ body: large, sha256: createHash("sha256").update(large).digest("hex") })).toBe(413);
    expect(await put({})).toBe(204);
    expect(await put({})).toBe(204);
    // An output is no public file.
    expect((await fetch(`${base}/api/files/${sha256}`)).status).toBe(404);
  });
});

describe("volunteer.exchange over HTTP", () => {
  test("needs a genuine session", async () => {
    for (const token of [undefined, "", "x", `1.99999999999.${"A".repeat(43)}`]) {
      const { status, json } = await call("exchange", ask, token);
      expect(status).toBe(401);
      expect(json.error?.data.refusal).toBe("unauthenticated");
    }
  });

  test("an old client is told to update", async () => {
    const { token } = await session("old");
    const { status, json } = await call("exchange", { ...ask, protocol: 0 }, token);
    expect([status, json.error?.data.refusal]).toEqual([412, "client_outdated"]);
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["a list", []],
    [
      "too many reports",
      {
        ...ask,
        reports: Array.from({ length: 65 }, () => ({ kind: "returned", resultId: "1", leaseToken: "0".repeat(32) })),
      },
    ],
    ["too large a wish", { ...ask, want: { results: 65 } }],
    ["an id that is none", { ...ask, holds: [{ resultId: "1e9", started: true }] }],
    ["an id beyond all ids", { ...ask, holds: [{ resultId: "9".repeat(19), started: true }] }],
    ["a field nobody knows", { ...ask, admin: true }],
    ["negative cores", { ...ask, device: { ...device, cores: -1 } }],
    [
      "an output that is too large to travel inline",
      { ...ask, reports: [{ ...outputReport({ resultId: "1", leaseToken: "0".repeat(32) }, Buffer.alloc(65_540)) }] },
    ],
  ])("refuses %s as malformed, and says nothing of its inside", async (_title, input) => {
    const { token } = await session("malformed");
    const { status, json } = await call("exchange", input, token);
    expect(status).toBe(400);
    expect(JSON.stringify(json)).not.toMatch(/at .*\.ts|node_modules|select /);
  });

  test("an id above 2^53 is answered, not crashed on", async () => {
    const { token } = await session("large ids");
    const report = { ...outputReport({ resultId: "999999999999999999", leaseToken: "0".repeat(32) }, outputOf(1)) };
    const { status, json } = await call("exchange", { ...ask, reports: [report] }, token);
    expect(status).toBe(200);
    expect(JSON.stringify(json)).toContain("There is no such result");
  });

  test("a body beyond the limit is refused before it is read", async () => {
    const response = await fetch(`${base}/api/trpc/volunteer.exchange`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `"${"x".repeat(EXCHANGE_MAX_BODY_BYTES + 10)}"`,
    });
    expect(response.status).toBe(413);
  });

  test("calling too often is refused with the time to wait", async () => {
    const { token } = await session("often");
    let refused: Awaited<ReturnType<typeof call>> | undefined;
    for (let count = 0; count < 40 && refused === undefined; count += 1) {
      const answer = await call("exchange", ask, token);
      if (answer.status !== 200) refused = answer;
    }
    expect(refused?.status).toBe(429);
    expect(refused?.json.error?.data).toMatchObject({ refusal: "rate_limited", retryAfterSeconds: expect.any(Number) });
  });
});

describe("the beacon and the schema", () => {
  test("a beacon without proof changes nothing and learns nothing", async () => {
    const park = (body: string) => fetch(`${base}/api/park`, { method: "POST", body });
    expect((await park(JSON.stringify({ park: [{ resultId: "1", leaseToken: "0".repeat(32) }] }))).status).toBe(204);
    expect((await park("not json")).status).toBe(400);
    expect(
      (
        await park(
          JSON.stringify({ park: Array.from({ length: 1025 }, () => ({ resultId: "1", leaseToken: "0".repeat(32) })) }),
        )
      ).status,
    ).toBe(400);
    expect((await park("x".repeat(2_000_000))).status).toBe(413);
  });

  test("what crosses the network is published as JSON Schema", async () => {
    const response = await fetch(`${base}/api/schema/exchange.json`);
    const schema = (await response.json()) as {
      exchange: { request: { properties: object }; response: { properties: object } };
    };
    expect(Object.keys(schema.exchange.request.properties)).toEqual(
      expect.arrayContaining(["reports", "holds", "want"]),
    );
    expect(Object.keys(schema.exchange.response.properties)).toContain("leases");
  });

  test("so is what a kernel.json may say", async () => {
    const response = await fetch(`${base}/api/schema/kernel.json`);
    expect(response.headers.get("content-type")).toContain("application/json");
    const schema = (await response.json()) as { properties: object; required: string[]; additionalProperties: boolean };
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(["backends", "examples", "input", "cost"]));
    expect(schema.required).toEqual(expect.arrayContaining(["name", "version", "licence", "examples"]));
    expect(schema.required).not.toContain("files");
    expect(schema.additionalProperties).toBe(false);
  });
});
