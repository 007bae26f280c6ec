import type { IncomingHttpHeaders } from "node:http";

/** The bytes from `first` on; up to and with `last`, or to the end when that is null. */
export type ByteRange = { first: number; last: number | null };

/**
 * The part of a file that a request wants (RFC 9110, 14.2), or null for all of it: also where several parts are wanted, or the
 * last so many bytes, or the file is another one than the caller has a part of. A server may always answer with the whole.
 */
export function wantedRange(headers: IncomingHttpHeaders, etag: string): ByteRange | null {
  const { range, "if-range": ifRange } = headers;
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return null;
  const [, from, to] = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(range.trim()) ?? [];
  if (from === undefined) return null;
  const [first, last] = [Number(from), to === undefined ? null : Number(to)];
  return last !== null && last < first ? null : { first, last };
}

/** Whether the caller has this very file already (RFC 9110, 13.1.2). */
export function hasAlready({ "if-none-match": known }: IncomingHttpHeaders, etag: string): boolean {
  return known?.split(",").some((each) => each.trim().replace(/^W\//, "") === etag) ?? false;
}
