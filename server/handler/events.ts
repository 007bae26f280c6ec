import type { Deps } from "../deps.ts";
import { readOutput } from "../result/read-output.ts";

/**
 * What a project is told of one of its workunits, as JSON: the body of a webhook and the line of an export. `key` is the
 * same however often it comes, and different for every event: whoever has seen it does nothing the second time.
 */
export type ProjectEvent = {
  format: 1;
  key: string;
  type: "workunit.completed" | "workunit.failed" | "workunit.recalled";
  project: string;
  app: string;
  appVersion: string;
  workunit: {
    id: number;
    name: string;
    tags: Record<string, unknown>;
    batch: { id: number; name: string; key: string };
    inputSha256: string;
    createdSeconds: number;
    endedSeconds: number;
    /** This workunit only checks that one again. */
    auditOf: number | null;
  };
  /** Why it failed; empty otherwise. */
  errors: string[];
  /** The rule that accepted the output and how many results agreed on it then; null when it failed. */
  accepted: { by: string; confirmations: number } | null;
  /** The canonical output; null when there is none. `base64` is null where it is larger than the handler takes, or deleted. */
  output: { sha256: string; bytes: number; base64: string | null } | null;
  /**
   * Since when its output must not be used any more, and the audits that contradict it: in workunit.recalled, and in a
   * workunit.completed that is told so late that it was recalled before.
   */
  recalled?: { seconds: number; audits: number[] };
};

/** A message of the outbox: the event's key and the workunit it is about. */
export type EventKey = { event: string; workunitId: number };

type Row = {
  id: number;
  name: string;
  tags: Record<string, unknown>;
  input_sha256: string;
  created_seconds: number;
  ended_seconds: number;
  state: "completed" | "failed";
  errors: string[];
  accepted_by: string | null;
  confirmations: number;
  canonical_result_id: number | null;
  output_sha256: string | null;
  output_bytes: number | null;
  output_deleted: boolean;
  recalled_seconds: number | null;
  audits: number[];
  audit_of: number | null;
  batch_id: number;
  batch_name: string;
  batch_key: string;
  project: string;
  app: string;
  version: string;
};

const LOAD_EVENTS = {
  name: "load-events",
  text: `select w.id, w.name, w.tags, w.input_sha256, w.created_seconds, w.ended_seconds, w.state, w.errors, w.accepted_by,
            cardinality(w.confirmed_by) as confirmations, w.canonical_result_id, c.output_sha256, c.output_bytes,
            w.output_deleted_seconds is not null as output_deleted, w.recalled_seconds,
            array(select x.workunit_id from audit x where x.original_id = w.id and x.outcome = 'recalled' order by 1) as audits,
            (select x.original_id from audit x where x.workunit_id = w.id) as audit_of,
            b.id as batch_id, b.name as batch_name, b.key as batch_key, p.slug as project, a.name as app, v.version
       from workunit w join batch b on b.id = w.batch_id join app_version v on v.id = w.app_version_id
       join app a on a.id = v.app_id join project p on p.id = a.project_id
       left join result c on c.id = w.canonical_result_id
      where w.id = any($1::bigint[]) and w.state <> 'open'`,
};

/**
 * The events in the order asked for.
 * @throws {UnreadableError} when an output cannot be read now.
 */
export async function loadEvents(
  deps: Pick<Deps, "pool" | "storage">,
  keys: readonly EventKey[],
  maxOutputBytes: number,
): Promise<ProjectEvent[]> {
  const ids = [...new Set(keys.map((key) => key.workunitId))];
  const { rows } = await deps.pool.query<Row>({ ...LOAD_EVENTS, values: [ids] });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const events: ProjectEvent[] = [];
  for (const { event, workunitId } of keys) {
    const row = byId.get(workunitId);
    if (row === undefined) throw new Error(`${event}: workunit ${workunitId} has not ended`);
    events.push(await eventOf(deps, { event, row, maxOutputBytes }));
  }
  return events;
}

async function eventOf(
  deps: Pick<Deps, "pool" | "storage">,
  { event, row, maxOutputBytes }: { event: string; row: Row; maxOutputBytes: number },
): Promise<ProjectEvent> {
  const isRecall = event.startsWith("recall:");
  const { recalled_seconds: seconds, audits } = row;
  return {
    format: 1,
    key: event,
    type: isRecall ? "workunit.recalled" : row.state === "completed" ? "workunit.completed" : "workunit.failed",
    project: row.project,
    app: row.app,
    appVersion: row.version,
    workunit: {
      id: row.id,
      name: row.name,
      tags: row.tags,
      batch: { id: row.batch_id, name: row.batch_name, key: row.batch_key },
      inputSha256: row.input_sha256,
      createdSeconds: row.created_seconds,
      endedSeconds: row.ended_seconds,
      auditOf: row.audit_of,
    },
    errors: row.errors,
    accepted: row.accepted_by === null ? null : { by: row.accepted_by, confirmations: row.confirmations },
    output: await outputOf(deps, row, isRecall ? 0 : maxOutputBytes),
    ...(seconds !== null ? { recalled: { seconds, audits } } : {}),
  };
}

async function outputOf(
  deps: Pick<Deps, "pool" | "storage">,
  row: Row,
  maxOutputBytes: number,
): Promise<ProjectEvent["output"]> {
  const { canonical_result_id: resultId, output_sha256: sha256, output_bytes: bytes } = row;
  if (resultId === null || sha256 === null || bytes === null) return null;
  const isTold = !row.output_deleted && bytes <= maxOutputBytes;
  return { sha256, bytes, base64: isTold ? (await readOutput(deps, resultId)).toString("base64") : null };
}
