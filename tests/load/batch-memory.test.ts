import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { openDeps } from "../../server/deps.ts";
import { inProject } from "../../server/paths.ts";
import { seedHistory } from "../bench/seed-history.ts";
import { Lab } from "../db/engine/lab.ts";
import { withDatabase } from "../support/with-database.ts";

const run = promisify(execFile);
const database = withDatabase();
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const FULL = process.env["QUORATE_TEST_SIZE"] === "full";
/** Workunits of the batch, and confirmed results that are downloaded. */
const COUNT = FULL ? 100_000 : 7_500;
/** Of each input. All together they are more than the heap that they pass through. */
const INPUT_BYTES = FULL ? 2_000 : 14_500;
const HEAP_MB = 96;

test(
  `${COUNT} workunits are submitted and ${COUNT} results downloaded in a heap of ${HEAP_MB} MB`,
  async () => {
    const { pool, prisma, url } = database;
    const current = new Lab(await openDeps({ pool, prisma, log: SILENT, dataFolder: tmpdir() }));
    expect(COUNT * INPUT_BYTES).toBeGreaterThan(HEAP_MB * 2 ** 20);
    const { appVersionId, projectId } = await current.app();
    await seedHistory(current.deps.pool, { results: 2 * COUNT, hosts: 4, projectId, appVersionId }, () => undefined);
    const script = inProject("tests/load/batch-in-little-memory.ts");
    const args = [`--max-old-space-size=${HEAP_MB}`, script, url, appVersionId, projectId, COUNT, INPUT_BYTES].map(
      String,
    );
    const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 20 });
    const said = JSON.parse(stdout) as { workunits: number; bytes: Record<string, number> };
    console.log(stdout.trim());
    expect(said.workunits).toBe(COUNT);
    expect(Object.keys(said.bytes)).toEqual(["jsonl", "csv", "parquet", "zip"]);
    for (const bytes of Object.values(said.bytes)) expect(bytes).toBeGreaterThan(COUNT * 100);
    const { n } = await current.row<{ n: number }>(
      "select count(*)::int as n from workunit w join batch b on b.id = w.batch_id where b.key = 'large'",
    );
    expect(n).toBe(COUNT);
  },
  FULL ? 900_000 : 240_000,
);
