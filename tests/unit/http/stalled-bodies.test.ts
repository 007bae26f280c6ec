import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readBody } from "../../../server/http/body.ts";
import { watchBodies } from "../../../server/http/stalled-bodies.ts";

const BODY_BYTES = 64 * 1024 * 1024;
const ENOUGH = 16_384;
const servers: Server[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A request whose body is sent piece by piece, and the server's `look` at those that are coming. */
async function begin(handle: (request: IncomingMessage, response: ServerResponse) => void, length = BODY_BYTES) {
  const server = createServer();
  servers.push(server);
  const look = watchBodies(server);
  let arrived = () => 0;
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    arrived = () => request.socket.bytesRead;
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let heard = "";
  socket.on("data", (chunk) => {
    heard += chunk.toString();
  });
  const ended = new Promise((resolve) => socket.on("error", () => undefined).once("close", resolve));
  socket.write(`PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`);
  await vi.waitFor(() => expect(arrived()).toBeGreaterThan(0));
  const send = async (bytes: number) => {
    const before = arrived();
    socket.write(Buffer.alloc(bytes));
    await vi.waitFor(() => expect(arrived()).toBe(before + bytes));
  };
  return { look, send, socket, ended, heard: () => heard };
}

describe("a body that comes slowly", () => {
  test("is never cut while something comes of it, and is cut when it stops", async () => {
    const failed = vi.fn();
    const one = await begin((request) => void readBody(request, BODY_BYTES).catch(failed));
    for (let looked = 0; looked < 10; looked += 1) {
      one.look();
      await one.send(ENOUGH);
    }
    one.look();
    expect(one.heard()).toBe("");
    // A byte now and then is no upload.
    await one.send(1);
    one.look();
    await one.ended;
    expect(one.heard()).toMatch(/^HTTP\/1\.1 408 .*connection: close.*stopped coming/s);
    // Whoever was reading it learns that there is no more.
    await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
  });

  test("is not cut while it waits for the server to read it", async () => {
    let answer = () => undefined as unknown;
    const one = await begin((_request, response) => {
      answer = () => response.end("at last");
    });
    await one.send(ENOUGH);
    for (let looked = 0; looked < 5; looked += 1) one.look();
    await one.send(ENOUGH);
    answer();
    await vi.waitFor(() => expect(one.heard()).not.toBe(""));
    expect(one.heard()).toMatch(/^HTTP\/1\.1 200 .*at last/s);
  });

  test("that was answered already is no reason to answer again", async () => {
    const one = await begin((_request, response) => void response.writeHead(413).write("too large"));
    one.look();
    one.look();
    await one.ended;
    expect(one.heard()).toMatch(/^HTTP\/1\.1 413 /);
    expect(one.heard()).not.toMatch(/408/);
  });

  describe("and was answered before it was whole", () => {
    /** Answered without a look at the body, which would go on; only what waits for a time of its own stands still. */
    async function answered(length?: number) {
      let answer = () => undefined as unknown;
      const one = await begin((request, response) => {
        answer = () => response.end("enough");
        if (request.method === "GET") answer();
      }, length);
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      answer();
      await until(() => one.heard().includes("enough"));
      return one;
    }
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
    };

    test("is not taken for ever", async () => {
      const one = await answered();
      one.socket.write(Buffer.alloc(ENOUGH));
      expect(vi.getTimerCount()).toBe(1);
      vi.runOnlyPendingTimers();
      await one.ended;
      expect(one.heard()).toMatch(/^HTTP\/1\.1 200 /);
    });

    test("may still end, and its connection is good for the next request", async () => {
      const one = await answered(ENOUGH);
      one.socket.write(Buffer.alloc(ENOUGH));
      await until(() => vi.getTimerCount() === 0);
      vi.useRealTimers();
      one.socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
      await one.ended;
      expect(one.heard().match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    });
  });
});
