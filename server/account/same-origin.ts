import type { IncomingHttpHeaders } from "node:http";

export type OriginOfRequest = { method: string; headers: IncomingHttpHeaders };

const HARMLESS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A request that would change something and that a page of another site made a browser send. Browsers say where a request
 * comes from (Sec-Fetch-Site, or Origin where they are old); programs say neither and carry no cookies by themselves.
 * `publicUrl`: the address visitors use, where it is configured; else the request's own Host is taken for it.
 */
export function isCrossSite({ method, headers }: OriginOfRequest, publicUrl: string | undefined): boolean {
  if (HARMLESS.has(method)) return false;
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin } = headers;
  if (origin === undefined) return false;
  const own = publicUrl === undefined ? headers.host : new URL(publicUrl).host;
  return hostOf(origin) !== own?.toLowerCase();
}

function hostOf(origin: string): string | null {
  // "null" is what a browser sends for a page that must not tell: none of ours.
  return URL.canParse(origin) ? new URL(origin).host : null;
}
