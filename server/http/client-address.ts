import type { IncomingMessage } from "node:http";

/**
 * The network address a request comes from. `trustedProxies` of our own stand before us, each adding one entry at the
 * right end of X-Forwarded-For; with 0 the header is anybody's invention and is ignored.
 */
export function clientAddress(request: Pick<IncomingMessage, "headers" | "socket">, trustedProxies: number): string {
  const direct = plain(request.socket.remoteAddress ?? "");
  if (trustedProxies === 0) return direct;
  const header = request.headers["x-forwarded-for"];
  const forwarded = (Array.isArray(header) ? header.join(",") : (header ?? ""))
    .split(",")
    .map((entry) => plain(entry.trim()))
    .filter((entry) => entry !== "");
  // Fewer entries than proxies: the request did not come through all of them; the outermost known is the best guess.
  return forwarded.at(-trustedProxies) ?? forwarded[0] ?? direct;
}

/** An IPv4 address that arrived on an IPv6 socket is the IPv4 address. */
function plain(address: string): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}
