import { createHash } from "node:crypto";
import { runModule } from "../../worker/hosts/node/run-module.ts";
import type { AppVersion } from "../app-version/app-versions.ts";
import { compareOutputs } from "../core/replication/comparators/compare-outputs.ts";
import type { Verification } from "../core/replication/types.ts";
import { type Reason, storedReason } from "../core/wire/reason.ts";
import type { Deps } from "../deps.ts";
import { readOutput } from "../result/read-output.ts";
import { fileKey, UnreadableError } from "../storage/storage.ts";
import { settleWorkunits } from "../workunit/settle-workunits.ts";

/** Verdicts taken up at once by one process. */
const BATCH = 16;
/** A process that takes one up and dies leaves it to others after this. */
const TAKEN_SECONDS = 120;

type Comparison = { result_a: number; result_b: number; workunit_id: number; attempts: number };
type Verify = { result_id: number; workunit_id: number; attempts: number };

/**
 * Computes the verdicts that the core asked for, outside any lock, stores them, and decides their workunits again. A verdict
 * stands for ever; only storage that cannot be read is tried again, later and later.
 * @returns verdicts stored.
 */
export async function runVerdicts(deps: Deps, nowSeconds: number): Promise<number> {
  const stored = [...(await runComparisons(deps, nowSeconds)), ...(await runVerifications(deps, nowSeconds))];
  if (stored.length > 0) await settleWorkunits(deps, stored, nowSeconds);
  return stored.length;
}

async function runComparisons(deps: Deps, nowSeconds: number): Promise<number[]> {
  const { rows } = await deps.pool.query<Comparison>({
    name: "take-comparisons",
    text: `update comparison set retry_seconds = $1::bigint + ${TAKEN_SECONDS}, attempts = attempts + 1 where (result_a, result_b) in
             (select result_a, result_b from comparison where agree is null and retry_seconds <= $1::bigint
               order by retry_seconds limit ${BATCH} for update skip locked)
           returning result_a, result_b, workunit_id, attempts`,
    values: [nowSeconds],
  });
  const decided: number[] = [];
  for (const row of rows) {
    const verdict = await unlessUnreadable(deps, () => compare(deps, row));
    if (verdict === null) {
      await deps.pool.query(
        "update comparison set retry_seconds = $3 where result_a = $1 and result_b = $2 and agree is null",
        [row.result_a, row.result_b, nowSeconds + retryAfter(row.attempts)],
      );
      continue;
    }
    await deps.pool.query(
      "update comparison set agree = $3, reason = $4, decided_seconds = $5 where result_a = $1 and result_b = $2 and agree is null",
      [row.result_a, row.result_b, verdict.agree, storedReason(verdict.reason), nowSeconds],
    );
    decided.push(row.workunit_id);
  }
  return decided;
}

async function compare(deps: Deps, row: Comparison): Promise<{ agree: boolean; reason: Reason }> {
  const { version } = await workunitOf(deps, row.workunit_id);
  return await compareResults(deps, version, [row.result_a, row.result_b]);
}

/**
 * Whether the outputs of two results of one app version agree by its comparator.
 * @throws {UnreadableError}
 */
export async function compareResults(
  deps: Deps,
  version: AppVersion,
  [a, b]: readonly [number, number],
): Promise<{ agree: boolean; reason: Reason }> {
  const [first, second] = await Promise.all([readOutput(deps, a), readOutput(deps, b)]);
  const { comparator, output: schema } = version.manifest;
  if (comparator.type !== "custom") return compareOutputs(comparator, schema, { first, second });
  const module = await readModule(deps, version, comparator.module);
  const answer = await runModule({
    module,
    role: "compare",
    first: Uint8Array.from(first),
    second: Uint8Array.from(second),
  });
  return { agree: answer.kind === "yes", reason: answer.reason };
}

async function runVerifications(deps: Deps, nowSeconds: number): Promise<number[]> {
  const { rows } = await deps.pool.query<Verify>({
    name: "take-verifications",
    text: `update verification set retry_seconds = $1::bigint + ${TAKEN_SECONDS}, attempts = attempts + 1 where result_id in
             (select result_id from verification where verdict is null and retry_seconds <= $1::bigint
               order by retry_seconds limit ${BATCH} for update skip locked)
           returning result_id, workunit_id, attempts`,
    values: [nowSeconds],
  });
  const decided: number[] = [];
  for (const row of rows) {
    const verification = await unlessUnreadable(deps, () => verify(deps, row));
    if (verification === null) {
      await deps.pool.query("update verification set retry_seconds = $2 where result_id = $1 and verdict is null", [
        row.result_id,
        nowSeconds + retryAfter(row.attempts),
      ]);
      continue;
    }
    await deps.pool.query(
      "update verification set verdict = $2, reason = $3, decided_seconds = $4 where result_id = $1 and verdict is null",
      [row.result_id, verification.verdict, storedReason(verification.reason), nowSeconds],
    );
    decided.push(row.workunit_id);
  }
  return decided;
}

async function verify(deps: Deps, row: Verify): Promise<{ verdict: Verification["verdict"]; reason: Reason }> {
  const { version, input } = await workunitOf(deps, row.workunit_id);
  const declared = version.manifest.verify;
  if (declared === undefined) return { verdict: "missing", reason: { code: "no_verifier" } };
  const [module, first, second] = await Promise.all([
    readModule(deps, version, declared.module),
    input(),
    readOutput(deps, row.result_id),
  ]);
  const { maxMemoryPages } = declared;
  const answer = await runModule({
    module,
    role: "verify",
    first: Uint8Array.from(first),
    second: Uint8Array.from(second),
    maxMemoryPages,
  });
  if (answer.kind === "yes") return { verdict: "passed", reason: answer.reason };
  // A plain 0 is an answer about the output; everything else says that the verifier could not answer.
  const isAnswer = answer.reason.code === "said_no";
  return { verdict: isAnswer ? "rejected" : "broken", reason: answer.reason };
}

async function workunitOf(deps: Deps, id: number): Promise<{ version: AppVersion; input: () => Promise<Buffer> }> {
  const { rows } = await deps.pool.query<{ app_version_id: number; input: Buffer | null; input_sha256: string }>(
    "select app_version_id, input, input_sha256 from workunit where id = $1",
    [id],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`there is no workunit ${id}`);
  const version = await deps.versions.get(row.app_version_id);
  return { version, input: async () => row.input ?? (await deps.storage.read(fileKey(row.input_sha256))) };
}

async function readModule(deps: Deps, version: AppVersion, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const sha256 = version.files[path];
  if (sha256 === undefined) throw new Error(`app version ${version.id} has no file ${path}`);
  const bytes = await deps.storage.read(fileKey(sha256));
  // A module that was damaged on the disk must not judge anybody.
  if (createHash("sha256").update(bytes).digest("hex") !== sha256)
    throw new UnreadableError(`the stored file ${sha256} is damaged`);
  return Uint8Array.from(bytes);
}

/** Null when something could not be read now. */
async function unlessUnreadable<T>(deps: Deps, use: () => Promise<T>): Promise<T | null> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    deps.log.warn({ err: error }, "a verdict waits for storage");
    return null;
  }
}

/** 5 s, 10 s, 20 s... up to an hour. */
function retryAfter(attempts: number): number {
  return Math.min(3_600, 5 * 2 ** Math.min(attempts - 1, 12));
}
