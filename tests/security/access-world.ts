import { randomBytes } from "node:crypto";
import { beforeAll } from "vitest";
import type { Viewer } from "../../server/account/viewer.ts";
import { publishAppVersion } from "../../server/app-version/publish-app-version.ts";
import type { Deps } from "../../server/deps.ts";
import { fileKey } from "../../server/storage/storage.ts";
import { createToken } from "../../server/token/manage-tokens.ts";
import { createCaller } from "../../server/trpc/router.ts";
import { outputOf, outputReport } from "../db/engine/lab.ts";
import { accountViewer } from "../support/account-viewer.ts";
import { withLabServer } from "../support/lab-server.ts";
import { PIXEL_PNG, type Subject } from "./access-table.ts";

/** Every kind of caller and of project, on a server of its own: what access.test.ts tries everything on. */

export const lab = withLabServer();

export const CALLERS = [
  "nobody",
  "device",
  "stranger",
  "submitter",
  "admin",
  "owner",
  "operator",
  "owner's token of another project",
] as const;
export type CallerKind = (typeof CALLERS)[number];

export const PROJECTS = {
  "published, public": { state: "published", isPublic: true, suspended: false },
  "published, members' data": { state: "published", isPublic: false, suspended: false },
  unpublished: { state: "unpublished", isPublic: true, suspended: false },
  "waiting for approval": { state: "waiting", isPublic: true, suspended: false },
  suspended: { state: "published", isPublic: true, suspended: true },
} as const;
export type ProjectKind = keyof typeof PROJECTS;
export const KINDS = Object.keys(PROJECTS) as ProjectKind[];

export const subjects = new Map<ProjectKind, Subject>();
export const viewers = new Map<CallerKind, Viewer | null>();
export const bearers = new Map<CallerKind, string | null>();

beforeAll(async () => {
  await makePeople(lab.engine.deps);
  for (const kind of KINDS) subjects.set(kind, await makeProject(kind));
  await makeBearers();
}, 120_000);

async function user({ pool }: Deps, name: string): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    "insert into app_user (name, is_anonymous, created_seconds) values ($1, false, 1) returning id",
    [name],
  );
  return rows[0]?.id ?? 0;
}

async function makePeople(deps: Deps): Promise<void> {
  for (const kind of ["stranger", "submitter", "admin", "owner"] as const) {
    viewers.set(kind, accountViewer(await user(deps, kind)));
  }
  const operator = await user(deps, "operator");
  await deps.pool.query("insert into operator (user_id, since_seconds) values ($1, 1)", [operator]);
  viewers.set("operator", accountViewer(operator, { isOperator: true }));
  viewers.set("nobody", null);
}

export const idOf = (kind: CallerKind) => viewers.get(kind)?.userId ?? 0;

async function makeProject(kind: ProjectKind): Promise<Subject> {
  const { pool } = lab.engine.deps;
  const { appVersionId, projectId, slug } = await lab.engine.app();
  for (const role of ["submitter", "admin", "owner"] as const) {
    await pool.query("insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, $3, 1)", [
      projectId,
      idOf(role),
      role,
    ]);
  }
  // An input too large for its row is a file, and every project has its own.
  const [workunitId = 0] = await lab.engine.submit(appVersionId, 1, { input: randomBytes(20_000) });
  for (const host of [await lab.engine.host(), await lab.engine.host()]) {
    const [lease] = await lab.engine.claim(host);
    if (!lease) throw new Error("no work");
    await lab.engine.report(host, outputReport(lease, outputOf(1)));
  }
  await lab.engine.sweep();
  const { files, input } = await lab.engine.row<{ files: Record<string, string>; input: string }>(
    `select v.files, w.input_sha256 as input from workunit w join app_version v on v.id = w.app_version_id where w.id = $1`,
    [workunitId],
  );
  const owner = callerOf("owner");
  await owner.project.setPicture({ slug, base64: PIXEL_PNG });
  const { handlerId } = await owner.handler.add({ slug, kind: "webhook", url: "https://127.0.0.1:1/" });
  const { pictureSha256 } = await owner.project.settings({ slug });
  const { state, isPublic, suspended } = PROJECTS[kind];
  await pool.query("update project set state = $2, is_public = $3, suspended_reason = $4 where id = $1", [
    projectId,
    state,
    isPublic,
    suspended ? "Under review." : null,
  ]);
  return {
    slug,
    isPublished: state === "published",
    workunitId,
    appVersionId,
    batchId: (await lab.engine.row<{ id: number }>("select batch_id as id from workunit where id = $1", [workunitId]))
      .id,
    invitationId: 1,
    handlerId,
    fileSha256: input,
    // The test app's kernel is the same for all of them: its own page of the package is not.
    versionSha256: await ownVersionFile(projectId, files),
    pictureSha256: pictureSha256 ?? "",
  };
}

/** A file of this project's version that no other project has. */
async function ownVersionFile(projectId: number, files: Record<string, string>): Promise<string> {
  const { appId } = await lab.engine.row<{ appId: number }>('select id as "appId" from app where project_id = $1', [
    projectId,
  ]);
  const { manifest } = await lab.engine.row<{ manifest: { version: string } }>(
    "select manifest from app_version where app_id = $1",
    [appId],
  );
  const { storage } = lab.engine.deps;
  const entries = await Promise.all(
    Object.entries(files).map(
      async ([path, sha256]) => [path, new Uint8Array(await storage.read(fileKey(sha256)))] as const,
    ),
  );
  const kernel = { manifest: { ...manifest, version: "1.0.1", summary: `Of ${projectId}.` }, files: new Map(entries) };
  return (await publishAppVersion(lab.engine.deps, { appId, package: kernel }, lab.engine.now)).hash;
}

async function makeBearers(): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const device = await lab.engine.host();
  viewers.set("device", accountViewer(device.userId, { kind: "anonymous", via: "host", hostId: device.hostId }));
  bearers.set("device", lab.engine.deps.secrets.sessionToken(device.hostId, now + 1_000));
  bearers.set("nobody", null);
  const scopes = ["read", "submit", "publish", "manage"] as const;
  for (const kind of ["stranger", "submitter", "admin", "owner", "operator"] as const) {
    const viewer = viewers.get(kind);
    if (!viewer) throw new Error(`there is no ${kind}`);
    const wish = { name: kind, scopes: [...scopes], projectSlug: null, days: 1 };
    bearers.set(kind, (await createToken(lab.engine.deps, viewer, wish, now)).token);
  }
  const owner = viewers.get("owner");
  if (!owner) throw new Error("there is no owner");
  const { projectId, slug } = await lab.engine.app();
  await lab.engine.deps.pool.query(
    "insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, 'owner', 1)",
    [projectId, owner.userId],
  );
  const wish = { name: "other", scopes: [...scopes], projectSlug: slug, days: 1 };
  bearers.set("owner's token of another project", (await createToken(lab.engine.deps, owner, wish, now)).token);
  viewers.set(
    "owner's token of another project",
    accountViewer(owner.userId, { via: "token", scopes, onlyProjectId: projectId }),
  );
}

export function callerOf(kind: CallerKind): ReturnType<typeof createCaller> {
  const viewer = viewers.get(kind) ?? null;
  return createCaller({
    services: lab.services,
    address: null,
    bearerToken: bearers.get(kind) ?? null,
    userAgent: null,
    headers: {},
    viewer: () => Promise.resolve(viewer),
  });
}
