import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { openDeps } from "../../server/deps.ts";
import { BENCH_LIMITS } from "../bench/bench-server.ts";
import { openScientist, slowestAnswer } from "../bench/scientist.ts";
import { seedHistory } from "../bench/seed-history.ts";
import { type Look, openMemoryWatch } from "../bench/server-memory.ts";
import { Lab } from "../db/engine/lab.ts";
import { createMember } from "../support/create-member.ts";
import { startServerProcess } from "../support/server-process.ts";
import { withDatabase } from "../support/with-database.ts";

/**
 * What `npm run bench -- --only submission` measures, in small: what a server keeps in memory while a batch is submitted to it
 * and downloaded from it does not grow with the batch. Compared is what is left after collecting, of the same server, with
 * few and with many; were the many kept, the difference would be as large as what they have more of.
 */
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const FULL = process.env["QUORATE_TEST_SIZE"] === "full";
const FEW = 1_000;
const MANY = FULL ? 100_000 : 5_000;
/** Of an input, and of an output. */
const BYTES = 8_000;
/**
 * Of the bytes that the many have more, so much may be kept more towards the end. What kept all that passed would keep three
 * quarters of it by then; a part that is being worked on comes and goes. (Parquet and zip have their test in batch-memory.test.ts:
 * what they work on at a time is a constant of the size of what passes here.)
 */
const SHARE = 0.4;

const database = withDatabase();

test(
  `${MANY} workunits need no more memory than ${FEW}, submitted or downloaded, and others are answered meanwhile`,
  async () => {
    const { pool, prisma, url } = database;
    const lab = new Lab(await openDeps({ pool, prisma, log: SILENT, dataFolder: tmpdir() }));
    const { appVersionId, projectId } = await lab.app();
    const past = await seedPast(lab, { appVersionId, projectId });
    const watch = await openMemoryWatch();
    const environment = { ...BENCH_LIMITS, ...watch.environment, PAGES: "off", HOST: "127.0.0.1" };
    const server = await startServerProcess(url, environment);
    const pid = server.child.pid ?? 0;
    try {
      const scientist = openScientist(server.url, await createMember(lab.deps, { projectId, role: "submitter" }));
      const submit = async (workunits: number, look: Look) => {
        await scientist.submit({ appVersionId, key: `${workunits}`, workunits, inputBytes: BYTES }, look);
      };
      const download = (ending: string) => async (count: number, look: Look) => {
        const bytes = await scientist.download(past.get(count) ?? 0, ending, look);
        expect(bytes).toBeGreaterThan(count * BYTES);
      };
      const ways = [
        ["submitting", submit],
        ["jsonl", download("jsonl")],
        ["csv", download("csv")],
      ] as const;
      for (const [name, go] of ways) {
        const few = await watch.during(pid, (look) => go(FEW, look));
        const many = await watch.during(pid, (look) => slowestAnswer(server.url, () => go(MANY, look)));
        const [more, passed] = [many.lateBytes - few.lateBytes, (MANY - FEW) * BYTES];
        const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
        const said = `${name}: kept ${mb(few.lateBytes)} MB (at most ${mb(few.peakBytes)}) with ${FEW}, ${mb(many.lateBytes)} MB (${mb(many.peakBytes)}) with ${MANY}, of which ${mb(passed)} MB more passed through; others waited ${many.result.slowestMs.toFixed(0)} ms at most (${few.looks} and ${many.looks} looks)`;
        console.log(said);
        expect(few.looks, `${name}: it was looked at`).toBeGreaterThan(0);
        expect(many.looks, `${name}: it was looked at`).toBeGreaterThan(1);
        expect(more, said).toBeLessThan(SHARE * passed);
      }
    } finally {
      await server.stop();
      await watch.remove();
    }
  },
  FULL ? 1_800_000 : 300_000,
);

/** Two batches of confirmed results, few and many. @returns their ids by their sizes. */
async function seedPast(lab: Lab, { appVersionId, projectId }: { appVersionId: number; projectId: number }) {
  const { pool } = lab.deps;
  await seedHistory(pool, { results: 2 * (FEW + MANY), hosts: 4, projectId, appVersionId }, () => undefined);
  // Of bytes that nothing makes shorter, those that are downloaded.
  await pool.query(
    `update result_output o set bytes = (select string_agg(sha512(int8send(o.result_id * 1000 + n)), '') from generate_series(1, ${BYTES / 64}) n)
       from workunit w where w.canonical_result_id = o.result_id`,
  );
  await pool.query(`update result r set output_bytes = ${BYTES} from workunit w where w.canonical_result_id = r.id`);
  const { id: many } = await lab.row<{ id: number }>(
    "update batch set n_workunits = $1, n_completed = $1 where key = 'history' returning id",
    [MANY],
  );
  const { id: few } = await lab.row<{ id: number }>(
    `insert into batch (app_version_id, name, key, content_sha256, created_seconds, n_workunits, n_completed)
     values ($1, 'few', 'few', repeat('0', 64), 0, $2, $2) returning id`,
    [appVersionId, FEW],
  );
  await pool.query(
    `with moved as (update workunit set batch_id = $1 where id in (select id from workunit where batch_id = $2 order by id limit $3) returning id)
     update assimilated_result set batch_id = $1 where workunit_id in (select id from moved)`,
    [few, many, FEW],
  );
  return new Map([
    [FEW, few],
    [MANY, many],
  ]);
}
