import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type Received = { path: string; headers: IncomingHttpHeaders; body: Buffer; json: Record<string, unknown> };

export type Receiver = {
  url: string;
  /** Every call, in order. */
  calls: Received[];
  /** What the next calls are answered with; by default 204. */
  answer: (response: ServerResponse, call: Received) => void | Promise<void>;
  close(): Promise<void>;
};

/** A project's own server, on this machine, that keeps what it is told. */
export async function openReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: "",
    calls: [],
    answer: (response) => void response.writeHead(204).end(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    // A caller that gives up breaks the connection: that is what some tests are about.
    void buffer(request).then(
      (body) => {
        const json = JSON.parse(body.toString()) as Record<string, unknown>;
        const call = { path: request.url ?? "", headers: request.headers, body, json };
        receiver.calls.push(call);
        return receiver.answer(response, call);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return receiver;
}
