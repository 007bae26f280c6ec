import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { chunksOf } from "../../../server/http/body.ts";
import { passOver } from "../../../server/http/pass-over.ts";

const LENGTH = 200_000;
const servers: Server[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};

/** A server that reads the first piece of a body and passes over the rest before it says no; what waits for a time stands still. */
async function begin() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let taken = 0;
  const server = createServer(async (request, response) => {
    for await (const _chunk of chunksOf(request)) break;
    request.on("data", (chunk: Buffer) => {
      taken += chunk.length;
    });
    await passOver(request);
    if (!response.destroyed) response.writeHead(409, { connection: "close" }).end("no");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let heard = "";
  socket
    .on("error", () => undefined)
    .on("data", (data) => {
      heard += data.toString();
    });
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${LENGTH}\r\n\r\n`);
  socket.write(Buffer.alloc(1_000));
  await until(() => vi.getTimerCount() === 1);
  return { socket, heard: () => heard, taken: () => taken };
}

describe("a body that is passed over before it is refused", () => {
  test("is taken to its end, and then answered", async () => {
    const one = await begin();
    one.socket.write(Buffer.alloc(LENGTH - 2_000));
    await until(() => one.taken() === LENGTH - 2_000);
    expect(one.heard()).toBe("");
    one.socket.write(Buffer.alloc(1_000));
    await once(one.socket, "close");
    expect(one.heard()).toMatch(/^HTTP\/1\.1 409 /);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("holds the answer back only for a time, however slowly it comes", async () => {
    const one = await begin();
    one.socket.write(Buffer.alloc(1));
    await until(() => one.taken() === 1);
    expect(one.heard()).toBe("");
    vi.runOnlyPendingTimers();
    await once(one.socket, "close");
    expect(one.heard()).toMatch(/^HTTP\/1\.1 409 .*connection: close/is);
  });

  test("is given up when its sender goes away", async () => {
    const one = await begin();
    one.socket.destroy();
    await until(() => vi.getTimerCount() === 0);
    expect(one.taken()).toBe(0);
  });
});
