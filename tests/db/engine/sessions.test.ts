import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { PROTOCOL_VERSION } from "../../../server/core/wire/exchange.ts";
import { hostOfToken } from "../../../server/host/authenticate.ts";
import { networkOf } from "../../../server/host/network.ts";
import { openSession, SESSION_SECONDS } from "../../../server/host/open-session.ts";
import { createRateLimits } from "../../../server/host/rate-limits.ts";
import { withLab } from "./lab.ts";

const lab = withLab();

function newKey() {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return { publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"), privateKey };
}

function signed({ publicKey, privateKey }: { publicKey: string; privateKey: KeyObject }, issuedSeconds: number) {
  const text = Buffer.from(`quorate-session:${publicKey}:${issuedSeconds}`);
  const signature = sign("sha256", text, { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64");
  return { kind: "key" as const, publicKey, issuedSeconds, signature };
}

type Credential = ReturnType<typeof signed> | { kind: "secret"; secret: string };

function open(credential: Credential, more: { name?: string; protocol?: number; address?: string } = {}) {
  const { current } = lab;
  const { name, protocol = PROTOCOL_VERSION, address = null } = more;
  const request = { protocol, credential, ...(name === undefined ? {} : { name }) };
  return openSession(
    current.deps,
    { request, address, userAgent: "test", mayCreate: () => Promise.resolve() },
    current.now,
  );
}

describe("sessions", () => {
  test("a key makes one identity, and finds it again", async () => {
    const key = newKey();
    const first = await open(signed(key, lab.current.now), { name: "  Ada  " });
    expect(first).toMatchObject({ isNew: true, userName: "Ada" });
    const second = await open(signed(key, lab.current.now + 100), { name: "Eve" });
    expect(second).toMatchObject({ isNew: false, userName: "Ada", hostId: first.hostId, userId: first.userId });
  });

  test("two first sessions of one key at once make one identity", async () => {
    const key = newKey();
    const both = await Promise.all([open(signed(key, lab.current.now)), open(signed(key, lab.current.now))]);
    expect(new Set(both.map(({ hostId }) => hostId)).size).toBe(1);
  });

  test("a secret is stored as its hash only", async () => {
    const secret = "ab".repeat(32);
    const session = await open({ kind: "secret", secret });
    const row = await lab.current.row("select * from host where id = $1", [session.hostId]);
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(await open({ kind: "secret", secret })).toMatchObject({ isNew: false, hostId: session.hostId });
  });

  test.each<[string, () => Credential]>([
    ["a signature of another key", () => ({ ...signed(newKey(), lab.current.now), publicKey: newKey().publicKey })],
    [
      "a signature for another time",
      () => ({ ...signed(newKey(), lab.current.now), issuedSeconds: lab.current.now + 1 }),
    ],
    ["a signature that is days old", () => signed(newKey(), lab.current.now - 2 * 86_400)],
    ["a signature that is cut", () => ({ ...signed(newKey(), lab.current.now), signature: "AAAA" })],
  ])("refuses %s", async (_title, credential) => {
    await expect(open(credential())).rejects.toMatchObject({ name: "Refusal", code: "unauthenticated" });
  });

  test("refuses keys that are no ECDSA P-256 keys, or are spelled another way", async () => {
    const { now } = lab.current;
    const rsa = generateKeyPairSync("ed25519");
    const publicKey = rsa.publicKey.export({ format: "der", type: "spki" }).toString("base64");
    await expect(open({ ...signed(newKey(), now), publicKey })).rejects.toMatchObject({ code: "bad_request" });
    const key = newKey();
    const padded = Buffer.concat([Buffer.from(key.publicKey, "base64"), Buffer.from([0])]).toString("base64");
    await expect(open(signed({ ...key, publicKey: padded }, now))).rejects.toMatchObject({ code: "bad_request" });
  });

  test("refuses names that could pose as others, and clients of another version", async () => {
    await expect(open(signed(newKey(), lab.current.now), { name: "a\u202Eb" })).rejects.toMatchObject({
      code: "bad_request",
    });
    await expect(open(signed(newKey(), lab.current.now), { protocol: 99 })).rejects.toMatchObject({
      code: "client_outdated",
    });
  });

  test("a token is good for its host and its time, and for nothing else", async () => {
    const { deps, now } = lab.current;
    const { token, hostId } = await open(signed(newKey(), now));
    expect(hostOfToken(deps, token, now + SESSION_SECONDS - 1)).toBe(Number(hostId));
    const [id = "", expires = "", mac = ""] = token.split(".");
    const forged = [
      null,
      "",
      "x",
      `${Number(id) + 1}.${expires}.${mac}`,
      `${id}.${Number(expires) + 1}.${mac}`,
      `${id}.${expires}.${"A".repeat(43)}`,
    ];
    for (const other of forged) expect(() => hostOfToken(deps, other, now)).toThrow(/open a new one/);
    expect(() => hostOfToken(deps, token, now + SESSION_SECONDS)).toThrow(/open a new one/);
  });

  test("limits count per network for identities and per host for exchanges, and say when to come again", async () => {
    const limits = createRateLimits({ ANONYMOUS_PER_HOUR: 2, EXCHANGES_PER_MINUTE: 1 });
    await limits.newIdentity("203.0.113.1");
    await limits.newIdentity("203.0.113.200");
    await expect(limits.newIdentity("203.0.113.7")).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterSeconds: expect.any(Number),
    });
    await expect(limits.newIdentity("203.0.114.1")).resolves.toBeUndefined();
    await limits.exchange(1);
    await expect(limits.exchange(1)).rejects.toMatchObject({ code: "rate_limited" });
    await expect(limits.exchange(2)).resolves.toBeUndefined();
  });

  test.each([
    ["203.0.113.77", "203.0.113.0/24"],
    ["::ffff:203.0.113.77", "203.0.113.0/24"],
    ["2001:db8:1:2::5", "2001:db8:1::/48"],
    ["2001:DB8::1", "2001:db8:0::/48"],
    ["127.0.0.1", null],
    ["192.168.1.4", null],
    ["10.9.8.7", null],
    ["::1", null],
    ["fe80::1%eth0", null],
    ["fd00::1", null],
    ["not an address", null],
  ])("the network of %s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test("results of a workunit do not go to two anonymous users of one network, but may on private ones", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 1);
    const want = { results: 1, backends: ["wasm" as const] };
    const got = async (address: string) =>
      (await current.exchange(await current.host(), { want, address })).leases.length;
    expect([await got("203.0.113.1"), await got("203.0.113.2"), await got("198.51.100.1")]).toEqual([1, 0, 1]);
    await current.submit(appVersionId, 1);
    expect([await got("192.168.0.1"), await got("192.168.0.2")]).toEqual([1, 1]);
  });
});
