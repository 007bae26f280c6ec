import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { sendJson } from "./answer.ts";
import { HttpError } from "./http-error.ts";

/** How often requests are looked at whose body is still coming. */
const LOOK_MS = 30_000;
/** What must have come of a body since the last look: half a kilobyte a second, a twentieth of the slowest telephones. */
const LEAST_BYTES = 16_384;
/** So long the rest of a body may still come once it has been answered: then its connection serves for the next request. */
const AFTER_ANSWER_MS = 5_000;

type Coming = { request: IncomingMessage; response: ServerResponse; bytesRead: number };

/**
 * Ends requests whose body has stopped coming, so that connections are not held for nothing. A body may take as long as its
 * line is slow: 64 MiB from a telephone take many minutes, and Node's own limit is for the whole request.
 * @returns what looks at them once; called at most every LOOK_MS by `cutStalledBodies`.
 */
export function watchBodies(server: Server): () => void {
  const coming = new Set<Coming>();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { "content-length": length, "transfer-encoding": encoding } = request.headers;
    if (encoding === undefined && (length === undefined || Number(length) === 0)) return;
    // Whatever has come by now has not come since a look: the first one only marks.
    const entry = { request, response, bytesRead: Number.NEGATIVE_INFINITY };
    coming.add(entry);
    for (const event of ["end", "close"]) request.once(event, () => coming.delete(entry));
    response.once("finish", () => hangUpUnlessComplete(request));
  });
  return () => {
    for (const entry of coming) {
      const { request, response } = entry;
      const { bytesRead } = request.socket;
      // What lies here unread waits for us, not for the sender.
      const isStalled = request.readableLength === 0 && bytesRead - entry.bytesRead < LEAST_BYTES;
      entry.bytesRead = bytesRead;
      if (request.complete || !isStalled) continue;
      coming.delete(entry);
      cut(request, response);
    }
  };
}

/** What comes of a body after its answer is read by nobody, and no limit of any route holds for it. */
function hangUpUnlessComplete(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), AFTER_ANSWER_MS);
  timer.unref();
  for (const event of ["end", "close"]) request.once(event, () => clearTimeout(timer));
}

/** @returns what stops it. */
export function cutStalledBodies(server: Server): () => void {
  const timer = setInterval(watchBodies(server), LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function cut(request: IncomingMessage, response: ServerResponse): void {
  const why = new HttpError(408, "The body of this request stopped coming. Send it again.");
  if (response.headersSent) {
    request.destroy(why);
    return;
  }
  for (const event of ["finish", "close"]) response.once(event, () => request.destroy(why));
  sendJson(response, why.status, { error: why.message }, { connection: "close" });
}
