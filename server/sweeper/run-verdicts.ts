import { createHash } from "node:crypto";
import { JUDGE_TIMEOUT_MS, type JudgeRequest, type JudgeVerdict } from "../../worker/hosts/node/run-module.ts";
import { inSandbox, SandboxLostError } from "../../worker/hosts/node/sandbox.ts";
import type { AppVersion } from "../app-version/app-versions.ts";
import { compareOutputs } from "../core/replication/comparators/compare-outputs.ts";
import type { Verification } from "../core/replication/types.ts";
import type { Reason } from "../core/wire/reason.ts";
import type { Deps } from "../deps.ts";
import { readOutput } from "../result/read-output.ts";
import { fileKey, UnreadableError } from "../storage/storage.ts";
import { settleWorkunits } from "../workunit/settle-workunits.ts";
import { askAgainAt, giveBack, putBehind, storeVerdict, takeVerdicts, type Wanted } from "./verdict-queue.ts";

/** App versions whose verdicts are computed at once: two modules that never end still let others through, on two cores. */
const AT_ONCE = 3;
/** Stored verdicts after which their workunits are decided, in one transaction. */
const SETTLED_TOGETHER = 16;
/** A module whose process or thread was lost so often has that as its verdict, as nothing may wait for ever. */
const LOST_MOST = 5;

/**
 * How asking went. `failed`: the module trapped, gave an error code or none in time, which says nothing for and nothing against
 * the bytes. `lost`: it did not even come to that.
 */
type Asked = "answered" | "failed" | "lost";
export type Compared = { agree: boolean; reason: Reason; asked: Asked };

type Round = { deps: Deps; nowSeconds: number; judgeMs: number; isOver: () => boolean };

/**
 * Computes the verdicts that the core asked for, outside any lock, stores them, and decides their workunits again. A verdict
 * stands for ever; only storage that cannot be read, and a module whose process was lost, are tried again, later and later.
 *
 * Those of one app version are computed one after another, those of several beside each other, and nothing begins later in a
 * round than `judgeMs`, the longest that a module may take: a round ends within two or three times that, whatever modules
 * do. What a round did not come to is given back, and an app version that used up its time goes behind what has come until
 * now: with many that never end, each has its turn. What remains unfair: what comes during a round waits for its end; and a
 * round looks at the 4,000 rows that have waited longest, so that 100,000 of a module that never ends hide others for 25
 * rounds, some five minutes, and as many quick ones until they are computed.
 * @returns verdicts stored.
 */
export async function runVerdicts(
  deps: Deps,
  nowSeconds: number,
  { judgeMs = JUDGE_TIMEOUT_MS }: { judgeMs?: number } = {},
): Promise<number> {
  const lanes = Map.groupBy(await takeVerdicts(deps.pool, nowSeconds), (row) => row.app_version_id);
  const endMs = performance.now() + judgeMs;
  const round: Round = { deps, nowSeconds, judgeMs, isOver: () => performance.now() >= endMs };
  const waiting = lanes.values();
  const failures: unknown[] = [];
  let stored = 0;
  const computeLanes = async () => {
    for (const lane of waiting) {
      try {
        stored += await computeLane(round, lane);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, computeLanes));
  // What failed stays taken for a while; the other app versions had their turn.
  if (failures.length > 0) throw failures[0];
  return stored;
}

/** The verdicts of one app version, as far as the round's time goes. */
async function computeLane(round: Round, lane: readonly Wanted[]): Promise<number> {
  const { deps, nowSeconds } = round;
  let asked = 0;
  let stored = 0;
  while (asked < lane.length && !round.isOver()) {
    const decided: number[] = [];
    try {
      for (const row of lane.slice(asked, asked + SETTLED_TOGETHER)) {
        if (round.isOver()) break;
        asked += 1;
        if (await giveVerdict(round, row)) decided.push(row.workunit_id);
      }
    } finally {
      await settleWorkunits(deps, decided, nowSeconds);
    }
    stored += decided.length;
  }
  const left = lane.slice(asked);
  if (left.length === 0) return stored;
  await giveBack(deps.pool, left, nowSeconds);
  const version = left[0]?.app_version_id;
  if (asked > 0 && version !== undefined) await putBehind(deps.pool, version, nowSeconds);
  return stored;
}

/** @returns whether it was stored; otherwise it is asked for again. */
async function giveVerdict(round: Round, row: Wanted): Promise<boolean> {
  const { deps, nowSeconds } = round;
  const given = await unlessUnreadable(deps, () =>
    row.kind === "comparison" ? compare(round, row) : verify(round, row),
  );
  const losses = row.losses + (given?.asked === "lost" ? 1 : 0);
  if (given === null || (given.asked === "lost" && losses < LOST_MOST)) {
    await askAgainAt(deps.pool, { ...row, losses }, nowSeconds + retryAfter(row.attempts));
    return false;
  }
  await storeVerdict(deps.pool, row, { said: given.said, reason: given.reason, nowSeconds });
  return true;
}

type Given = { said: boolean | Verification["verdict"]; reason: Reason; asked: Asked };

async function compare({ deps, judgeMs }: Round, { workunit_id, key: [a = 0, b = 0] }: Wanted): Promise<Given> {
  const { version } = await workunitOf(deps, workunit_id);
  const { agree, ...how } = await compareResults(deps, version, [a, b], judgeMs);
  return { said: agree, ...how };
}

/**
 * Whether the outputs of two results of one app version agree by its comparator.
 * @throws {UnreadableError}
 */
export async function compareResults(
  deps: Deps,
  version: AppVersion,
  [a, b]: readonly [number, number],
  judgeMs: number = JUDGE_TIMEOUT_MS,
): Promise<Compared> {
  const [first, second] = await Promise.all([readOutput(deps, a), readOutput(deps, b)]);
  const { comparator, output: schema } = version.manifest;
  if (comparator.type !== "custom") {
    return { ...compareOutputs(comparator, schema, { first, second }), asked: "answered" };
  }
  const module = await readModule(deps, version, comparator.module);
  const answer = await ask(
    { module, role: "compare", first: Uint8Array.from(first), second: Uint8Array.from(second) },
    judgeMs,
  );
  return { agree: answer.kind === "yes", reason: answer.reason, asked: askedOf(answer) };
}

async function ask(request: JudgeRequest, timeoutMs: number): Promise<JudgeVerdict> {
  try {
    return await inSandbox("judge", { request, timeoutMs });
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

async function verify({ deps, judgeMs }: Round, { workunit_id, key: [resultId = 0] }: Wanted): Promise<Given> {
  const { version, input } = await workunitOf(deps, workunit_id);
  const declared = version.manifest.verify;
  if (declared === undefined) return { said: "missing", reason: { code: "no_verifier" }, asked: "answered" };
  const [module, first, second] = await Promise.all([
    readModule(deps, version, declared.module),
    input(),
    readOutput(deps, resultId),
  ]);
  const { maxMemoryPages } = declared;
  const answer = await ask(
    { module, role: "verify", first: Uint8Array.from(first), second: Uint8Array.from(second), maxMemoryPages },
    judgeMs,
  );
  const { reason } = answer;
  const asked = askedOf(answer);
  if (answer.kind === "yes") return { said: "passed", reason, asked };
  // A plain 0 is an answer about the output; everything else says that the verifier could not answer.
  return { said: asked === "answered" ? "rejected" : "broken", reason, asked };
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
