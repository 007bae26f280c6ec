import { HttpError } from "../http/http-error.ts";
import { readPlace } from "./place.ts";
import { type ResultDeps, type ResultQuery, type ResultRow, readResults } from "./result-rows.ts";
import type { Manner } from "./text-formats.ts";

/** A file that does not exist until somebody reads it: results, and how they are written. */
export type ResultFile = {
  query: ResultQuery;
  manner: Manner;
  render(rows: AsyncIterable<ResultRow>, manner: Manner): AsyncIterable<string | Uint8Array>;
};

/** `start`: the same file without its first `startBytes` bytes. */
export type Measured = { bytes: number; start: ResultFile; startBytes: number };

export function bytesOf(deps: ResultDeps, { query, manner, render }: ResultFile) {
  return render(readResults(deps, query), manner);
}

/**
 * Says how long a file is, which an answer with a part of it must begin with, by writing it to nowhere: memory stays flat. On the
 * way it remembers the last row that ends before `first`, so that what stands before is read this one time and never again.
 * @returns null when `isUnwanted` says so: whoever asked has gone.
 */
export async function measureFile(
  deps: ResultDeps,
  file: ResultFile,
  { first, isUnwanted }: { first: number; isUnwanted: () => boolean },
): Promise<Measured | null> {
  let bytes = 0;
  let start = file;
  let startBytes = 0;
  async function* watched(): AsyncGenerator<ResultRow> {
    let before: ResultRow | undefined;
    // A row is asked for when all before it are written.
    for await (const row of readResults(deps, file.query)) {
      if (before !== undefined && bytes <= first) [start, startBytes] = [restOf(file, before), bytes];
      before = row;
      yield row;
    }
  }
  for await (const part of file.render(watched(), file.manner)) {
    if (isUnwanted()) return null;
    bytes += Buffer.byteLength(part);
  }
  return { bytes, start, startBytes };
}

function restOf(file: ResultFile, { workunitId, cursor }: ResultRow): ResultFile {
  const { asCompleted } = file.query;
  const from = cursor === null ? null : readPlace(cursor);
  const query =
    asCompleted === undefined || from === null
      ? { ...file.query, afterId: workunitId }
      : { ...file.query, asCompleted: { ...asCompleted, from } };
  return { ...file, query, manner: { ...file.manner, isContinued: true } };
}

/**
 * `count` bytes after the first `skip`. @throws {HttpError} when there are fewer: the file has become another one since it was
 * measured, and an answer that cannot be kept must break off.
 */
export async function* partOf(
  parts: AsyncIterable<string | Uint8Array>,
  { skip, count }: { skip: number; count: number },
): AsyncGenerator<Uint8Array> {
  let [toSkip, left] = [skip, count];
  for await (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    const wanted = bytes.subarray(toSkip, toSkip + left);
    toSkip -= Math.min(toSkip, bytes.length);
    left -= wanted.length;
    if (wanted.length > 0) yield wanted;
    if (left === 0) return;
  }
  throw new HttpError(409, "These results changed while they were read; begin again.");
}
