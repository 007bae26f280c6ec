import { type SubmittedBatch, submitBatch, type WorkunitInput } from "../batch/submit-batch.ts";
import type { Deps } from "../deps.ts";
import { storeBytes } from "../file/store-file.ts";
import type { ExampleProject } from "./example-projects.ts";
import { WORK_SOURCES } from "./work-sources.ts";

/** Workunits per batch, roughly: rounds are not split. */
const BATCH_WORKUNITS = 2_500;

/** How far the work of an example project has been submitted. */
type Progress = { round: number; submitted: number; state: unknown };

/**
 * Submits the next rounds of an example project's work until `wanted` more workunits are there. Interrupted anywhere, the
 * next call goes on: a batch's key says with which round it begins, so it is never submitted twice.
 * `files`: name -> SHA-256 of stored files, for all workunits; a round's own files take precedence.
 * @returns how many workunits were submitted.
 */
export async function fillProject(
  deps: Deps,
  args: { kernel: ExampleProject["kernel"]; appVersionId: number; files: Record<string, string>; wanted: number },
  nowSeconds: number,
): Promise<number> {
  const before = await readProgress(deps, args.kernel);
  let progress = before;
  while (progress.submitted - before.submitted < args.wanted) {
    const wanted = Math.min(BATCH_WORKUNITS, args.wanted - (progress.submitted - before.submitted));
    progress = await submitRounds(deps, { ...args, wanted, progress }, nowSeconds);
  }
  return progress.submitted - before.submitted;
}

/** Workunits of an example project submitted so far. */
export async function submittedSoFar(deps: Deps, kernel: ExampleProject["kernel"]): Promise<number> {
  return (await readProgress(deps, kernel)).submitted;
}

type Rounds = {
  kernel: ExampleProject["kernel"];
  appVersionId: number;
  files: Record<string, string>;
  wanted: number;
  progress: Progress;
};

async function submitRounds(deps: Deps, rounds: Rounds, nowSeconds: number): Promise<Progress> {
  const { kernel, appVersionId, files, wanted } = rounds;
  const source = WORK_SOURCES[kernel];
  const first = rounds.progress.round;
  let { round, state } = rounds.progress;
  const workunits: WorkunitInput[] = [];
  while (workunits.length < wanted) {
    const next = await source.round(round, state);
    const all = { ...files, ...(await storeFiles(deps, next.files ?? {}, nowSeconds)) };
    workunits.push(...next.workunits.map((workunit) => ({ ...workunit, files: all })));
    state = next.state;
    round += 1;
  }
  const batch = { appVersionId, name: `Rounds ${first} to ${round - 1}`, key: `rounds-from-${first}`, workunits };
  const { workunitIds }: SubmittedBatch = await submitBatch(deps, batch, nowSeconds);
  const progress = { round, submitted: rounds.progress.submitted + workunitIds.length, state };
  await deps.pool.query(
    "insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
    [progressKey(kernel), JSON.stringify(progress)],
  );
  return progress;
}

/** @returns name -> SHA-256. */
async function storeFiles(
  deps: Deps,
  files: Record<string, Uint8Array>,
  nowSeconds: number,
): Promise<Record<string, string>> {
  const stored: Record<string, string> = {};
  for (const [name, content] of Object.entries(files)) stored[name] = await storeBytes(deps, content, nowSeconds);
  return stored;
}

const progressKey = (kernel: string) => `example_progress:${kernel}`;

async function readProgress(deps: Deps, kernel: string): Promise<Progress> {
  const { rows } = await deps.pool.query<{ value: string }>("select value from setting where key = $1", [
    progressKey(kernel),
  ]);
  const stored = rows[0];
  return stored === undefined ? { round: 0, submitted: 0, state: null } : (JSON.parse(stored.value) as Progress);
}
