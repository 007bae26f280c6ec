import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

/** Reads a request's body of at most `maxBytes`. @throws {HttpError} 413 beyond; nothing more is read then. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body piece by piece. Whoever stops reading leaves the connection as it is, so that its sender can be told why. */
export function chunksOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}

/** Whether an error is that the body was not sent to its end: its sender went away or was cut. Ours are never that. */
export function isCutOff(request: IncomingMessage, error: unknown): boolean {
  if (request.complete || request.errored === null) return false;
  for (let each = error; each instanceof Error; each = each.cause) if (each === request.errored) return true;
  return false;
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `The body is larger than ${maxBytes} bytes.`);
}
