import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EXCHANGE_MAX_BODY_BYTES } from "../../../server/core/limits.ts";
import { type ServerProcess, startServerProcess } from "../../support/server-process.ts";
import { withDatabase } from "../../support/with-database.ts";

const database = withDatabase();
let server: ServerProcess | undefined;

async function start(environment: Record<string, string> = {}): Promise<ServerProcess> {
  server = await startServerProcess(database.url, { PAGES: "off", LOG_LEVEL: "info", ...environment });
  return server;
}
afterEach(() => server?.kill());

const get = (path: string, init?: RequestInit) => fetch(`${server?.url}${path}`, init);

describe("the entrance", () => {
  it("answers health, and refuses what it does not know with a sentence", async () => {
    await start();
    const health = await get("/api/health");
    expect(await health.json()).toMatchObject({ state: "ok", database: "ok" });
    expect((await get("/api/nothing")).status).toBe(404);
    const refused = await get("/api/health", { method: "DELETE" });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET"]);
    expect((await get("/")).status).toBe(404);
  });

  it("reads no body beyond the limit of an exchange", async () => {
    await start();
    const body = new Uint8Array(EXCHANGE_MAX_BODY_BYTES + 1).fill(0x20);
    const headers = { "content-type": "application/json" };
    const answer = await get("/api/trpc/volunteer.session", { method: "POST", body, headers });
    expect(answer.status).toBe(413);
    expect((await get("/api/health")).status).toBe(200);
  });

  it("limits calls by network address, which no header can change unless a proxy is trusted", async () => {
    await start({ CALLS_PER_MINUTE: "2" });
    const call = (address: string) => get("/api/trpc/health.get", { headers: { "x-forwarded-for": address } });
    expect([(await call("1.1.1.1")).status, (await call("2.2.2.2")).status]).toEqual([200, 200]);
    const refused = await call("3.3.3.3");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await get("/api/health")).status).toBe(200);
  });

  it("limits by the address a trusted proxy names", async () => {
    await start({ CALLS_PER_MINUTE: "1", TRUST_PROXY: "1" });
    const call = (address: string) => get("/api/trpc/health.get", { headers: { "x-forwarded-for": address } });
    expect((await call("1.1.1.1")).status).toBe(200);
    expect((await call("1.1.1.1")).status).toBe(429);
    expect((await call("1.1.1.1, 2.2.2.2")).status).toBe(200);
  });
});

describe("stopping", () => {
  /** A call whose body has not wholly arrived: in progress until `finish`. */
  async function beginCall(): Promise<{ call: ClientRequest; answer: Promise<IncomingMessage> }> {
    const body = "{}";
    const call = request(`${server?.url}/api/trpc/volunteer.session`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length },
    });
    const answer = once(call, "response").then(([response]) => response as IncomingMessage);
    call.write(body.slice(0, 1));
    await once(call, "socket");
    // The server must have seen the head of it; another call answered afterwards shows that.
    await get("/api/health");
    return { call, answer };
  }

  it("answers what is in progress, takes nothing new, and ends with 0", async () => {
    const { child, url } = await start();
    const { call, answer } = await beginCall();
    child.kill("SIGTERM");
    await vi.waitFor(() => expect(fetch(`${url}/api/health`)).rejects.toThrow(), { timeout: 10_000 });
    call.end("}");
    expect(await text(await answer)).toContain("BAD_REQUEST");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
  });

  it("cuts off what does not finish in time", async () => {
    const { child } = await start({ SHUTDOWN_SECONDS: "1" });
    const { answer } = await beginCall();
    const cut = expect(answer).rejects.toThrow();
    child.kill("SIGTERM");
    await cut;
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
  });
});
