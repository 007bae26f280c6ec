import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { submitBatch } from "../../../server/batch/submit-batch.ts";
import { FILE_GRACE_SECONDS, OUTPUT_GRACE_SECONDS } from "../../../server/core/limits.ts";
import type { Deps } from "../../../server/deps.ts";
import { cleanFiles, takeStock } from "../../../server/file/clean-files.ts";
import { keepFiles } from "../../../server/file/keep-files.ts";
import { storeBytes, storeFile } from "../../../server/file/store-file.ts";
import { inTransaction } from "../../../server/sql/transaction.ts";
import { fileKey, outputKey, type Storage } from "../../../server/storage/storage.ts";
import { outputOf, outputReport, withLab } from "../engine/lab.ts";

/** What nobody needs goes, what anybody needs stays: also while others store and submit. */

const lab = withLab();
let deps: Deps;
let now = 0;
beforeAll(() => {
  deps = lab.current.deps;
  now = lab.current.now;
});

const later = () => now + FILE_GRACE_SECONDS + 1;
const isStored = async (sha256: string, among = deps) => ({
  bytes: await among.storage.has(fileKey(sha256)),
  row:
    (await deps.pool.query("select from file where sha256 = $1 and doomed_seconds is null", [sha256])).rowCount === 1,
});
const WHOLE = { bytes: true, row: true };
const GONE = { bytes: false, row: false };

let counter = 0;
/** Bytes that nobody has stored before. */
const fresh = (size = 100) => {
  counter += 1;
  return Buffer.alloc(size, `file ${counter} `);
};
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const GENOME = { manifest: { files: ["genome"] } };
/** An app with a file, and a batch of it that names this one. */
const submit = (appVersionId: number, genome: string, among = deps) =>
  submitBatch(
    among,
    {
      appVersionId,
      name: "Batch",
      key: `key ${counter++}`,
      workunits: [{ name: "w", input: Buffer.from("1"), flops: 1e9, files: { genome } }],
    },
    now,
  );

async function app(): Promise<{ appVersionId: number; projectId: number }> {
  return await lab.current.app({
    manifest: {
      ...GENOME.manifest,
      examples: [{ name: "nothing", input: "empty", output: "empty", files: { genome: "empty" } }],
    },
  });
}

describe("clean-up", () => {
  test("keeps what a version or a workunit names, for ever, and deletes what was only stored, after a while", async () => {
    const { appVersionId } = await app();
    const [genome, orphan] = [await storeBytes(deps, fresh(), now), await storeBytes(deps, fresh(), now)];
    await submit(appVersionId, genome);
    const [large] = await lab.current.submit(appVersionId, 1, { input: fresh(50_000), files: { genome } });
    const { input } = await lab.current.row<{ input: string }>(
      "select input_sha256 as input from workunit where id = $1",
      [large],
    );
    const { files, hash } = await lab.current.row<{ files: Record<string, string>; hash: string }>(
      "select files, hash from app_version where id = $1",
      [appVersionId],
    );
    await cleanFiles(deps, now + FILE_GRACE_SECONDS);
    expect(await isStored(orphan)).toEqual(WHOLE);
    await cleanFiles(deps, later());
    expect(await isStored(orphan)).toEqual(GONE);
    for (const sha256 of [genome, input, hash, ...Object.values(files)]) expect(await isStored(sha256)).toEqual(WHOLE);
  });

  test("what a project uploaded and never named leaves its quota with the bytes; another project's file stays", async () => {
    const [one, two] = [await app(), await app()];
    const bytes = fresh(1_000);
    const sha256 = await storeBytes(deps, bytes, now);
    for (const { projectId } of [one, two]) {
      await inTransaction(deps, "test", (client) => keepFiles(client, { projectId, use: null, hashes: [sha256] }, now));
    }
    const stored = async (id: number) =>
      (await lab.current.row<{ n: number }>("select stored_bytes as n from project where id = $1", [id])).n;
    const before = await stored(one.projectId);
    await submit(two.appVersionId, sha256);
    await cleanFiles(deps, later());
    expect(await stored(one.projectId)).toBe(before - 1_000);
    expect(await isStored(sha256)).toEqual(WHOLE);
    expect(await stored(two.projectId)).toBeGreaterThanOrEqual(1_000);
  });

  test("several processes at once do it once", async () => {
    const orphans = await Promise.all(Array.from({ length: 20 }, () => storeBytes(deps, fresh(), now)));
    const all = await Promise.all([cleanFiles(deps, later()), cleanFiles(deps, later()), cleanFiles(deps, later())]);
    const last = await cleanFiles(deps, later());
    for (const sha256 of orphans) expect(await isStored(sha256)).toEqual(GONE);
    expect([...all, last].reduce((sum, { deleted }) => sum + deleted, 0)).toBe(20);
  });
});

/** Runs something in the middle of whatever touches the storage. */
function meddling(
  storage: Storage,
  moments: Partial<Record<"beforeDelete" | "afterWrite", () => Promise<void>>>,
): Storage {
  return {
    ...storage,
    async write(...args) {
      const bytes = await storage.write(...args);
      await moments.afterWrite?.();
      return bytes;
    },
    async delete(key) {
      await moments.beforeDelete?.();
      await storage.delete(key);
    },
  };
}

describe("clean-up against those who store and submit at the same moment", () => {
  test("a submission under way keeps its file: the clean-up passes it over", async () => {
    const { appVersionId } = await app();
    const genome = await storeBytes(deps, fresh(), now);
    // Cleaned at the last moment before the submission's commit, in another process.
    const submitting: Deps = {
      ...deps,
      boundary: async (name, moment) => {
        if (name === "submit" && moment === "before_commit") await cleanFiles(deps, later());
      },
    };
    await submit(appVersionId, genome, submitting);
    await cleanFiles(deps, later());
    expect(await isStored(genome)).toEqual(WHOLE);
  });

  test("a clean-up under way: the submission waits for its end and is told to store the file again", async () => {
    const { appVersionId } = await app();
    const bytes = fresh();
    const genome = await storeBytes(deps, bytes, now);
    let submission: Promise<unknown> | undefined;
    const cleaning: Deps = {
      ...deps,
      boundary: async (name, moment) => {
        if (name !== "files:doom" || moment !== "before_commit" || submission !== undefined) return;
        submission = submit(appVersionId, genome);
        submission.catch(() => undefined);
        await delay(50);
      },
    };
    await cleanFiles(cleaning, later());
    await expect(submission).rejects.toThrow("is not stored here; store it first");
    // Should the submission have held it in the moment of deletion, the next clean-up deletes it.
    await cleanFiles(deps, later());
    expect(await isStored(genome)).toEqual(GONE);
    await storeBytes(deps, bytes, now);
    await submit(appVersionId, genome);
    expect(await isStored(genome)).toEqual(WHOLE);
  });

  test("storing while the bytes are deleted ends with the bytes", async () => {
    const bytes = fresh();
    const sha256 = await storeBytes(deps, bytes, now);
    let storing: Promise<string> | undefined;
    const beforeDelete = async () => {
      storing ??= storeBytes(deps, bytes, later());
      await delay(50);
    };
    await cleanFiles({ ...deps, storage: meddling(deps.storage, { beforeDelete }) }, later());
    expect(await storing).toBe(sha256);
    expect(await isStored(sha256)).toEqual(WHOLE);
  });

  test("a stream that found the old bytes just before they went is refused, not believed", async () => {
    const bytes = fresh();
    const sha256 = await storeBytes(deps, bytes, now);
    const afterWrite = async () => void (await cleanFiles(deps, later()));
    const storing = { ...deps, storage: meddling(deps.storage, { afterWrite }) };
    await expect(storeFile(storing, { sha256, source: [bytes] }, later())).rejects.toThrow("Send it again");
    await storeFile(deps, { sha256, source: [bytes] }, later());
    expect(await isStored(sha256)).toEqual(WHOLE);
  });

  test("a process that dies between the bytes and the row leaves nothing that looks whole", async () => {
    const bytes = fresh();
    const sha256 = await storeBytes(deps, bytes, now);
    const boundary: NonNullable<Deps["boundary"]> = (name, moment) => {
      if (name === "files:delete" && moment === "before_commit") throw new Error("died");
    };
    await expect(cleanFiles({ ...deps, boundary }, later())).rejects.toThrow("died");
    expect(await isStored(sha256)).toEqual(GONE);
    const { appVersionId } = await app();
    await expect(submit(appVersionId, sha256)).rejects.toThrow("is not stored here");
    await storeBytes(deps, bytes, later());
    await submit(appVersionId, sha256);
    await cleanFiles(deps, later() + FILE_GRACE_SECONDS + 1);
    expect(await isStored(sha256)).toEqual(WHOLE);
  });

  test("many submissions and clean-ups at once: every batch that was taken has its file", async () => {
    const { appVersionId } = await app();
    const genomes = await Promise.all(Array.from({ length: 12 }, () => storeBytes(deps, fresh(), now)));
    const outcomes = await Promise.all(
      genomes.map(async (genome, index) => {
        await delay(index * 3);
        const [taken] = await Promise.allSettled([submit(appVersionId, genome), cleanFiles(deps, later())]);
        return { genome, taken: taken?.status === "fulfilled" };
      }),
    );
    await cleanFiles(deps, later());
    for (const { genome, taken } of outcomes) expect(await isStored(genome)).toEqual(taken ? WHOLE : GONE);
  });
});

describe("quota of a project", () => {
  const limit = (projectId: number, bytes: number | null) =>
    deps.pool.query("update project set storage_quota_bytes = stored_bytes + $2 where id = $1", [projectId, bytes]);

  test("a batch that does not fit is refused before anything is stored, and says what to do", async () => {
    const { appVersionId, projectId } = await app();
    const genome = await storeBytes(deps, fresh(), now);
    await limit(projectId, 20_000);
    const input = fresh(30_000);
    await expect(lab.current.submit(appVersionId, 1, { input, files: { genome } })).rejects.toThrow(
      /This project has stored \d+ bytes of the \d+ bytes it may.*Ask the site's operator/,
    );
    expect(await isStored(sha256Of(input))).toEqual(GONE);
    await lab.current.submit(appVersionId, 1, { input: fresh(19_000), files: { genome } });
  });

  test("inline inputs and files count once each; two submitters at once do not pass it together", async () => {
    const { appVersionId, projectId } = await app();
    const genome = await storeBytes(deps, fresh(10_000), now);
    await limit(projectId, 10_000 + 5_000);
    await lab.current.submit(appVersionId, 1, { input: fresh(2_000), files: { genome } });
    await lab.current.submit(appVersionId, 1, { input: fresh(1_000), files: { genome } });
    const both = await Promise.allSettled([
      lab.current.submit(appVersionId, 1, { input: fresh(2_000), files: { genome } }),
      lab.current.submit(appVersionId, 1, { input: fresh(2_000), files: { genome } }),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    const row = await lab.current.row("select stored_bytes = storage_quota_bytes as full from project where id = $1", [
      projectId,
    ]);
    expect(row).toEqual({ full: true });
  });

  test("a file of another project's members cannot be named by its hash", async () => {
    const [mine, theirs] = [await app(), await app()];
    const secret = await storeBytes(deps, fresh(), now);
    await submit(theirs.appVersionId, secret);
    await submit(mine.appVersionId, secret);
    const hidden = await storeBytes(deps, fresh(), now);
    await deps.pool.query("update project set is_public = false where id = $1", [theirs.projectId]);
    await submit(theirs.appVersionId, hidden);
    await expect(submit(mine.appVersionId, hidden)).rejects.toThrow("is not stored here");
  });
});

describe("stocktaking", () => {
  test("a file whose row was never written gets one, and goes when nobody wants it", async () => {
    const bytes = fresh();
    const sha256 = sha256Of(bytes);
    await deps.storage.write(fileKey(sha256), chunks(bytes), { sha256, maxBytes: 1_000 });
    expect((await takeStock(deps, now))?.adopted).toBe(1);
    expect(await isStored(sha256)).toEqual(WHOLE);
    await cleanFiles(deps, later());
    expect(await isStored(sha256)).toEqual(GONE);
  });

  test("outputs: one that no report named goes when nothing is out any more, a reported one stays", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const [workunitId = 0] = await current.submit(appVersionId, 1);
    const [first, second] = [await current.host(), await current.host()];
    const [lease] = await current.claim(first);
    const [other] = await current.claim(second);
    if (!lease || !other) throw new Error("no work");
    const put = async (bytes: Buffer) => {
      await deps.storage.write(outputKey(workunitId, sha256Of(bytes)), chunks(bytes), {
        sha256: sha256Of(bytes),
        maxBytes: 1_000,
      });
      return outputKey(workunitId, sha256Of(bytes));
    };
    const [named, stray] = [await put(outputOf(5)), await put(Buffer.from("never reported"))];
    const old = Math.floor(Date.now() / 1000) + OUTPUT_GRACE_SECONDS + 100;
    await current.report(first, outputReport(lease, outputOf(5)));
    await takeStock(deps, old);
    expect(await deps.storage.has(stray)).toBe(true);
    await current.report(second, outputReport(other, outputOf(5)));
    await takeStock(deps, Math.floor(Date.now() / 1000));
    expect(await deps.storage.has(stray)).toBe(true);
    await takeStock(deps, old);
    expect([await deps.storage.has(named), await deps.storage.has(stray)]).toEqual([true, false]);
  });
});

async function* chunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
