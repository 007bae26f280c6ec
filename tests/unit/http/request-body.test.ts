import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, test, vi } from "vitest";
import { chunksOf, readBody } from "../../../server/http/body.ts";
import { createHandler } from "../../../server/http/handler.ts";
import type { RouteRequest } from "../../../server/http/route.ts";
import type { Services } from "../../../server/services.ts";
import { readSettings } from "../../../server/settings.ts";
import { isDiskFull } from "../../../server/status/full-disk.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** The entrance with one route, and a connection to it whose body is sent piece by piece. */
async function begin(handle: (route: RouteRequest) => Promise<void>) {
  const log = pino({ level: "silent" });
  const logged = { debug: vi.spyOn(log, "debug"), warn: vi.spyOn(log, "warn"), error: vi.spyOn(log, "error") };
  const stopping = new AbortController().signal;
  const services = { settings: readSettings({}), log, stopping } as Services;
  const routes = [{ method: "POST" as const, path: "/api/park", handle }];
  const renderPage = () => Promise.reject(new Error("no pages here"));
  const server = createServer(createHandler({ services, routes, renderPage, development: false }));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let heard = "";
  socket.on("data", (data) => {
    heard += data.toString();
  });
  socket.on("error", (error) => {
    heard += `[${error.message}]`;
  });
  socket.write("POST /api/park HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
  const send = (bytes: number) => socket.write(`${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`);
  return { services, logged, socket, send, heard: () => heard };
}

/** Reads the first piece of a body, then fails. */
const failing = (error: Error) => async (route: RouteRequest) => {
  for await (const _chunk of chunksOf(route.request)) throw error;
};
const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

describe("a body of which not everything is read", () => {
  test("is refused aloud where it is too large, though nobody said before how large it is", async () => {
    const one = await begin(async ({ request }) => void (await readBody(request, 1_000)));
    one.send(600);
    one.send(600);
    await once(one.socket, "close");
    expect(one.heard()).toMatch(/^HTTP\/1\.1 413 .*connection: close.*larger than 1000 bytes/is);
  });

  test("a disk that is full in the middle is told, noted and logged", async () => {
    const one = await begin(failing(coded("no space left on device", "ENOSPC")));
    one.send(600);
    await once(one.socket, "close");
    expect(one.heard()).toMatch(/^HTTP\/1\.1 503 .*disk is full/s);
    expect(isDiskFull(one.services)).toBe(true);
    expect(one.logged.warn).toHaveBeenCalledWith(expect.anything(), expect.stringContaining("cannot serve"));
  });

  test("a database that goes away in the middle is not taken for its sender", async () => {
    const one = await begin(failing(coded("read ECONNRESET", "ECONNRESET")));
    one.send(600);
    await once(one.socket, "close");
    expect(one.heard()).toMatch(/^HTTP\/1\.1 503 .*database does not answer/s);
    expect(one.logged.warn).toHaveBeenCalledWith(expect.anything(), expect.stringContaining("cannot serve"));
  });

  test("nor is it when its sender has gone as well", async () => {
    const began = Promise.withResolvers<void>();
    const one = await begin(async ({ request }) => {
      began.resolve();
      await new Promise((resolve) => request.on("error", () => undefined).once("close", resolve));
      throw coded("read ECONNRESET", "ECONNRESET");
    });
    await began.promise;
    one.socket.destroy();
    const isToldOf = expect.stringContaining("cannot serve");
    await vi.waitFor(() => expect(one.logged.warn).toHaveBeenCalledWith(expect.anything(), isToldOf));
  });

  test("a sender who goes away is nobody's failure", async () => {
    const began = Promise.withResolvers<void>();
    const one = await begin(async ({ request }) => {
      began.resolve();
      await readBody(request, 10_000);
    });
    one.send(600);
    await began.promise;
    one.socket.destroy();
    const isCut = expect.stringContaining("was cut");
    await vi.waitFor(() => expect(one.logged.debug).toHaveBeenCalledWith(expect.anything(), isCut));
    expect(one.logged.warn).not.toHaveBeenCalled();
    expect(one.logged.error).not.toHaveBeenCalled();
  });
});
