import { tmpdir } from "node:os";
import { submitStream } from "../../server/batch/submit-stream.ts";
import { nowSeconds } from "../../server/clock.ts";
import { openPool } from "../../server/database/pool.ts";
import { openPrisma } from "../../server/database/prisma.ts";
import { openDeps } from "../../server/deps.ts";
import { parquetFile } from "../../server/results/parquet-file.ts";
import { readResults } from "../../server/results/result-rows.ts";
import { csvLines, jsonLines } from "../../server/results/text-formats.ts";
import { zipFile } from "../../server/results/zip-file.ts";

/**
 * Run by batch-memory.test.ts in a process of its own with a heap smaller than what passes through it: submits a batch as a
 * stream, then downloads results in every format. Prints one line of JSON.
 */
const [url = "", appVersionId = "", projectId = "", count = "", inputBytes = ""] = process.argv.slice(2);
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function* lines(wanted: number, bytes: number) {
  const filling = "x".repeat(bytes);
  for (let from = 0; from < wanted; from += 100) {
    let text = "";
    for (let index = from; index < Math.min(wanted, from + 100); index += 1) {
      text += `${JSON.stringify({ name: `w${index}`, input: `${index} ${filling}` })}\n`;
    }
    yield Buffer.from(text);
  }
}

async function main(): Promise<void> {
  const pool = openPool(url);
  const prisma = openPrisma(pool);
  const deps = await openDeps({ pool, prisma, log: SILENT, dataFolder: tmpdir() });
  const began = performance.now();
  const open = { appVersionId: Number(appVersionId), name: "Large", key: "large", options: { flops: 1e9 } };
  const submission = { open, source: { format: "jsonl" as const }, createdBy: null };
  const finished = await submitStream(deps, submission, lines(Number(count), Number(inputBytes)), nowSeconds());
  const submittedMs = Math.round(performance.now() - began);
  const maxRssAfterSubmit = process.resourceUsage().maxRSS;
  const bytes: Record<string, number> = {};
  const downloadMs: Record<string, number> = {};
  const query = { projectId: Number(projectId) };
  const formats = {
    jsonl: jsonLines,
    csv: (rows: ReturnType<typeof readResults>) => csvLines(rows, { isContinued: false, isAsCompleted: false }),
    parquet: parquetFile,
    zip: zipFile,
  };
  for (const [name, render] of Object.entries(formats)) {
    const start = performance.now();
    bytes[name] = 0;
    for await (const chunk of render(readResults(deps, query))) bytes[name] += chunk.length;
    downloadMs[name] = Math.round(performance.now() - start);
  }
  const said = {
    workunits: finished.workunits,
    submittedMs,
    maxRssAfterSubmit,
    maxRss: process.resourceUsage().maxRSS,
    bytes,
    downloadMs,
  };
  console.log(JSON.stringify(said));
  await prisma.$disconnect();
  await pool.end();
}

await main();
