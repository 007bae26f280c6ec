import { BlockList, isIP } from "node:net";

/**
 * Addresses that are not on the public internet: this machine, its networks, its cloud's metadata service, and everything
 * that leads there by another notation. A project's webhook must not reach them unless the operator says so.
 */
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, "ipv4");
}
/** Of IPv6 only global unicast is public, less documentation, tunnels and what was never given out. */
const PUBLIC_IPV6 = new BlockList();
PUBLIC_IPV6.addSubnet("2000::", 3, "ipv6");
const NOT_PUBLIC_IPV6 = new BlockList();
for (const [network, prefix] of [
  // Teredo, ORCHID, documentation; 6to4, which carries an IPv4 address of any kind.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  NOT_PUBLIC_IPV6.addSubnet(network, prefix, "ipv6");
}

/** True for an address, as text, that belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !NOT_PUBLIC.check(address, "ipv4");
  // ::ffff:10.0.0.1 and the like are outside 2000::/3, and so refused whatever they stand for.
  const plain = address.split("%")[0] ?? "";
  return family === 6 && PUBLIC_IPV6.check(plain, "ipv6") && !NOT_PUBLIC_IPV6.check(plain, "ipv6");
}
