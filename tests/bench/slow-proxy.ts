import { connect, createServer, type Socket } from "node:net";

/** A way to a server that takes longer: every byte, in both directions, arrives `delayMs` later and in order. */
export interface SlowProxy {
  readonly url: string;
  close(): Promise<void>;
}

export async function openSlowProxy(target: string, delayMs: number): Promise<SlowProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
    passOn(client, upstream, delayMs);
    passOn(upstream, client, delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port");
  return {
    // "localhost" is a secure context like 127.0.0.1, and what the server calls itself.
    url: `http://localhost:${address.port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Timers of equal length fire in the order they were set, so bytes stay in order. */
function passOn(from: Socket, to: Socket, delayMs: number): void {
  from.on("data", (bytes: Buffer) => setTimeout(() => to.write(bytes), delayMs));
  from.on("end", () => setTimeout(() => to.end(), delayMs));
  from.on("error", () => to.destroy());
}
