import type { IncomingMessage } from "node:http";

/** Of a body that nobody wants to read, so much is taken before the answer: most programs hear nothing while they speak. */
const MOST_BYTES = 256 * 1024 * 1024;
/** And for so long: a refusal waits no longer for a sender who is slow. What is still coming then is cut with the answer. */
const MOST_MS = 10_000;

/** Reads the rest of a body into nothing, within limits. Never rejects; a sender who went away is no news. */
export async function passOver(request: IncomingMessage): Promise<void> {
  if (request.destroyed || request.readableEnded) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    const enough = () => {
      clearTimeout(timer);
      request.off("data", count);
      for (const event of ["end", "close"]) request.off(event, enough);
      resolve();
    };
    const count = (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) enough();
    };
    const timer = setTimeout(enough, MOST_MS);
    for (const event of ["end", "close"]) request.on(event, enough);
    request.on("data", count).resume();
  });
}
