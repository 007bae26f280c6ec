import type { Socket } from "node:net";
import { expect, it } from "vitest";
import { clientAddress } from "../../../server/http/client-address.ts";

const from = (remoteAddress: string, forwarded?: string) => ({
  headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  socket: { remoteAddress } as Socket,
});

it.each([
  // remote, X-Forwarded-For, trusted proxies, address
  ["10.0.0.1", undefined, 0, "10.0.0.1"],
  ["::ffff:10.0.0.1", undefined, 0, "10.0.0.1"],
  ["10.0.0.1", "6.6.6.6", 0, "10.0.0.1"],
  ["10.0.0.1", "6.6.6.6, 7.7.7.7", 1, "7.7.7.7"],
  ["10.0.0.1", "5.5.5.5, 6.6.6.6, 7.7.7.7", 2, "6.6.6.6"],
  ["10.0.0.1", "7.7.7.7", 2, "7.7.7.7"],
  ["10.0.0.1", undefined, 1, "10.0.0.1"],
] as const)("%s forwarded for %s behind %i proxies is %s", (remote, forwarded, proxies, address) => {
  expect(clientAddress(from(remote, forwarded), proxies)).toBe(address);
});
