import { expect, test } from "vitest";
import { isPublicAddress } from "../../../server/handler/public-address.ts";

test.each([
  ["this machine", "127.0.0.1"],
  ["this machine, elsewhere in its network", "127.255.0.9"],
  ["any address of this machine", "0.0.0.0"],
  ["a private network", "10.1.2.3"],
  ["a private network", "172.31.255.255"],
  ["a private network", "192.168.0.1"],
  ["a provider's network", "100.64.0.1"],
  ["a cloud's metadata service", "169.254.169.254"],
  ["a test network", "198.18.0.1"],
  ["multicast", "224.0.0.1"],
  ["broadcast", "255.255.255.255"],
  ["this machine, IPv6", "::1"],
  ["no address", "::"],
  ["this machine in IPv6 notation", "::ffff:127.0.0.1"],
  ["this machine in IPv6 notation, hexadecimal", "::ffff:7f00:1"],
  ["a private network through NAT64", "64:ff9b::a00:1"],
  ["a private network through 6to4", "2002:a00:1::1"],
  ["Teredo", "2001:0:1::1"],
  ["unique local", "fd00::1"],
  ["link local", "fe80::1%eth0"],
  ["multicast, IPv6", "ff02::1"],
  ["documentation", "2001:db8::1"],
  ["what is no address", "localhost"],
  ["nothing", ""],
])("%s is not public: %s", (_, address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "172.32.0.1",
  "172.15.255.255",
  "100.128.0.1",
  "2606:4700:4700::1111",
  "2a00:1450::1",
])("%s is public", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});
