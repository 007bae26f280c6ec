import type { CipherKey } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openS3Storage } from "../../server/storage/s3-storage.ts";
import type { Storage } from "../../server/storage/storage.ts";

type Server = { run(): Promise<{ port: number }>; close(): Promise<void> };
type ServerClass = new (options: Record<string, unknown>) => Server;

const require = createRequire(import.meta.url);
/** It has no types of its own. */
const S3rver = require("s3rver") as ServerClass;

/**
 * s3rver hides the place of a listing's next page behind DES, which no OpenSSL of today has any more. Any cipher will do; the
 * keys are made as long as this one wants them.
 */
function giveItACipher(): () => void {
  type Make = (algorithm: string, key: CipherKey, iv: Buffer) => unknown;
  const crypto = require("node:crypto") as Record<"createCipheriv" | "createDecipheriv", Make>;
  const originals = { ...crypto };
  const twice = (bytes: Buffer) => Buffer.concat([bytes, bytes]);
  for (const name of ["createCipheriv", "createDecipheriv"] as const) {
    crypto[name] = (algorithm, key, iv) =>
      algorithm === "des"
        ? originals[name]("aes-128-cbc", twice(key as Buffer), twice(iv))
        : originals[name](algorithm, key, iv);
  }
  return () => {
    crypto.createCipheriv = originals.createCipheriv;
    crypto.createDecipheriv = originals.createDecipheriv;
  };
}

export type S3Server = {
  endpoint: string;
  bucket: string;
  /** Folder where storages of this server hash their uploads. */
  spoolFolder: string;
  open(): Storage;
  close(): Promise<void>;
};

/** An S3-compatible server in this process, on a free port, with one empty bucket. */
export async function startS3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), "quorate-s3-"));
  const bucket = "quorate-test";
  const server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory: join(directory, "buckets"),
    configureBuckets: [{ name: bucket }],
  });
  const restore = giveItACipher();
  const { port } = await server.run();
  const endpoint = `http://127.0.0.1:${port}`;
  const spoolFolder = join(directory, "spool");
  return {
    endpoint,
    bucket,
    spoolFolder,
    open: () =>
      openS3Storage({
        bucket,
        region: "us-east-1",
        endpoint,
        credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
        pathStyle: true,
        spoolFolder,
        pageKeys: 3,
      }),
    async close() {
      await server.close();
      restore();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
