import type { AppVersion } from "../app-version/app-versions.ts";
import { COULDNT_SEND_WAIT_SECONDS } from "../core/limits.ts";
import { longestWaiting, onUnsendable } from "../core/replication/endings.ts";
import type { Result, Workunit } from "../core/replication/types.ts";
import { type AskingHost, eligibility, isPermanentlyIneligible } from "../core/scheduling/eligibility.ts";
import type { Deps } from "../deps.ts";
import { HELD_RANK } from "../sql/find-candidates.ts";
import { inTransaction } from "../sql/transaction.ts";
import { lockWorkunits } from "../workunit/load-workunits.ts";
import { type LoadedWorkunit, perform, settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";

/** Hosts are read in pages of this size; almost always the first says that somebody can. */
const PAGE = 500;
/** Workunits looked at one by one per call: nobody can run them, so there is no hurry. */
const MOST_WORKUNITS = 500;

/**
 * Ends workunits that nobody can ever run (S59). First by group: what may keep a host away for good is the app version, the
 * memory and the class, so that one host that can is answer enough for all of them. What its owner paused waits for its owner.
 * @returns how many ended.
 */
export async function endUnsendable(deps: Deps, nowSeconds: number): Promise<number> {
  const limit = nowSeconds - COULDNT_SEND_WAIT_SECONDS;
  const { rows } = await deps.pool.query<{
    app_version_id: number;
    memory_bytes: number;
    mode: string;
    class: string | null;
    ids: number[];
  }>(
    `select w.app_version_id, w.memory_bytes, w.homogeneity_mode as mode, w.homogeneity_class as class,
            (array_agg(distinct w.id))[1:${MOST_WORKUNITS}] as ids
       from result r join workunit w on w.id = r.workunit_id
      where r.state = 'unsent' and r.created_seconds < $1 and r.queue_rank < ${HELD_RANK} group by 1, 2, 3, 4`,
    [limit],
  );
  let ended = 0;
  for (const group of rows) {
    const version = await deps.versions.get(group.app_version_id);
    const plain = {
      onePerUser: false,
      homogeneity: group.mode as Workunit["homogeneity"],
      homogeneityClass: group.class,
    };
    const asked = {
      version,
      memoryBytes: group.memory_bytes,
      workunit: { ...plain, state: "open" as const },
      results: [],
    };
    // Classes that are taken differ from workunit to workunit: those groups are looked at one by one.
    if (group.mode !== "diverse" && (await countHosts(deps, asked, { sinceSeconds: limit, nowSeconds })).someCan)
      continue;
    for (const id of group.ids) ended += await endOne(deps, id, group.memory_bytes, nowSeconds);
  }
  return ended;
}

/** The first second at which `endUnsendable` may end something; null when nothing waits. */
export async function nextUnsendable(deps: Pick<Deps, "pool">): Promise<number | null> {
  const { rows } = await deps.pool.query<{ oldest: number | null }>(
    "select min(created_seconds) as oldest from result where state = 'unsent'",
  );
  const oldest = rows[0]?.oldest ?? null;
  return oldest === null ? null : oldest + COULDNT_SEND_WAIT_SECONDS + 1;
}

async function endOne(deps: Deps, id: number, memoryBytes: number, nowSeconds: number): Promise<number> {
  return await inTransaction(deps, "unsendable", async (client) => {
    const [workunit] = await lockWorkunits(deps, client, [id]);
    if (workunit === undefined) return 0;
    const hosts = await countHosts(deps, question(workunit, memoryBytes), {
      sinceSeconds: waitingSince(workunit),
      nowSeconds,
    });
    const { state } = workunit;
    perform(workunit, onUnsendable(state.workunit, state.results, hosts, nowSeconds), nowSeconds);
    if (workunit.actions.length === 0) return 0;
    settle(workunit, nowSeconds);
    await writeChanges(client, [workunit], nowSeconds);
    return 1;
  });
}

function waitingSince({ state }: LoadedWorkunit): number {
  return longestWaiting(state.workunit, state.results)?.createdSeconds ?? Number.MAX_SAFE_INTEGER;
}

type Question = {
  version: AppVersion;
  memoryBytes: number;
  workunit: Pick<Workunit, "onePerUser" | "homogeneity" | "homogeneityClass" | "state">;
  results: readonly Result[];
};

function question({ version, state }: LoadedWorkunit, memoryBytes: number): Question {
  return { version, memoryBytes, workunit: state.workunit, results: state.results };
}

type HostRow = {
  id: number;
  user_id: number;
  memory_bytes: number | null;
  backends: { kind: string; class: string; knownAnswerOk: boolean }[];
};

/** Hosts seen from then until now; stops at the first that is not kept away for good. */
async function countHosts(
  deps: Deps,
  asked: Question,
  { sinceSeconds, nowSeconds }: { sinceSeconds: number; nowSeconds: number },
): Promise<{ seen: number; permanentlyIneligible: number; someCan: boolean }> {
  const counts = { seen: 0, permanentlyIneligible: 0, someCan: false };
  for (let after = 0; ; ) {
    const { rows } = await deps.pool.query<HostRow>(
      // A host that opened a session and never exchanged has not told what it can: it says nothing about anybody's ability.
      `select id, user_id, memory_bytes, backends from host
        where last_seen_seconds between $1 and $3 and id > $2 and backends <> '[]'::jsonb order by id limit ${PAGE}`,
      [sinceSeconds, after, nowSeconds],
    );
    for (const row of rows) {
      counts.seen += 1;
      if (isPermanentlyIneligible(answer(row, asked))) counts.permanentlyIneligible += 1;
      else return { ...counts, someCan: true };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return counts;
    after = last.id;
  }
}

function answer(row: HostRow, { version, memoryBytes, workunit, results }: Question) {
  const host: AskingHost = {
    hostId: String(row.id),
    userId: String(row.user_id),
    network: null,
    backends: row.backends.map(({ kind, class: deviceClass, knownAnswerOk }) => ({ kind, deviceClass, knownAnswerOk })),
    memoryBytes: row.memory_bytes,
    isBanned: false,
    quotaLeft: Number.POSITIVE_INFINITY,
    inProgress: 0,
    inProgressCap: Number.POSITIVE_INFINITY,
  };
  const backends = Object.keys(version.manifest.backends);
  return eligibility(host, { workunit, results, backends, memoryBytes, projectChosen: true });
}
