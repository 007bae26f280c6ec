import { createHash } from "node:crypto";
import { JUDGE_TIMEOUT_MS, type JudgeRequest, type JudgeVerdict } from "../../worker/hosts/node/run-module.ts";
import { inSandbox, SandboxLostError } from "../../worker/hosts/node/sandbox.ts";
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
/** A module whose process or thread was lost is asked again this often; then that is the verdict, as nothing may wait for ever. */
const LOST_MOST = 5;

type Comparison = { result_a: number; result_b: number; workunit_id: number; attempts: number };
type Verify = { result_id: number; workunit_id: number; attempts: number };

/**
 * How asking went. `failed`: the module trapped, gave an error code or none in time, which says nothing for and nothing against
 * the bytes. `lost`: it did not even come to that.
 */
type Asked = "answered" | "failed" | "lost";
export type Compared = { agree: boolean; reason: Reason; asked: Asked };

/**
 * Computes the verdicts that the core asked for, outside any lock, stores them, and decides their workunits again. A verdict
 * stands for ever; only storage that cannot be read, and a module whose process was lost, are tried again, later and later.
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
    if (verdict === null || isAskedAgain(verdict, row)) {
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

async function compare(deps: Deps, row: Comparison): Promise<Compared> {
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
): Promise<Compared> {
  const [first, second] = await Promise.all([readOutput(deps, a), readOutput(deps, b)]);
  const { comparator, output: schema } = version.manifest;
  if (comparator.type !== "custom") {
    return { ...compareOutputs(comparator, schema, { first, second }), asked: "answered" };
  }
  const module = await readModule(deps, version, comparator.module);
  const answer = await ask({
    module,
    role: "compare",
    first: Uint8Array.from(first),
    second: Uint8Array.from(second),
  });
  return { agree: answer.kind === "yes", reason: answer.reason, asked: askedOf(answer) };
}

async function ask(request: JudgeRequest): Promise<JudgeVerdict> {
  try {
    return await inSandbox("judge", { request, timeoutMs: JUDGE_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof SandboxLostError)) throw error;
    return { kind: "error", reason: { code: "not_run", role: request.role, said: error.message } };
  }
}

function askedOf({ kind, reason }: JudgeVerdict): Asked {
  if (reason.code === "said_yes" || reason.code === "said_no") return "answered";
  // A module that breaks the ABI does so whenever it is asked.
  return kind === "error" && reason.code !== "module_failed" ? "lost" : "failed";
}

function isAskedAgain({ asked }: { asked: Asked }, { attempts }: { attempts: number }): boolean {
  return asked === "lost" && attempts < LOST_MOST;
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
    if (verification === null || isAskedAgain(verification, row)) {
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

type Verified = { verdict: Verification["verdict"]; reason: Reason; asked: Asked };

async function verify(deps: Deps, row: Verify): Promise<Verified> {
  const { version, input } = await workunitOf(deps, row.workunit_id);
  const declared = version.manifest.verify;
  if (declared === undefined) return { verdict: "missing", reason: { code: "no_verifier" }, asked: "answered" };
  const [module, first, second] = await Promise.all([
    readModule(deps, version, declared.module),
    input(),
    readOutput(deps, row.result_id),
  ]);
  const { maxMemoryPages } = declared;
  const answer = await ask({
    module,
    role: "verify",
    first: Uint8Array.from(first),
    second: Uint8Array.from(second),
    maxMemoryPages,
  });
  const { reason } = answer;
  const asked = askedOf(answer);
  if (answer.kind === "yes") return { verdict: "passed", reason, asked };
  // A plain 0 is an answer about the output; everything else says that the verifier could not answer.
  return { verdict: asked === "answered" ? "rejected" : "broken", reason, asked };
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
