import type { Pool, PoolClient } from "../database/pool.ts";

/** What is written down for ever, in the transaction that does it where there is one. */
export type Deed = {
  /** Null: a command in the server's terminal. */
  actorId: number | null;
  /** For example "project.suspend". */
  action: string;
  subject: {
    kind: "user" | "host" | "project" | "invitation" | "token" | "handler" | "report" | "site";
    id: number | null;
  };
  projectId?: number;
  /** What changed, without secrets and without addresses. */
  details?: Record<string, unknown>;
};

export async function writeDown(
  client: Pick<Pool | PoolClient, "query">,
  deed: Deed,
  nowSeconds: number,
): Promise<void> {
  const { actorId, action, subject, projectId = null, details = {} } = deed;
  await client.query(
    `insert into audit_log (seconds, actor_id, action, subject_kind, subject_id, project_id, details)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [nowSeconds, actorId, action, subject.kind, subject.id, projectId, JSON.stringify(details)],
  );
}

export type LogEntry = {
  id: number;
  seconds: number;
  actorId: number | null;
  actorName: string | null;
  action: string;
  subjectKind: string;
  subjectId: number | null;
  projectSlug: string | null;
  details: Record<string, unknown>;
};

/** Newest first; `projectId` null: of the whole site. `beforeId` continues a list. */
export async function listDeeds(
  pool: Pool,
  args: { projectId: number | null; beforeId: number | null; limit: number },
): Promise<LogEntry[]> {
  const { rows } = await pool.query<LogEntry>(
    `select l.id, l.seconds, l.actor_id as "actorId", u.name as "actorName", l.action, l.subject_kind as "subjectKind",
            l.subject_id as "subjectId", p.slug as "projectSlug", l.details
       from audit_log l left join app_user u on u.id = l.actor_id left join project p on p.id = l.project_id
      where ($1::bigint is null or l.project_id = $1) and ($2::bigint is null or l.id < $2)
      order by l.id desc limit $3`,
    [args.projectId, args.beforeId, args.limit],
  );
  return rows;
}
