import { recheckKey } from "../audit/recheck-key.ts";
import { nextDueSeconds } from "../core/replication/leases.ts";
import type { Action, HostEvent, Result, Workunit } from "../core/replication/types.ts";
import { lacksOneResult } from "../core/scheduling/ordering.ts";
import { isCaughtLie } from "../core/trust/recheck.ts";
import type { PoolClient } from "../database/pool.ts";
import { noteHosts } from "../host/note-hosts.ts";
import { together } from "../sql/transaction.ts";
import {
  createResults,
  endResults,
  judgeResults,
  type NewResult,
  type ResultEnd,
  type ResultJudgement,
  type ResultSend,
  type ResultSuccess,
  recordSuccesses,
  sendResults,
  setUrgent,
} from "../sql/write-results.ts";
import {
  addToOutbox,
  changeWorkunits,
  type Grant,
  grantCredit,
  type OutboxEntry,
  type WorkunitChange,
} from "../sql/write-workunits.ts";
import type { LoadedWorkunit } from "./loaded-workunit.ts";

/**
 * The only writer of workunit and result state. Writes what was decided for the workunits this transaction holds locked,
 * with one statement per kind of change, however many workunits there are. Hosts' standings come last: they are shared
 * with other transactions, and so are locked for the shortest time, in one order.
 */
export async function writeChanges(
  client: PoolClient,
  workunits: readonly LoadedWorkunit[],
  nowSeconds: number,
): Promise<void> {
  const changed = workunits.filter((workunit) => workunit.actions.length > 0);
  if (changed.length === 0) return;
  const rows = changed.map((workunit) => differences(workunit, nowSeconds));
  const all = <K extends keyof Rows>(key: K): Rows[K] => rows.flatMap((row) => row[key] as never) as Rows[K];
  // On their way together, in this order.
  await together([
    sendResults(client, all("sends")),
    recordSuccesses(client, all("successes"), nowSeconds),
    judgeResults(client, all("judgements")),
    endResults(client, all("ends")),
    createResults(client, all("created")),
    setUrgent(client, all("urgent")),
    storeOutputs(client, all("outputs")),
    changeWorkunits(client, all("workunits")),
    askVerdicts(client, changed, nowSeconds),
    grantCredit(client, changed.flatMap(grantsOf), nowSeconds),
    addToOutbox(
      client,
      changed.flatMap((workunit) => outboxOf(workunit, nowSeconds)),
      nowSeconds,
    ),
    noteHosts(client, changed.flatMap(hostEventsOf), nowSeconds),
  ]);
}

type Rows = {
  sends: ResultSend[];
  successes: ResultSuccess[];
  judgements: ResultJudgement[];
  /** All that ends in another way. */
  ends: ResultEnd[];
  created: NewResult[];
  /** S76: unsent results that go first now, or no more. */
  urgent: { id: number; urgent: boolean }[];
  outputs: { resultId: number; bytes: Buffer }[];
  workunits: WorkunitChange[];
};

/** What differs between the workunit as loaded and as decided, as rows. */
function differences(loaded: LoadedWorkunit, nowSeconds: number): Rows {
  const { before, state, details } = loaded;
  const urgent = lacksOneResult(state.workunit, state.results);
  const found: Rows = {
    sends: [],
    successes: [],
    judgements: [],
    ends: [],
    created: [],
    urgent: [],
    outputs: [],
    workunits: workunitChange(loaded),
  };
  const notes = notesByResult(loaded.actions);
  const known = new Map(before.results.map((result) => [result.id, result]));
  for (const result of state.results) {
    const old = known.get(result.id);
    if (old === undefined) found.created.push(newResult(loaded, result, urgent));
    else if (old === result) {
      if (result.state === "unsent" && urgent !== lacksOneResult(before.workunit, before.results))
        found.urgent.push({ id: Number(result.id), urgent });
    } else if (result.state === "in_progress") found.sends.push(send(state.workunit, result));
    else if (result.state === "over") addEnd(found, end(loaded, old, result, notes.get(result.id), nowSeconds));
  }
  for (const [id, { output }] of details) {
    const recorded = notes.get(id)?.reported === true && output !== undefined;
    if (recorded) found.outputs.push({ resultId: Number(id), bytes: output });
  }
  return found;
}

/** Where an end belongs: what it says of rows in these states is all that the shorter statements write. */
function addEnd(rows: Rows, end: ResultEnd): void {
  const { id, validation, outputSha256, reason, creditMicro } = end;
  const isReport = end.reportedSeconds !== null;
  if (end.outcome === "ok" && outputSha256 !== null && end.expectedState === "in_progress" && isReport) {
    const { outputBytes, elapsedMs, backend, deviceClass } = end;
    const details = { outputBytes, elapsedMs, backend, deviceClass };
    rows.successes.push({ id, validation, outputSha256, ...details, reason, creditMicro });
  } else if (end.outcome === "ok" && end.expectedOutcome === "ok" && !isReport) {
    rows.judgements.push({ id, validation, reason, creditMicro });
  } else rows.ends.push(end);
}

type Notes = { reason?: string; reported?: boolean };

function notesByResult(actions: readonly Action[]): Map<string, Notes> {
  const notes = new Map<string, Notes>();
  for (const action of actions) {
    if (action.type === "judge") notes.set(action.resultId, { ...notes.get(action.resultId), reason: action.reason });
    else if (action.type === "record_output" || action.type === "record_failure") {
      notes.set(action.resultId, { ...notes.get(action.resultId), reported: true });
    }
  }
  return notes;
}

function newResult(loaded: LoadedWorkunit, result: Result, urgent: boolean): NewResult {
  const { outcome } = result.state === "over" ? result : { outcome: null };
  if (result.state === "in_progress" || (outcome !== null && outcome !== "unneeded" && outcome !== "unsendable")) {
    throw new Error(`result ${result.id} was created and ${outcome ?? "sent"} within one decision`);
  }
  return {
    workunitId: loaded.id,
    number: result.number,
    exclusionKey: loaded.exclusionKey,
    createdSeconds: result.createdSeconds,
    appVersionId: loaded.version.id,
    queueRank: loaded.queueRank,
    urgent,
    outcome,
  };
}

function send(workunit: Workunit, result: Extract<Result, { state: "in_progress" }>): ResultSend {
  const { id, holder, leaseEndSeconds } = result;
  return {
    id: Number(id),
    hostId: Number(holder.hostId),
    userId: Number(holder.userId),
    backend: holder.backend,
    deviceClass: holder.deviceClass,
    network: holder.network,
    sentSeconds: holder.sentSeconds,
    deadlineSeconds: holder.deadlineSeconds,
    leaseEndSeconds,
    dueSeconds: nextDueSeconds(workunit, [result], holder.sentSeconds) ?? holder.deadlineSeconds + 1,
  };
}

function end(
  loaded: LoadedWorkunit,
  old: Result,
  result: Extract<Result, { state: "over" }>,
  notes: Notes | undefined,
  nowSeconds: number,
): ResultEnd {
  const details = loaded.details.get(result.id);
  const reported = notes?.reported === true;
  const success = result.outcome === "ok" ? result : null;
  const failed = result.outcome === "err" || result.outcome === "valerr";
  return {
    id: Number(result.id),
    expectedState: old.state,
    expectedOutcome: old.state === "over" ? old.outcome : null,
    expectedLeaseEnd:
      old.state === "in_progress" && result.outcome === "returned" && !reported ? old.leaseEndSeconds : null,
    outcome: result.outcome,
    abortedByServer: result.outcome === "aborted" && result.abortedBy === "server",
    validation: success?.validation ?? (failed ? "invalid" : "init"),
    reportedSeconds: reported ? nowSeconds : null,
    outputSha256: success?.digest ?? null,
    outputBytes: reported ? (details?.outputBytes ?? null) : null,
    elapsedMs: reported ? (details?.elapsedMs ?? null) : null,
    backend: reported ? (details?.backend ?? null) : null,
    deviceClass: reported ? (details?.deviceClass ?? null) : null,
    errorCode: reported ? (details?.errorCode ?? null) : null,
    errorMessage: reported ? (details?.errorMessage ?? null) : null,
    reason: notes?.reason ?? null,
    creditMicro: success?.creditMicro ?? null,
  };
}

function workunitChange({ id, before, state, actions }: LoadedWorkunit): WorkunitChange[] {
  const { workunit, results } = state;
  const isSame = workunit === before.workunit && results.length === before.results.length;
  return isSame && !actions.some((action) => action.type === "grant_credit") ? [] : [changeOf()];

  function changeOf(): WorkunitChange {
    const complete = actions.find((action) => action.type === "complete");
    const grant = actions.find((action) => action.type === "grant_credit");
    return {
      id,
      expectedState: before.workunit.state,
      state: workunit.state,
      minQuorum: workunit.minQuorum,
      targetNResults: workunit.targetNResults,
      homogeneityClass: workunit.homogeneityClass,
      nResults: results.length,
      errors: `{${workunit.state === "failed" ? [...workunit.errors].sort().join(",") : ""}}`,
      canonicalResultId: workunit.state === "completed" ? Number(workunit.canonicalId) : null,
      acceptedBy: complete?.rule ?? null,
      confirmedBy: `{${complete?.confirmedBy.join(",") ?? ""}}`,
      assimilation: workunit.assimilation,
      endedSeconds: workunit.state === "open" ? null : workunit.endedSeconds,
      creditMicro: grant?.creditMicro ?? null,
    };
  }
}

async function storeOutputs(
  client: PoolClient,
  outputs: readonly { resultId: number; bytes: Buffer }[],
): Promise<void> {
  if (outputs.length === 0) return;
  await client.query({
    name: "store-outputs",
    text: "insert into result_output (result_id, bytes) select * from unnest($1::bigint[], $2::bytea[])",
    values: [outputs.map((output) => output.resultId), outputs.map((output) => output.bytes)],
  });
}

async function askVerdicts(
  client: PoolClient,
  workunits: readonly LoadedWorkunit[],
  nowSeconds: number,
): Promise<void> {
  const asked = workunits.flatMap(({ id, actions }) =>
    actions.flatMap((action) => {
      if (action.type === "compare") {
        const [a, b] = [Number(action.resultA), Number(action.resultB)].sort((x, y) => x - y);
        return client.query({ ...ASK_COMPARISON, values: [id, a, b, nowSeconds] });
      }
      if (action.type !== "verify") return [];
      return client.query({ ...ASK_VERIFICATION, values: [id, Number(action.resultId), nowSeconds] });
    }),
  );
  await together(asked);
}

const ASK_COMPARISON = {
  name: "ask-comparison",
  text: "insert into comparison (workunit_id, result_a, result_b, retry_seconds) values ($1, $2, $3, $4) on conflict do nothing",
};

const ASK_VERIFICATION = {
  name: "ask-verification",
  text: "insert into verification (workunit_id, result_id, retry_seconds) values ($1, $2, $3) on conflict do nothing",
};

function grantsOf({ version, actions }: LoadedWorkunit): Grant[] {
  return actions.flatMap((action) =>
    action.type === "grant_credit"
      ? {
          resultId: Number(action.resultId),
          userId: Number(action.userId),
          hostId: Number(action.hostId),
          projectId: version.project.id,
          appVersionId: version.id,
          amountMicro: action.creditMicro,
        }
      : [],
  );
}

function outboxOf({ id, version, actions }: LoadedWorkunit, nowSeconds: number): OutboxEntry[] {
  const about = { projectId: version.project.id, workunitId: id, dueSeconds: nowSeconds };
  return actions.flatMap((action): OutboxEntry[] => {
    if (action.type === "assimilation_due") return [{ ...about, key: `assimilate:${id}`, kind: "assimilate" }];
    if (action.type !== "note_host" || !isCaughtLie(action.event)) return [];
    return [{ ...about, key: recheckKey(Number(action.resultId)), kind: "recheck" }];
  });
}

function hostEventsOf({
  version,
  actions,
}: LoadedWorkunit): { hostId: number; appVersionId: number; event: HostEvent }[] {
  return actions.flatMap((action) =>
    action.type === "note_host" ? { hostId: Number(action.hostId), appVersionId: version.id, event: action.event } : [],
  );
}
