import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { createBatch } from "../../../server/batch/create-batch.ts";
import { discardBatch, finishBatch, openBatch } from "../../../server/batch/draft-batch.ts";
import { checkAgainst, readPart, storePart } from "../../../server/batch/store-part.ts";
import { submitStream } from "../../../server/batch/submit-stream.ts";
import { watchBatches } from "../../../server/batch/watch-batches.ts";
import { batchOptionsSchema } from "../../../server/core/submission/draft.ts";
import { storeBytes } from "../../../server/file/store-file.ts";
import { withLab } from "../engine/lab.ts";

const lab = withLab();
let appVersionId: number;
let projectId: number;

beforeAll(async () => {
  ({ appVersionId, projectId } = await lab.current.app());
});

let keys = 0;
const newKey = () => {
  keys += 1;
  return `key ${keys}`;
};
const openOf = (key: string, more = {}) => ({ appVersionId, name: "A batch", key, options: { flops: 1e9 }, ...more });
async function* bytesOf(...texts: string[]) {
  for (const text of texts) yield new TextEncoder().encode(text);
}
const JSONL = { format: "jsonl" as const };
const stream = (
  key: string,
  texts: string[],
  more = {},
  source: Parameters<typeof submitStream>[1]["source"] = JSONL,
) =>
  submitStream(
    lab.current.deps,
    { open: openOf(key, more), source, createdBy: null },
    bytesOf(...texts),
    lab.current.now,
  );
const lines = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, index) => `${JSON.stringify({ name: `w${from + index}`, input: `${from + index}` })}\n`,
  ).join("");
const namesOf = async (batchId: number) =>
  (
    await lab.current.rows<{ name: string }>("select name from workunit where batch_id = $1 order by id", [batchId])
  ).map((row) => row.name);
const count = async (what: string) =>
  (await lab.current.row<{ n: number }>(`select count(*)::int as n from ${what}`)).n;

/** Sends one part as a client does. */
async function send(batchId: number, number: number, body: string) {
  const version = await lab.current.deps.versions.get(appVersionId);
  const options = batchOptionsSchema.parse({ flops: 1e9 });
  const reads = readPart(Buffer.from(body)).map((read) => checkAgainst(version, options, read));
  return await storePart(lab.current.deps, { batchId, number, reads }, lab.current.now);
}

describe("a batch that is sent in parts", () => {
  test("is created whole, in order, with its results, once", async () => {
    const key = newKey();
    const { deps, now } = lab.current;
    const opened = await openBatch(deps, { input: openOf(key), createdBy: null }, now);
    expect(opened).toMatchObject({ state: "draft", isNew: true, parts: [] });
    const { batchId } = opened;
    await send(batchId, 1, lines(3, 5));
    await expect(finishBatch(deps, { batchId, parts: 2 }, now)).rejects.toThrow("parts 0 are missing");
    expect(await openBatch(deps, { input: openOf(key), createdBy: null }, now)).toMatchObject({ batchId, parts: [1] });
    expect(await send(batchId, 0, lines(0, 3))).toMatchObject({ drafts: 3, isNew: true });
    expect(await send(batchId, 0, lines(0, 3))).toMatchObject({ drafts: 3, isNew: false });
    await expect(send(batchId, 0, lines(0, 2))).rejects.toThrow("was sent before with other content");
    expect(await count(`workunit where batch_id = ${batchId}`)).toBe(0);
    const both = await Promise.all([1, 2].map(() => finishBatch(deps, { batchId, parts: 2 }, now)));
    expect(both).toEqual(expect.arrayContaining([expect.objectContaining({ state: "open", workunits: 5 })]));
    expect(await namesOf(batchId)).toEqual(["w0", "w1", "w2", "w3", "w4"]);
    expect(await count(`result r join workunit w on w.id = r.workunit_id where w.batch_id = ${batchId}`)).toBe(10);
    expect(await finishBatch(deps, { batchId, parts: 2 }, now)).toMatchObject({ state: "open", workunits: 5 });
    await expect(send(batchId, 2, lines(5, 6))).rejects.toThrow("takes no more parts");
    expect(await count(`batch_part where batch_id = ${batchId}`)).toBe(0);
  });

  test("two submitters of one key make one batch; another name under the key is refused", async () => {
    const key = newKey();
    const text = lines(0, 20);
    const made = await Promise.all([1, 2, 3].map(() => stream(key, [text]).catch((error: Error) => error)));
    const good = made.filter((each) => !(each instanceof Error));
    expect(new Set(good.map((each) => (each as { batchId: number }).batchId)).size).toBe(1);
    const again = await stream(key, [text]);
    expect(again).toMatchObject({ workunits: 20, isNew: false, state: "open" });
    expect(await namesOf(again.batchId)).toHaveLength(20);
    await expect(stream(key, [text], { name: "Another" })).rejects.toThrow("was used for a batch with another name");
  });

  test("an upload that breaks off leaves nothing to be computed, and goes on when it is sent again", async () => {
    const key = newKey();
    const text = lines(0, 5_000);
    async function* broken() {
      yield new TextEncoder().encode(text.slice(0, text.length - 20_000));
      throw new Error("connection reset");
    }
    const before = await count("workunit");
    const submission = { open: openOf(key), source: JSONL, createdBy: null };
    await expect(submitStream(lab.current.deps, submission, broken(), lab.current.now)).rejects.toThrow(
      "connection reset",
    );
    expect(await count("workunit")).toBe(before);
    const draft = await openBatch(lab.current.deps, { input: openOf(key), createdBy: null }, lab.current.now);
    expect(draft).toMatchObject({ state: "draft", parts: [0, 1] });
    // Cut elsewhere on the way: the parts are the same.
    const pieces = text.match(/[\s\S]{1,70001}/g) ?? [];
    const finished = await stream(key, pieces);
    expect(finished).toMatchObject({ batchId: draft.batchId, workunits: 5_000, state: "open" });
    expect((await namesOf(draft.batchId)).slice(3_999, 4_001)).toEqual(["w3999", "w4000"]);
  });

  test("a process that dies while creating leaves it to the others", async () => {
    const { current } = lab;
    const key = newKey();
    const dying = current.with({
      boundary: (name, moment) => {
        if (name === "create-batch" && moment === "before_commit") throw new Error("killed");
      },
    });
    const submission = { open: openOf(key), source: JSONL, createdBy: null };
    await expect(submitStream(dying.deps, submission, bytesOf(lines(0, 30)), current.now)).rejects.toThrow("killed");
    const { batchId, state } = await openBatch(current.deps, { input: openOf(key), createdBy: null }, current.now);
    expect(state).toBe("creating");
    expect(await namesOf(batchId)).toEqual([]);
    await Promise.all([watchBatches(current.deps, current.now), watchBatches(current.deps, current.now)]);
    expect(await namesOf(batchId)).toHaveLength(30);
  });

  /** A batch that was sent whole, of whose making the process died, with what nothing accepted any more in its parts. */
  async function begun(drafts: string): Promise<number> {
    const { deps, now } = lab.current;
    const { batchId } = await openBatch(deps, { input: openOf(newKey()), createdBy: null }, now);
    await send(batchId, 0, lines(0, 1));
    await lab.current.rows("update batch_part set drafts = $2 where batch_id = $1", [batchId, gzipSync(drafts)]);
    await lab.current.rows("update batch_control set state = 'creating' where batch_id = $1", [batchId]);
    return batchId;
  }
  const stateOf = async (batchId: number) =>
    (await lab.current.rows<{ state: string }>("select state from batch_control where batch_id = $1", [batchId]))[0]
      ?.state;

  test("what cannot be stored after all makes it a draft again, which its owner can throw away", async () => {
    const { deps, now } = lab.current;
    const bad = '{"input":"1","tags":{"t":"\\ud800"}}\n';
    const batchId = await begun(bad);
    await expect(createBatch(deps, batchId, now)).rejects.toMatchObject({ code: "bad_request" });
    expect(await stateOf(batchId)).toBe("draft");
    const another = await begun(bad);
    await watchBatches(deps, now);
    expect(await stateOf(another)).toBe("draft");
    await discardBatch(deps, batchId);
    await discardBatch(deps, another);
    expect(await count(`batch where id in (${batchId}, ${another})`)).toBe(0);
  });

  test("a hundred that fail in a way nobody foresaw hold up no other, and can be thrown away", async () => {
    const { deps, now } = lab.current;
    const broken: number[] = [];
    for (let made = 0; made < 100; made += 1) broken.push(await begun("this is no JSON\n"));
    const good = await begun(lines(0, 3));
    await expect(discardBatch(deps, good)).rejects.toThrow("cancel it instead");
    await watchBatches(deps, now);
    await watchBatches(deps, now);
    expect(await stateOf(good)).toBe("open");
    expect(await namesOf(good)).toHaveLength(3);
    const attempts = async () =>
      (
        await lab.current.rows<{ attempts: number }>(
          "select distinct attempts from batch_control where batch_id = any($1) order by 1",
          [broken],
        )
      ).map((row) => row.attempts);
    expect(await attempts()).toEqual([1]);
    // Tried again, but ever more seldom.
    await watchBatches(deps, now + 60);
    await watchBatches(deps, now + 61);
    expect(await attempts()).toEqual([2]);
    for (const batchId of broken) await discardBatch(deps, batchId);
    expect(await count("batch_control where state = 'creating'")).toBe(0);
  });

  test("thrown away: by its owner, or after a week", async () => {
    const { deps, now } = lab.current;
    const first = await openBatch(deps, { input: openOf(newKey()), createdBy: null }, now);
    await send(first.batchId, 0, lines(0, 2));
    await discardBatch(deps, first.batchId);
    expect(await count(`batch where id = ${first.batchId}`)).toBe(0);
    const second = await openBatch(deps, { input: openOf(newKey()), createdBy: null }, now);
    await watchBatches(deps, now + 7 * 86_400);
    expect(await count(`batch where id = ${second.batchId}`)).toBe(1);
    await watchBatches(deps, now + 7 * 86_400 + 1);
    expect(await count(`batch where id = ${second.batchId}`)).toBe(0);
  });
});

describe("one bad line", () => {
  const bad = `${lines(0, 4_000)}{"name":"w4000"}\n${lines(4_001, 4_500)}`;
  test("creates nothing and is named, or only the good ones, as asked", async () => {
    const before = await count("workunit");
    const key = newKey();
    await expect(stream(key, [bad])).rejects.toThrow(
      /Nothing was created\. line 4001: it has neither an input nor values/,
    );
    expect(await count("workunit")).toBe(before);
    const finished = await stream(newKey(), [bad], { onBad: "skip" });
    expect(finished).toMatchObject({ workunits: 4_499, nFaults: 1, faults: [{ line: 4_001 }] });
  });

  test.each([
    ["an input that is too large", JSON.stringify({ input: "x".repeat(100_001) }), "the app takes 100000"],
    ["files the app does not want", JSON.stringify({ input: "x", files: { a: "a".repeat(64) } }), "the app wants ()"],
    ["no JSON", "{", "this is no JSON"],
    ["an unknown word", '{"input":"x","prioritty":3}', "prioritty"],
  ])("%s", async (_name, line, message) => {
    await expect(stream(newKey(), [`${line}\n`])).rejects.toThrow(message);
  });

  test("a file that is not stored here is noticed when it is created, and the batch can be mended", async () => {
    const key = newKey();
    const line = `${JSON.stringify({ inputSha256: "b".repeat(64) })}\n`;
    await expect(stream(key, [line])).rejects.toThrow("is not stored here");
    const draft = await openBatch(lab.current.deps, { input: openOf(key), createdBy: null }, lab.current.now);
    expect(draft.state).toBe("draft");
  });

  test("text that is no UTF-8, and options that make no sense", async () => {
    async function* bytes() {
      yield Uint8Array.of(0x7b, 0xff, 0xfe);
    }
    const submission = { open: openOf(newKey()), source: JSONL, createdBy: null };
    await expect(submitStream(lab.current.deps, submission, bytes(), lab.current.now)).rejects.toThrow("not UTF-8");
    const options = { flops: 1, parameters: { minQuorum: 3, targetNResults: 2 } };
    await expect(stream(newKey(), [], { options })).rejects.toThrow("below min_quorum");
  });
});

describe("what is refused takes nothing away", () => {
  const all = lines(0, 5_000);
  const badEnd = `${lines(0, 10)}{"name":"w10"}\n`;
  const partsOf = async (key: string) =>
    (await openBatch(lab.current.deps, { input: openOf(key), createdBy: null }, lab.current.now)).parts;

  test("from an upload under the same key that still runs", async () => {
    const key = newKey();
    const [halfway, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    async function* slow() {
      const bytes = new TextEncoder().encode(all);
      yield bytes.subarray(0, -20_000);
      halfway.resolve();
      await goOn.promise;
      yield bytes.subarray(-20_000);
    }
    const submission = { open: openOf(key), source: JSONL, createdBy: null };
    const running = submitStream(lab.current.deps, submission, slow(), lab.current.now);
    await halfway.promise;
    await expect(stream(key, [badEnd])).rejects.toMatchObject({ code: "conflict" });
    await expect(stream(key, [])).rejects.toMatchObject({ code: "bad_request" });
    // As long as the other, wrong in what comes after it.
    await expect(stream(key, [lines(0, 4_000), "{}\n"])).rejects.toMatchObject({ code: "bad_request" });
    expect(await partsOf(key)).toEqual([0, 1]);
    goOn.resolve();
    expect(await running).toMatchObject({ state: "open", workunits: 5_000, isNew: true });
  });

  test("from parts that were sent one by one", async () => {
    const key = newKey();
    const { batchId } = await openBatch(lab.current.deps, { input: openOf(key), createdBy: null }, lab.current.now);
    await send(batchId, 0, lines(0, 3));
    await send(batchId, 1, lines(3, 6));
    await expect(stream(key, [])).rejects.toMatchObject({ code: "bad_request" });
    expect(await partsOf(key)).toEqual([0, 1]);
    expect(await finishBatch(lab.current.deps, { batchId, parts: 2 }, lab.current.now)).toMatchObject({ workunits: 6 });
  });

  test("but what it sent itself, so that it may be corrected under the same key", async () => {
    const key = newKey();
    await expect(stream(key, [badEnd])).rejects.toMatchObject({ code: "bad_request" });
    expect(await count(`batch where key = '${key}'`)).toBe(0);
    // Where an upload broke off, what came then stays and what was wrong goes.
    async function* broken() {
      yield new TextEncoder().encode(lines(0, 2_005));
      throw new Error("connection reset");
    }
    const submission = { open: openOf(key), source: JSONL, createdBy: null };
    await expect(submitStream(lab.current.deps, submission, broken(), lab.current.now)).rejects.toThrow("reset");
    await expect(stream(key, [lines(0, 2_010), "{}\n"])).rejects.toMatchObject({ code: "bad_request" });
    expect(await partsOf(key)).toEqual([0]);
    expect(await stream(key, [lines(0, 2_011)])).toMatchObject({ workunits: 2_011, isNew: false });
  });

  test("nor the batch that it made when somebody else has sent of it since", async () => {
    const key = newKey();
    async function* joined() {
      yield new TextEncoder().encode(lines(0, 5));
      const { batchId } = await openBatch(lab.current.deps, { input: openOf(key), createdBy: null }, lab.current.now);
      await send(batchId, 1, lines(2_000, 2_010));
      yield new TextEncoder().encode("{}\n");
    }
    const submission = { open: openOf(key), source: JSONL, createdBy: null };
    await expect(submitStream(lab.current.deps, submission, joined(), lab.current.now)).rejects.toThrow();
    expect(await partsOf(key)).toEqual([1]);
  });
});

describe("what is sent", () => {
  test("CSV, sequences, a sweep; large inputs and shared files become files, once", async () => {
    const csv = await stream(
      newKey(),
      ["name,x\none,1\ntwo,2\n"],
      {},
      { format: "csv", mapping: { input: { kind: "column", column: "x" } } },
    );
    expect(
      await lab.current.rows(
        "select name, convert_from(input, 'utf8') as input from workunit where batch_id = $1 order by id",
        [csv.batchId],
      ),
    ).toEqual([
      { name: "one", input: "1" },
      { name: "two", input: "2" },
    ]);
    const fasta = await stream(
      newKey(),
      [">a\nAC\n>b\nGT\n>c\nTT\n"],
      {},
      { format: "fasta", perWorkunit: 2, head: "match=2\n" },
    );
    expect(
      await lab.current.rows(
        "select name, convert_from(input, 'utf8') as input from workunit where batch_id = $1 order by id",
        [fasta.batchId],
      ),
    ).toEqual([
      { name: "1: a … b", input: "match=2\n>a\nAC\n>b\nGT\n" },
      { name: "2: c", input: "match=2\n>c\nTT\n" },
    ]);
    const sweep = {
      axes: { t: { kind: "list" as const, values: [1, 2] }, seed: { kind: "seeds" as const, count: 3 } },
    };
    const swept = await stream(newKey(), [], {}, { format: "sweep", sweep });
    expect(swept.workunits).toBe(6);

    const sha256 = await storeBytes(lab.current.deps, Buffer.from("shared input"), lab.current.now);
    const large = "y".repeat(20_000);
    const files = await stream(newKey(), [
      `${JSON.stringify({ inputSha256: sha256 })}\n${JSON.stringify({ input: large })}\n${JSON.stringify({ input: large })}\n`,
    ]);
    const rows = await lab.current.rows<{ input: unknown; input_sha256: string }>(
      "select input, input_sha256 from workunit where batch_id = $1 order by id",
      [files.batchId],
    );
    expect(rows.map((row) => row.input)).toEqual([null, null, null]);
    expect(rows[0]?.input_sha256).toBe(sha256);
    const kept = await lab.current.rows(
      "select sha256 from file_use where kind = 'batch' and subject_id = $1 order by 1",
      [files.batchId],
    );
    expect(kept).toEqual([...new Set(rows.map((row) => row.input_sha256))].sort().map((each) => ({ sha256: each })));
    expect(await count(`project_file where project_id = ${projectId}`)).toBeGreaterThanOrEqual(2);
  });
});
