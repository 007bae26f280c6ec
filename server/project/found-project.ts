import * as z from "zod";
import type { Viewer } from "../account/viewer.ts";
import type { Deps } from "../deps.ts";
import { writeDown } from "../operator/audit-log.ts";
import { Refusal } from "../refusal.ts";
import { isUniqueViolation } from "../sql/errors.ts";
import { inTransaction } from "../sql/transaction.ts";
import { requireRoleIn } from "./authorise.ts";
import { parseOrRefuse, projectSchema } from "./create-project.ts";

/** Projects that one account may own: enough for a department, too few for a flood. */
const OWNED_MAX = 25;

/** What a person says about a new project. Whether its data are public is asked and has no default. */
export const newProjectSchema = projectSchema
  .omit({ share: true, retentionSeconds: true })
  .extend({ isPublic: z.boolean() });
export type NewProject = z.input<typeof newProjectSchema>;

/**
 * Makes a project of the caller's own: unpublished, with the caller as its owner.
 * @throws {Refusal} `conflict` when the slug is taken, `bad_request`, `forbidden` above OWNED_MAX.
 */
export async function foundProject(
  deps: Deps,
  viewer: Viewer,
  input: NewProject,
  nowSeconds: number,
): Promise<{ projectId: number; slug: string }> {
  const project = parseOrRefuse(newProjectSchema, input, "The project");
  if (viewer.onlyProjectId !== null) throw new Refusal("forbidden", "This token is for one project only.");
  const projectId = await inTransaction(deps, "found_project", async (client) => {
    // One after the other for each person, so that the count below is true.
    await client.query("select from app_user where id = $1 for update", [viewer.userId]);
    const { rows: owned } = await client.query<{ n: number }>(
      "select count(*)::int as n from project_member where user_id = $1 and role = 'owner'",
      [viewer.userId],
    );
    if ((owned[0]?.n ?? 0) >= OWNED_MAX && !viewer.isOperator) {
      throw new Refusal("forbidden", `One account may own ${OWNED_MAX} projects. Hand one over, or ask an operator.`);
    }
    const { rows } = await client.query<{ id: number }>(
      `insert into project (slug, name, summary, description, organisation, url, licence, links, is_public, state, created_seconds)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'unpublished', $10) returning id`,
      [
        project.slug,
        project.name,
        project.summary,
        project.description,
        project.organisation,
        project.url ?? null,
        project.licence || null,
        JSON.stringify(project.links),
        project.isPublic,
        nowSeconds,
      ],
    );
    const id = rows[0]?.id ?? 0;
    await client.query(
      "insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, 'owner', $3)",
      [id, viewer.userId, nowSeconds],
    );
    const details = { slug: project.slug, isPublic: project.isPublic };
    const deed = { actorId: viewer.userId, action: "project.create", subject: { kind: "project" as const, id } };
    await writeDown(client, { ...deed, projectId: id, details }, nowSeconds);
    return id;
  }).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw new Refusal("conflict", `There is a project ${project.slug} already; choose another address.`);
  });
  deps.versions.forget();
  return { projectId, slug: project.slug };
}

/** What may be changed later: all but the address. */
export const projectChangeSchema = newProjectSchema.omit({ slug: true }).partial();
export type ProjectChange = z.input<typeof projectChangeSchema>;

/**
 * Changes what is said about a project, and whether its data are public.
 * @throws {Refusal} `bad_request`, `not_found`, `forbidden` below admin.
 */
export async function changeProject(
  deps: Deps,
  viewer: Viewer,
  { slug, change }: { slug: string; change: ProjectChange },
  nowSeconds: number,
): Promise<void> {
  const { projectId } = await requireRoleIn(deps.pool, viewer, { slug }, "admin");
  // A default must not overwrite what was not mentioned.
  const given = parseOrRefuse(projectChangeSchema, change, "The change");
  const { links, licence, url, isPublic, ...texts } = given;
  const values: Record<string, unknown> = {
    ...texts,
    ...("links" in change && { links: JSON.stringify(links) }),
    ...("licence" in change && { licence: licence || null }),
    ...("url" in change && { url: url ?? null }),
    ...("isPublic" in change && { is_public: isPublic }),
  };
  const columns = Object.keys(values).filter((name) => values[name] !== undefined);
  if (columns.length === 0) return;
  await inTransaction(deps, "change_project", async (client) => {
    const set = columns.map((name, index) => `${name} = $${index + 2}`).join(", ");
    await client.query(`update project set ${set} where id = $1`, [projectId, ...columns.map((name) => values[name])]);
    const deed = {
      actorId: viewer.userId,
      action: "project.change",
      subject: { kind: "project" as const, id: projectId },
    };
    await writeDown(client, { ...deed, projectId, details: { changed: columns } }, nowSeconds);
  });
  deps.versions.forget();
}

export type Publicity = "unpublished" | "waiting" | "published";

/**
 * Shows a project to others, or hides it again. Where the site asks for approval, an operator must say yes first.
 * @returns how it is now.
 * @throws {Refusal} `not_found`, `forbidden` below owner.
 */
export async function publishProject(
  deps: Deps,
  viewer: Viewer,
  { slug, publish, needsApproval }: { slug: string; publish: boolean; needsApproval: boolean },
  nowSeconds: number,
): Promise<Publicity> {
  const { projectId } = await requireRoleIn(deps.pool, viewer, { slug }, "owner");
  const wanted = !publish ? "unpublished" : needsApproval && !viewer.isOperator ? "waiting" : "published";
  const state = await inTransaction(deps, "publish_project", async (client) => {
    // What is published already stays so: nobody is approved twice.
    const { rows } = await client.query<{ state: Publicity }>(
      `update project set state = case when state = 'published' and $2 = 'waiting' then state else $2 end
        where id = $1 returning state`,
      [projectId, wanted],
    );
    const action = publish ? "project.publish" : "project.unpublish";
    const deed = { actorId: viewer.userId, action, subject: { kind: "project" as const, id: projectId } };
    await writeDown(client, { ...deed, projectId, details: { state: rows[0]?.state } }, nowSeconds);
    return rows[0]?.state ?? "unpublished";
  });
  deps.versions.forget();
  return state;
}
