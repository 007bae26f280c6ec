/**
 * Who may call what. Every procedure and every plain route of the site has a line here, and access.test.ts fails where one has
 * none: whoever adds one says what it shows of a project, and the test then proves it for every kind of caller and project.
 */

/** What somebody must be to a project. see: it is visible to them. data: its inputs and outputs are. */
export type Need = "see" | "data" | "submitter" | "admin" | "owner" | "operator";

/** What a line knows of the project that it is tried on. */
export type Subject = {
  slug: string;
  isPublished: boolean;
  workunitId: number;
  appVersionId: number;
  batchId: number;
  invitationId: number;
  handlerId: number;
  fileSha256: string;
  versionSha256: string;
  pictureSha256: string;
};

export type Line =
  /** Nothing of a project that is not everybody's; `why` says it. */
  | { project: false; why: string }
  /** `input` is accepted by whoever may call. `refused`: how a caller learns that they may not. */
  | { project: true; need: Need; input: (of: Subject) => unknown; refused: "error" | "null" | "empty" };

const none = (why: string): Line => ({ project: false, why });
const needs = (need: Need, input: (of: Subject) => unknown, refused: "error" | "null" | "empty" = "error"): Line => ({
  project: true,
  need,
  input,
  refused,
});

const batch = ({ batchId }: Subject) => ({ batchId });
const newBatch = ({ appVersionId }: Subject) => ({
  appVersionId,
  name: "A batch",
  key: "a key",
  options: { flops: 1 },
});
const slug = ({ slug: name }: Subject) => ({ slug: name });
/** Nobody has this number: whoever may ask learns that, and nothing happens. */
const NOBODY = 999_999_999;
const OWN = "the caller's own things alone";
const LISTS = "a list of what everybody sees; access.test.ts looks for hidden projects in it";
const OPERATORS = "for operators alone; access.test.ts tries it as everybody else";
const TEAMS = "teams have nothing to do with projects";

export const PROCEDURES: Record<string, Line> = {
  "health.get": none("the version of the server"),
  "project.list": none(LISTS),
  "project.get": needs("see", slug, "null"),
  "project.cost": needs("see", slug),
  "project.confirmed": needs("data", slug, "empty"),
  "project.mine": none(OWN),
  "project.settings": needs("submitter", slug),
  "project.create": none("makes a project of the caller's own"),
  "project.change": needs("admin", (of) => ({ ...slug(of), change: {} })),
  "project.setPicture": needs("admin", (of) => ({ ...slug(of), base64: PIXEL_PNG })),
  "project.publish": needs("owner", (of) => ({ ...slug(of), publish: of.isPublished })),
  "member.list": needs("submitter", slug),
  "member.changeRole": needs("owner", (of) => ({ ...slug(of), userId: NOBODY, role: "admin" })),
  "member.remove": needs("submitter", (of) => ({ ...slug(of), userId: NOBODY })),
  "member.handOver": needs("owner", (of) => ({ ...slug(of), userId: NOBODY })),
  "member.deeds": needs("admin", (of) => ({ ...slug(of), beforeId: null })),
  "invitation.create": needs("admin", (of) => ({ ...slug(of), role: "submitter", email: null })),
  "invitation.list": needs("admin", slug),
  "invitation.withdraw": needs("admin", (of) => ({ ...slug(of), id: NOBODY })),
  "invitation.see": none("whoever has the secret is invited"),
  "invitation.accept": none("whoever has the secret is invited"),
  "handler.list": needs("admin", slug),
  "handler.add": needs("admin", (of) => ({ ...slug(of), kind: "webhook", url: "no address" })),
  "handler.switch": needs("admin", (of) => ({ ...slug(of), handlerId: of.handlerId, enabled: true })),
  "handler.test": needs("admin", (of) => ({ ...slug(of), handlerId: of.handlerId })),
  "token.whoami": none(OWN),
  "token.list": none(OWN),
  "token.create": needs("submitter", (of) => ({ name: "t", scopes: ["read"], projectSlug: of.slug, days: 1 })),
  "token.revoke": none(OWN),
  "science.align": needs("data", slug),
  "science.atlas": needs("data", (of) => ({ ...slug(of), level: null })),
  "science.ising": needs("data", slug),
  "science.cluster": needs("data", slug),
  "workunit.story": needs("data", (of) => ({ id: String(of.workunitId) }), "null"),
  "workunit.rerun": needs("data", (of) => ({ id: String(of.workunitId) })),
  "admin.become": none("whoever has the secret is asked to be the operator"),
  "admin.operators": none(OPERATORS),
  "admin.removeOperator": none(OPERATORS),
  "admin.users": none(OPERATORS),
  "admin.banUser": none(OPERATORS),
  "admin.unbanUser": none(OPERATORS),
  "admin.hosts": none(OPERATORS),
  "admin.banHost": none(OPERATORS),
  "admin.projects": none(OPERATORS),
  "admin.approve": none(OPERATORS),
  "admin.suspend": none(OPERATORS),
  "admin.setQuota": none(OPERATORS),
  "admin.takeOver": none(OPERATORS),
  "admin.refusals": none(OPERATORS),
  "admin.deeds": none(OPERATORS),
  "report.list": none(OPERATORS),
  "report.settle": none(OPERATORS),
  "report.create": none("answers nothing, and of hidden projects that there is none"),
  "leaderboard.list": none("people and teams; of a project only of one that everybody sees"),
  "leaderboard.mine": none(OWN),
  "credit.mine": none(OWN),
  "credit.results": none(OWN),
  "credit.chart": none(OWN),
  "credit.rename": none(OWN),
  "credit.share": none(OWN),
  "credit.person": none("what a person chose to show"),
  "credit.personChart": none("what a person chose to show"),
  "site.operator": none("who runs the site, for everybody"),
  "site.httpApi": none("describes addresses, for everybody"),
  "version.list": needs("see", slug),
  "version.byApp": needs("see", slug),
  "version.effect": needs("owner", ({ appVersionId }) => ({ appVersionId })),
  "version.deprecate": needs("owner", ({ appVersionId }) => ({ appVersionId, reason: "A test." })),
  "version.replace": needs("owner", ({ appVersionId }) => ({ fromVersionId: appVersionId, toVersionId: appVersionId })),
  "version.withdraw": needs("owner", ({ appVersionId }) => ({ appVersionId, reason: "A test." })),
  "batch.apps": needs("submitter", slug),
  "batch.plan": needs("submitter", ({ appVersionId }) => ({ appVersionId, options: { flops: 1 }, workunits: 1 })),
  "batch.choices": needs("submitter", ({ appVersionId }) => ({ appVersionId })),
  "batch.submit": needs("submitter", (of) => ({ open: newBatch(of), source: { format: "jsonl" }, text: "" })),
  "batch.open": needs("submitter", newBatch),
  "batch.finish": needs("submitter", (of) => ({ ...batch(of), parts: 1 })),
  "batch.discard": needs("submitter", batch),
  "batch.get": needs("see", batch),
  "batch.details": needs("see", batch),
  "batch.list": needs("see", slug),
  "batch.workunits": needs("data", batch),
  "batch.pause": needs("submitter", batch),
  "batch.resume": needs("submitter", batch),
  "batch.cancel": needs("submitter", batch),
  "batch.undoCancel": needs("submitter", batch),
  "batch.setPriority": needs("submitter", (of) => ({ ...batch(of), priority: 1 })),
  "batch.setNotices": needs("submitter", (of) => ({ ...batch(of), stopAbove: 0.5 })),
  "batch.retryFailed": needs("submitter", batch),
  "batch.fields": needs("data", batch),
  "batch.reduce": needs("data", (of) => ({ ...batch(of), reduction: { kind: "sum", field: "value" } })),
  "statistics.getConsent": none(OWN),
  "statistics.setStatisticsConsent": none(OWN),
  "status.get": none("numbers of the whole site, and of projects that everybody sees"),
  "team.list": none(TEAMS),
  "team.get": none(TEAMS),
  "team.members": none(TEAMS),
  "team.chart": none(TEAMS),
  "team.mine": none(TEAMS),
  "team.create": none(TEAMS),
  "team.change": none(TEAMS),
  "team.renewInvite": none(TEAMS),
  "team.join": none(TEAMS),
  "team.leave": none(TEAMS),
  "team.removeMember": none(TEAMS),
  "team.handOver": none(TEAMS),
  "volunteer.session": none("makes a device known"),
  "volunteer.exchange": none("hands work out; access.test.ts looks for that of hidden projects"),
};

/** Every procedure of `prefix.` where all have the same reason, so that new ones of it need no line. */
export const WHOLE_ROUTERS: Record<string, string> = {
  account: OWN,
};

export type RouteLine = { project: false; why: string } | { project: true; need: Need; path: (of: Subject) => string };

const at = (need: Need, path: (of: Subject) => string): RouteLine => ({ project: true, need, path });

/** The procedure of its name answers, and asks for what its own line says. */
const AS_PROCEDURE: readonly RouteLine[] = [{ project: false, why: "a procedure at an address of its own" }];

export const ROUTES: Record<string, readonly RouteLine[]> = {
  "GET /api/health": [{ project: false, why: "for load balancers" }],
  "GET /download/quorate.tgz": [{ project: false, why: "programs, for everybody" }],
  "GET /api/probe": [{ project: false, why: "the kernel that every device is tried with" }],
  "GET /api/files/:sha256": [
    at("data", (of) => `/api/files/${of.fileSha256}`),
    at("see", (of) => `/api/files/${of.versionSha256}`),
  ],
  "PUT /api/files/:sha256": [{ project: false, why: "needs a lease; volunteer-http.test.ts tries it without" }],
  "POST /api/park": [{ project: false, why: "needs leases" }],
  "GET /api/schema/exchange.json": [{ project: false, why: "the same for everybody" }],
  "GET /api/schema/kernel.json": [{ project: false, why: "the same for everybody" }],
  "GET /api/projects/:slug/results.csv": [at("data", (of) => `/api/projects/${of.slug}/results.csv`)],
  "GET /api/projects/:slug/results.json": [at("data", (of) => `/api/projects/${of.slug}/results.json`)],
  "GET /api/projects/:slug/picture/:sha256": [
    at("see", (of) => `/api/projects/${of.slug}/picture/${of.pictureSha256}`),
  ],
  "GET /api/openapi.json": [{ project: false, why: "describes addresses, for everybody" }],
  "GET /api/whoami": [{ project: false, why: OWN }],
  "GET /api/projects/:slug/versions": [at("see", (of) => `/api/projects/${of.slug}/versions`)],
  "GET /api/projects/:slug/batches": [at("see", (of) => `/api/projects/${of.slug}/batches`)],
  "GET /api/versions/:appVersionId/choices": [at("submitter", (of) => `/api/versions/${of.appVersionId}/choices`)],
  "GET /api/batches/:batchId": [at("see", (of) => `/api/batches/${of.batchId}`)],
  "GET /api/batches/:batchId/details": [at("see", (of) => `/api/batches/${of.batchId}/details`)],
  "GET /api/batches/:batchId/workunits": [at("data", (of) => `/api/batches/${of.batchId}/workunits`)],
  "POST /api/batches": AS_PROCEDURE,
  "POST /api/batches/plan": AS_PROCEDURE,
  "DELETE /api/batches/:batchId": AS_PROCEDURE,
  "POST /api/batches/:batchId/finish": AS_PROCEDURE,
  "POST /api/batches/:batchId/reduce": AS_PROCEDURE,
  "POST /api/batches/:batchId/pause": AS_PROCEDURE,
  "POST /api/batches/:batchId/resume": AS_PROCEDURE,
  "POST /api/batches/:batchId/cancel": AS_PROCEDURE,
  "POST /api/batches/:batchId/undo-cancel": AS_PROCEDURE,
  "POST /api/batches/:batchId/priority": AS_PROCEDURE,
  "POST /api/batches/:batchId/notices": AS_PROCEDURE,
  "POST /api/batches/:batchId/retry": AS_PROCEDURE,
  "POST /api/projects/:slug/versions": [
    { project: false, why: "for admins; tests/published/programs.test.ts tries it as others" },
  ],
  "POST /api/versions/:id/batches": [{ project: false, why: "downloads.test.ts tries it as somebody else" }],
  "PUT /api/batches/:id/parts/:number": [{ project: false, why: "asks for the same role as batch.finish" }],
  "GET /api/batches/:id/results.jsonl": [at("data", (of) => `/api/batches/${of.batchId}/results.jsonl`)],
  "GET /api/batches/:id/results.csv": [at("data", (of) => `/api/batches/${of.batchId}/results.csv`)],
  "GET /api/batches/:id/results.bin": [at("data", (of) => `/api/batches/${of.batchId}/results.bin`)],
  "GET /api/batches/:id/results.parquet": [at("data", (of) => `/api/batches/${of.batchId}/results.parquet`)],
  "GET /api/batches/:id/results.zip": [at("data", (of) => `/api/batches/${of.batchId}/results.zip`)],
  "GET /api/projects/:slug/results.jsonl": [at("data", (of) => `/api/projects/${of.slug}/results.jsonl`)],
  "GET /api/projects/:slug/results.bin": [at("data", (of) => `/api/projects/${of.slug}/results.bin`)],
  "GET /api/projects/:slug/results.parquet": [at("data", (of) => `/api/projects/${of.slug}/results.parquet`)],
  "GET /api/projects/:slug/results.zip": [at("data", (of) => `/api/projects/${of.slug}/results.zip`)],
  "PUT /api/projects/:slug/files/:sha256": [
    { project: false, why: "for submitters; upload.test.ts tries it as others" },
  ],
  "GET /api/workunits/:id/output": [at("data", (of) => `/api/workunits/${of.workunitId}/output`)],
};

/** Routes below these addresses have nothing of a project that is not everybody's. */
export const WHOLE_PATHS: Record<string, string> = {
  "/api/auth/": "signing in",
  "/api/account/": OWN,
  "/stats/": "what users chose to show, and the names of projects that everybody sees",
};

/** One white pixel. */
export const PIXEL_PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==";
