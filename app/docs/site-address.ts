import { headers } from "next/headers";

/** The site's address as the reader's browser names it. */
export async function addressOfSite(): Promise<string> {
  const sent = await headers();
  const host = sent.get("host") ?? "localhost:3000";
  const isLocal = /^(localhost|127\.|\[::1\])/.test(host);
  return `${sent.get("x-forwarded-proto") ?? (isLocal ? "http" : "https")}://${host}`;
}
