import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { inChunks, sendStream } from "../../../server/download/send-stream.ts";

type Part = string | Uint8Array;

/** Serves one request with `parts`, says how that ended, and hands back the server. */
async function serving(parts: () => AsyncIterable<Part>, options: { stopping?: AbortSignal; stalledMs?: number } = {}) {
  let settle: (outcome: unknown) => void = () => undefined;
  const outcome = new Promise<unknown>((resolve) => {
    settle = resolve;
  });
  const { stopping = new AbortController().signal, ...rest } = options;
  const server = createServer((_request, response: ServerResponse) => {
    sendStream(response, parts(), { stopping, ...rest }).then(() => settle("ended"), settle);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () => new Promise((resolve) => server.close(resolve));
  return { port, outcome, close, url: `http://127.0.0.1:${port}/` };
}

/** More than any buffer between two sockets of one machine. */
const MUCH = 2_000;
function much() {
  const state = { taken: 0, isLeft: false };
  async function* parts() {
    try {
      for (; state.taken < MUCH; state.taken += 1) yield Buffer.alloc(64 * 1024, 1);
    } finally {
      state.isLeft = true;
    }
  }
  return { state, parts };
}

describe("a stream that is sent", () => {
  test("arrives whole, in chunks of a good size", async () => {
    async function* parts() {
      for (let line = 0; line < 20_000; line += 1) {
        yield "";
        yield `line ${line}\n`;
        if (line % 1_000 === 0) yield new Uint8Array([10]);
      }
    }
    let wanted = "";
    for await (const part of parts()) wanted += typeof part === "string" ? part : String.fromCharCode(...part);
    const sizes: number[] = [];
    for await (const chunk of inChunks(parts())) sizes.push(chunk.length);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(64 * 1024);
    const { url, outcome, close } = await serving(parts);
    expect(await (await fetch(url)).text()).toBe(wanted);
    expect(await outcome).toBe("ended");
    await close();
  });

  test("a reader that takes nothing any more is disconnected, and no more is made for it", async () => {
    const { state, parts } = much();
    const { port, outcome, close } = await serving(parts, { stalledMs: 100 });
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    expect(await outcome).toBe("ended");
    expect(state.isLeft).toBe(true);
    expect(state.taken).toBeLessThan(MUCH / 4);
    socket.resume().on("error", () => undefined);
    await once(socket, "close");
    await close();
  });

  test("one that reads slowly is not", async () => {
    const { state, parts } = much();
    const { port, outcome, close } = await serving(parts, { stalledMs: 400 });
    const socket = connect(port, "127.0.0.1");
    let bytes = 0;
    // A megabyte or so at a time, with rests shorter than what counts as stalled.
    let burst = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      burst += chunk.length;
      if (burst < 16 * 1024 * 1024) return;
      burst = 0;
      socket.pause();
      setTimeout(() => socket.resume(), 100);
    });
    socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    expect(await outcome).toBe("ended");
    await once(socket, "close");
    expect([state.taken, bytes > MUCH * 64 * 1024]).toEqual([MUCH, true]);
    await close();
  });

  test("a reader that leaves, or a server that stops, is no failure; a source that fails is, and the answer is cut", async () => {
    const leaving = much();
    const left = await serving(leaving.parts);
    const socket = connect(left.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(socket, "data");
    socket.destroy();
    expect(await left.outcome).toBe("ended");
    expect(leaving.state.isLeft).toBe(true);
    await left.close();

    const stopping = new AbortController();
    const stopped = await serving(much().parts, { stopping: stopping.signal });
    const response = await fetch(stopped.url);
    stopping.abort();
    expect(await stopped.outcome).toBe("ended");
    await expect(response.text()).rejects.toThrow();
    await stopped.close();

    async function* failing() {
      yield "x".repeat(100_000);
      throw new Error("the disk is gone");
    }
    const failed = await serving(failing);
    await expect(fetch(failed.url).then((cut) => cut.text())).rejects.toThrow();
    expect(await failed.outcome).toMatchObject({ message: "the disk is gone" });
    await failed.close();
  });
});
