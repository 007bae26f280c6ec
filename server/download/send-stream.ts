import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DOWNLOAD_STALLED_MS } from "../core/limits.ts";

/** What is written to a socket at once: rows are far smaller, and each write has its price. */
const CHUNK_BYTES = 64 * 1024;

type Sending = { stopping: AbortSignal; stalledMs?: number };

/**
 * Sends what `parts` gives, one chunk ahead and no more: a reader that stops reading stops the database too, and when it takes
 * nothing for `stalledMs` its connection is closed. A reader that goes away is no failure, and neither is a server that stops.
 */
export async function sendStream(
  response: ServerResponse,
  parts: AsyncIterable<string | Uint8Array>,
  { stopping, stalledMs = DOWNLOAD_STALLED_MS }: Sending,
): Promise<void> {
  // Node counts a write that makes progress as activity, however slowly.
  response.setTimeout(stalledMs, () => response.destroy());
  const chunks = Readable.from(inChunks(parts), { objectMode: true, highWaterMark: 1 });
  try {
    await pipeline(chunks, response, { signal: stopping });
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE" || stopping.aborted;
    if (!isGone) throw error;
  }
}

/** The same bytes in fewer pieces; an empty one, which a stream of objects may take for the end, is never among them. */
export async function* inChunks(parts: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  let held: (string | Uint8Array)[] = [];
  let length = 0;
  for await (const part of parts) {
    held.push(part);
    length += part.length;
    if (length < CHUNK_BYTES) continue;
    yield joined(held);
    [held, length] = [[], 0];
  }
  if (length > 0) yield joined(held);
}

function joined(parts: readonly (string | Uint8Array)[]): Buffer {
  if (parts.every((part) => typeof part === "string")) return Buffer.from(parts.join(""));
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}
