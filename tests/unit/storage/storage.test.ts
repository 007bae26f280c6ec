import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSettings } from "../../../server/settings.ts";
import { openDiskStorage } from "../../../server/storage/disk-storage.ts";
import { openStorage } from "../../../server/storage/open-storage.ts";
import { fileKey, outputKey, type Storage, UnreadableError } from "../../../server/storage/storage.ts";
import { type S3Server, startS3Server } from "../../support/s3-server.ts";

/** One suite for every medium: whoever uses a storage cannot tell which it is. */

let folder = "";
let s3: S3Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-storage-"));
  s3 = await startS3Server();
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

const MEDIA: [string, { open(): Storage; incoming(): string }][] = [
  ["local disk", { open: () => openDiskStorage(folder), incoming: () => join(folder, "incoming") }],
  ["S3", { open: () => s3.open(), incoming: () => s3.spoolFolder }],
];

const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function* chunks(...parts: Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts;
}

/** The first chunk, and then the connection breaks. */
async function* cut(first: Uint8Array): AsyncIterable<Uint8Array> {
  yield first;
  throw new Error("the upload was cut");
}

describe.each(MEDIA)("storage on %s", (_name, medium) => {
  const put = (storage: Storage, bytes: Buffer) =>
    storage.write(fileKey(sha256Of(bytes)), chunks(bytes), { sha256: sha256Of(bytes), maxBytes: 1_000_000 });

  test("gives back what was put in, by pieces and at once, and says how much it is", async () => {
    const storage = medium.open();
    const bytes = Buffer.alloc(9_000_000, "abcdefg");
    const key = fileKey(sha256Of(bytes));
    const parts = chunks(bytes.subarray(0, 1_000), bytes.subarray(1_000, 1_001), bytes.subarray(1_001));
    expect(await storage.write(key, parts, { sha256: sha256Of(bytes), maxBytes: 9_000_000 })).toBe(9_000_000);
    expect(sha256Of(await storage.read(key))).toBe(sha256Of(bytes));
    const opened = await storage.open(key);
    expect(opened?.bytes).toBe(9_000_000);
    if (!opened) throw new Error("what was written is not there");
    expect(sha256Of(await buffer(opened.stream))).toBe(sha256Of(bytes));
    const { bytes: size, modifiedSeconds } = (await storage.stat(key)) ?? { bytes: 0, modifiedSeconds: 0 };
    expect(size).toBe(9_000_000);
    expect(Math.abs(modifiedSeconds - Date.now() / 1000)).toBeLessThan(60);
  });

  test("takes nothing, and says so, and nothing at all is not a problem", async () => {
    const storage = medium.open();
    expect(await put(storage, Buffer.alloc(0))).toBe(0);
    expect(await storage.read(fileKey(sha256Of(Buffer.alloc(0))))).toEqual(Buffer.alloc(0));
  });

  test("a key that is not there: null, false, an error that says to try later, and deleting it is fine", async () => {
    const storage = medium.open();
    const key = outputKey(7, sha256Of(Buffer.from("never stored")));
    expect([await storage.open(key), await storage.stat(key), await storage.has(key)]).toEqual([null, null, false]);
    await expect(storage.read(key)).rejects.toThrow(UnreadableError);
    await storage.delete(key);
  });

  test.each([
    ["cut in the middle", (bytes: Buffer) => cut(bytes.subarray(0, 10)), 1_000, "the upload was cut"],
    ["of another hash", () => chunks(Buffer.from("something else")), 1_000, "have the SHA-256"],
    ["too large", (bytes: Buffer) => chunks(bytes), 10, "At most 10 bytes"],
  ])("an upload %s leaves nothing", async (title, source, maxBytes, message) => {
    const storage = medium.open();
    const bytes = Buffer.from(`to be refused: ${title} ${_name}`);
    const key = fileKey(sha256Of(bytes));
    await expect(storage.write(key, source(bytes), { sha256: sha256Of(bytes), maxBytes })).rejects.toThrow(message);
    expect(await storage.has(key)).toBe(false);
    expect(await readdir(medium.incoming())).toEqual([]);
  });

  test("who sends what is there already is still told when the bytes are wrong", async () => {
    const storage = medium.open();
    const bytes = Buffer.from(`stored once ${_name}`);
    await put(storage, bytes);
    expect(await put(storage, bytes)).toBe(bytes.length);
    const expected = { sha256: sha256Of(bytes), maxBytes: 1_000 };
    await expect(storage.write(fileKey(expected.sha256), chunks(Buffer.from("wrong")), expected)).rejects.toThrow(
      "have the SHA-256",
    );
    expect(await storage.read(fileKey(expected.sha256))).toEqual(bytes);
  });

  test("two who store the same at once both succeed", async () => {
    const storage = medium.open();
    const bytes = Buffer.from(`stored twice ${_name}`);
    expect(await Promise.all([put(storage, bytes), put(medium.open(), bytes)])).toEqual([bytes.length, bytes.length]);
    expect(await storage.read(fileKey(sha256Of(bytes)))).toEqual(bytes);
  });

  test("lists every key of a folder and no other, beyond one page", async () => {
    const storage = medium.open();
    const keys = Array.from({ length: 7 }, (_, index) => outputKey(index + 1, sha256Of(Buffer.from("x"))));
    const expected = { sha256: sha256Of(Buffer.from("x")), maxBytes: 1 };
    for (const key of keys) await storage.write(key, chunks(Buffer.from("x")), expected);
    const listed: string[] = [];
    for await (const key of storage.list("outputs")) listed.push(key);
    expect(listed.sort()).toEqual([...keys].sort());
    await storage.delete(keys[0] ?? "");
    expect(await storage.has(keys[0] ?? "")).toBe(false);
  });

  test("removes what a killed process left in the middle of a write, once it is old", async () => {
    const storage = medium.open();
    await put(storage, Buffer.from(`makes the folder ${_name}`));
    const path = join(medium.incoming(), "left");
    await writeFile(path, "half");
    expect(await storage.removeLeftovers(60_000)).toBe(0);
    const hourAgo = Date.now() / 1000 - 3_600;
    await utimes(path, hourAgo, hourAgo);
    expect(await storage.removeLeftovers(60_000)).toBe(1);
    expect(await readdir(medium.incoming())).toEqual([]);
  });
});

test("the settings choose: a bucket when one is named, else the data folder", async () => {
  const bytes = Buffer.from("by settings");
  const expected = { sha256: sha256Of(bytes), maxBytes: 100 };
  const inBucket = openStorage(
    readSettings({
      S3_BUCKET: s3.bucket,
      S3_ENDPOINT: s3.endpoint,
      S3_ACCESS_KEY_ID: "S3RVER",
      S3_SECRET_ACCESS_KEY: "S3RVER",
    }),
    folder,
  );
  await inBucket.write(fileKey(expected.sha256), chunks(bytes), expected);
  expect(await s3.open().has(fileKey(expected.sha256))).toBe(true);
  expect(await openStorage(readSettings({}), folder).has(fileKey(expected.sha256))).toBe(false);
});

test("a store that refuses is an error that says to try later, never an empty file", async () => {
  const away = openStorage(
    readSettings({
      S3_BUCKET: "no-such-bucket",
      S3_ENDPOINT: s3.endpoint,
      S3_ACCESS_KEY_ID: "S3RVER",
      S3_SECRET_ACCESS_KEY: "S3RVER",
    }),
    folder,
  );
  const bytes = Buffer.from("nowhere to go");
  const expected = { sha256: sha256Of(bytes), maxBytes: 100 };
  await expect(away.write(fileKey(expected.sha256), chunks(bytes), expected)).rejects.toThrow();
  await expect(away.read(fileKey(expected.sha256))).rejects.toThrow(UnreadableError);
});
