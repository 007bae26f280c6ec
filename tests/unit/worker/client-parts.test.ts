import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fromBase64, toBase64 } from "../../../worker/supervisor/base64.ts";
import { createKey, createSecret, sessionRequest } from "../../../worker/supervisor/credential.ts";
import { type FileCache, openFileCache } from "../../../worker/supervisor/file-cache.ts";
import { patientDelay } from "../../../worker/supervisor/patient-delay.ts";
import { createMemoryStore, type Store } from "../../../worker/supervisor/store.ts";
import { CLIENT_VERSION } from "../../../worker/supervisor/version.ts";

test("the client's version is the package's", () => {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  expect(CLIENT_VERSION).toBe((JSON.parse(text) as { version: string }).version);
});

test("base64 of any length, there and back", () => {
  for (const length of [0, 1, 2, 3, 0x7fff, 0x8000, 100_001]) {
    const bytes = Uint8Array.from({ length }, (_, n) => (n * 31) & 255);
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  }
});

describe("credentials", () => {
  test("a session is asked for with a signature that the public key verifies", async () => {
    const { publicKey, privateKey } = await createKey(false);
    const { credential } = await sessionRequest({ kind: "key", publicKey, privateKey }, 1_700_000_000.9, "ada");
    if (credential.kind !== "key") throw new Error("no key");
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("spki", fromBase64(publicKey), algorithm, false, ["verify"]);
    const text = new TextEncoder().encode(`quorate-session:${publicKey}:1700000000`);
    const check = { name: "ECDSA", hash: "SHA-256" };
    expect(await crypto.subtle.verify(check, key, fromBase64(credential.signature), text)).toBe(true);
    expect(fromBase64(credential.signature)).toHaveLength(64);
  });

  test("the private key of a browser cannot be taken out", async () => {
    const { privateKey } = await createKey(false);
    await expect(crypto.subtle.exportKey("pkcs8", privateKey)).rejects.toThrow();
  });

  test("without a secure context: 256 random bits, never twice the same", () => {
    const [a, b] = [createSecret(), createSecret()];
    expect([a.kind === "secret" && a.secret.length, a]).toEqual([64, expect.not.objectContaining(b)]);
  });
});

describe("files", () => {
  const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  const file = (fill: number, length = 100): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(fill);

  async function cache(
    store: Store,
    limitBytes = 1e6,
  ): Promise<{ files: FileCache; fetched: string[]; served: Map<string, Uint8Array<ArrayBuffer>> }> {
    const fetched: string[] = [];
    const served = new Map<string, Uint8Array<ArrayBuffer>>();
    let clock = 1;
    const files = await openFileCache({
      store,
      server: {
        getFile: async (hash) => {
          fetched.push(hash);
          const bytes = served.get(hash);
          if (bytes === undefined) throw new Error("no such file");
          return bytes;
        },
      },
      limitBytes: () => limitBytes,
      wallMs: () => clock++,
      onTrouble: () => undefined,
    });
    return { files, fetched, served };
  }

  test("are fetched once, also when two ask at the same time, also after a restart", async () => {
    const store = createMemoryStore();
    const first = await cache(store);
    const hash = sha256(file(1));
    first.served.set(hash, file(1));
    await Promise.all([first.files.get(hash), first.files.get(hash)]);
    await first.files.get(hash);
    const second = await cache(store);
    expect(await second.files.get(hash)).toEqual(file(1));
    expect([first.fetched.length, second.fetched.length, second.files.usedBytes()]).toEqual([1, 0, 100]);
  });

  test("of other bytes than their name says are refused and not kept", async () => {
    const { files, served } = await cache(createMemoryStore());
    const hash = sha256(file(1));
    served.set(hash, file(2));
    await expect(files.get(hash)).rejects.toThrow("other bytes");
    served.set(hash, file(1));
    expect(await files.get(hash)).toEqual(file(1));
  });

  test("damaged in the store are fetched again", async () => {
    const store = createMemoryStore();
    const hash = sha256(file(1));
    const before = await cache(store);
    before.served.set(hash, file(1));
    await before.files.get(hash);
    await store.write([{ put: "files", key: hash, value: file(9) }]);
    const { files, fetched, served } = await cache(store);
    served.set(hash, file(1));
    expect([await files.get(hash), fetched]).toEqual([file(1), [hash]]);
  });

  test("above the limit: the longest unused go first", async () => {
    const store = createMemoryStore();
    const { files, served } = await cache(store, 250);
    const hashes = [1, 2, 3].map((n) => sha256(file(n)));
    for (const [n, hash] of hashes.entries()) served.set(hash, file(n + 1));
    for (const hash of hashes) await files.get(hash);
    const kept = (await store.all("fileInfos")).map((info) => info.sha256).sort();
    expect(kept).toEqual([hashes[1], hashes[2]].sort());
    expect(await store.get("files", hashes[0] ?? "")).toBeUndefined();
    expect(files.usedBytes()).toBe(200);
  });
});

describe("patience with silence", () => {
  test("counts timers that fired, so a night's sleep in between is one second", async () => {
    const timers: { milliseconds: number; callback: () => void }[] = [];
    const timer = (milliseconds: number, callback: () => void) => {
      timers.push({ milliseconds, callback });
      return () => undefined;
    };
    let over = false;
    void patientDelay({ timer }, 3_500).then(() => {
      over = true;
    });
    for (const expected of [1_000, 1_000, 1_000, 500]) {
      expect(over).toBe(false);
      const next = timers.shift();
      expect(next?.milliseconds).toBe(expected);
      next?.callback();
      await Promise.resolve();
    }
    expect(over).toBe(true);
  });

  test("ends at once when it is not needed any more, and takes its timer along", async () => {
    let cancelled = 0;
    const ended = new AbortController();
    const waiting = patientDelay({ timer: () => () => void cancelled++ }, 60_000, ended.signal);
    ended.abort();
    await waiting;
    expect(cancelled).toBe(1);
  });
});
