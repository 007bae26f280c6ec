import type { Viewer } from "../account/viewer.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { noSuchProject } from "../project/authorise.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { writeDown } from "./audit-log.ts";

/** What operators do with projects, whosever they are. Each is one change and one line in the log. */

type Change = { slug: string; action: string; details?: Record<string, unknown> };

async function govern(
  deps: Deps,
  viewer: Viewer,
  { slug, action, details = {} }: Change,
  nowSeconds: number,
  change: (client: PoolClient, projectId: number) => Promise<void>,
): Promise<void> {
  await inTransaction(deps, "govern_project", async (client) => {
    const { rows } = await client.query<{ id: number }>("select id from project where slug = $1 for update", [slug]);
    const id = rows[0]?.id;
    if (id === undefined) throw noSuchProject();
    await change(client, id);
    const subject = { kind: "project" as const, id };
    await writeDown(client, { actorId: viewer.userId, action, subject, projectId: id, details }, nowSeconds);
  });
  deps.versions.forget();
}

/** Lets a project that waits for it be seen. @throws {Refusal} `conflict` when it does not wait. */
export async function approveProject(deps: Deps, viewer: Viewer, slug: string, nowSeconds: number): Promise<void> {
  await govern(deps, viewer, { slug, action: "project.approve" }, nowSeconds, async (client, id) => {
    const { rowCount } = await client.query(
      "update project set state = 'published' where id = $1 and state = 'waiting'",
      [id],
    );
    if (rowCount === 0) throw new Refusal("conflict", "This project does not wait for approval.");
  });
}

/** Takes a project out of sight and out of the queue, for a reason its members see; with null it is as it was. */
export async function suspendProject(
  deps: Deps,
  viewer: Viewer,
  { slug, reason }: { slug: string; reason: string | null },
  nowSeconds: number,
): Promise<void> {
  const action = reason === null ? "project.resume" : "project.suspend";
  await govern(deps, viewer, { slug, action, details: { reason } }, nowSeconds, async (client, id) => {
    await client.query("update project set suspended_reason = $2 where id = $1", [id, reason]);
  });
}

/** Bytes the project may store; null: as many as any. And its weight among the projects of the site. */
export async function setQuota(
  deps: Deps,
  viewer: Viewer,
  { slug, storageBytes, share }: { slug: string; storageBytes: number | null; share: number },
  nowSeconds: number,
): Promise<void> {
  const details = { storageBytes, share };
  await govern(deps, viewer, { slug, action: "project.quota", details }, nowSeconds, async (client, id) => {
    await client.query("update project set storage_quota_bytes = $2, share = $3 where id = $1", [
      id,
      storageBytes,
      share,
    ]);
  });
}

/** Makes the operator an owner of a project, as of the examples, which begin without one. */
export async function takeOver(deps: Deps, viewer: Viewer, slug: string, nowSeconds: number): Promise<void> {
  await govern(deps, viewer, { slug, action: "project.take_over" }, nowSeconds, async (client, id) => {
    await client.query(
      `insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, 'owner', $3)
       on conflict (project_id, user_id) do update set role = 'owner'`,
      [id, viewer.userId, nowSeconds],
    );
  });
}
