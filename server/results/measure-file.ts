import { HttpError } from "../http/http-error.ts";
import { BEGINNING, type Place, readPlace } from "./place.ts";
import { type ResultDeps, type ResultQuery, type ResultRow, readResults } from "./result-rows.ts";
import type { Manner } from "./text-formats.ts";

/** A file that does not exist until somebody reads it: results, and how they are written. */
export type ResultFile = {
  query: ResultQuery;
  manner: Manner;
  render(rows: AsyncIterable<ResultRow>, manner: Manner): AsyncIterable<string | Uint8Array>;
};

export function bytesOf(deps: ResultDeps, { query, manner, render }: ResultFile) {
  return render(readResults(deps, query), manner);
}

/** A row that ends so many bytes after the beginning: what follows can be written without what stands before. */
type Mark = { bytes: number; after: Place };

/** How long a file is, and rows all over it. */
export type Measured = { bytes: number; marks: readonly Mark[] };

/** Rows that are remembered of a file: what stands between two of them is what is read for nothing. */
export const MARKS_MAX = 256;
const FIRST_STEP_BYTES = 4_096;

/** Keeps rows at equal distances, further apart the longer the file turns out to be. */
export class Marks {
  #step = FIRST_STEP_BYTES;
  #marks: Mark[] = [];

  /** In the order of the file. */
  add(mark: Mark): void {
    if (mark.bytes < (this.#marks.at(-1)?.bytes ?? 0) + this.#step) return;
    this.#marks.push(mark);
    if (this.#marks.length <= MARKS_MAX) return;
    this.#marks = this.#marks.filter((_, index) => index % 2 === 1);
    this.#step *= 2;
  }

  get all(): readonly Mark[] {
    return this.#marks;
  }
}

/**
 * Says how long a file is, which an answer with a part of it must begin with, by writing it to nowhere: memory stays flat.
 * @returns null when `isUnwanted` says so: whoever asked has gone.
 */
export async function measureFile(
  deps: ResultDeps,
  file: ResultFile,
  isUnwanted: () => boolean,
): Promise<Measured | null> {
  let bytes = 0;
  const marks = new Marks();
  async function* watched(): AsyncGenerator<ResultRow> {
    let before: ResultRow | undefined;
    // A row is asked for when all before it are written.
    for await (const row of readResults(deps, file.query)) {
      if (before !== undefined) marks.add({ bytes, after: placeOf(before) });
      before = row;
      yield row;
    }
  }
  if (isUnwanted()) return null;
  for await (const part of file.render(watched(), file.manner)) {
    if (isUnwanted()) return null;
    bytes += Buffer.byteLength(part);
  }
  return { bytes, marks: marks.all };
}

function placeOf({ cursor, workunitId }: ResultRow): Place {
  return (cursor === null ? null : readPlace(cursor)) ?? { ...BEGINNING, workunitId };
}

/** The same file without its first `startBytes` bytes, which are as many as may be left out where `first` is wanted. */
export function startFor(
  file: ResultFile,
  { marks }: Measured,
  first: number,
): { start: ResultFile; startBytes: number } {
  const mark = marks.findLast(({ bytes }) => bytes <= first);
  if (mark === undefined) return { start: file, startBytes: 0 };
  const { asCompleted } = file.query;
  const from =
    asCompleted === undefined
      ? { afterId: mark.after.workunitId }
      : { asCompleted: { ...asCompleted, from: mark.after } };
  const start = { ...file, query: { ...file.query, ...from }, manner: { ...file.manner, isContinued: true } };
  return { start, startBytes: mark.bytes };
}

export type Wanted = {
  skip: number;
  count: number;
  /** Whether the file is still the one that was measured: asked before the last of it is given away. */
  isSame: () => Promise<boolean>;
};

/**
 * `count` bytes after the first `skip`. @throws {HttpError} when the file has become another one since it was measured: an answer
 * that cannot be kept must break off.
 */
export async function* partOf(
  parts: AsyncIterable<string | Uint8Array>,
  { skip, count, isSame }: Wanted,
): AsyncGenerator<Uint8Array> {
  let [toSkip, left] = [skip, count];
  for await (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    const wanted = bytes.subarray(toSkip, toSkip + left);
    toSkip -= Math.min(toSkip, bytes.length);
    left -= wanted.length;
    if (left === 0 && !(await isSame())) break;
    if (wanted.length > 0) yield wanted;
    if (left === 0) return;
  }
  throw new HttpError(409, "These results changed while they were read; begin again.");
}
