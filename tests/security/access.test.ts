import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { routes } from "../../server/http/routes.ts";
import { Refusal } from "../../server/refusal.ts";
import { appRouter } from "../../server/trpc/router.ts";
import { outputOf, outputReport } from "../db/engine/lab.ts";
import { accountViewer } from "../support/account-viewer.ts";
import { type Line, type Need, PROCEDURES, ROUTES, WHOLE_PATHS, WHOLE_ROUTERS } from "./access-table.ts";
import {
  bearers,
  CALLERS,
  type CallerKind,
  callerOf,
  idOf,
  KINDS,
  lab,
  PROJECTS,
  type ProjectKind,
  subjects,
  viewers,
} from "./access-world.ts";

/** Every procedure and every route, as every kind of caller, on every kind of project. */

/** Whether this caller is that much to this project; said once more, without any of the code that is tested. */
function may(caller: CallerKind, need: Need, kind: ProjectKind): boolean {
  const { state, isPublic, suspended } = PROJECTS[kind];
  const isVisible = state === "published" && !suspended;
  const rank = { operator: 4, owner: 3, admin: 2, submitter: 1 }[caller as string] ?? 0;
  const wanted = { operator: 4, owner: 3, admin: 2, submitter: 1, data: 1, see: 1 }[need];
  if (need === "see" && isVisible) return true;
  if (need === "data" && isVisible && isPublic) return true;
  return rank >= wanted;
}

type Outcome = { kind: "value"; value: unknown } | { kind: "denied" | "other"; message: string };

const DENIALS =
  /^There is no such (project|batch|workunit)\.$|members' only\.$|^Only (owners|owners and admins|members) of this project may|^Nobody is known|^Sign in first|cannot be done with a token|^Only operators/;

async function call(caller: CallerKind, path: string, input: unknown): Promise<Outcome> {
  const [router = "", name = ""] = path.split(".");
  const procedures = callerOf(caller) as unknown as Record<
    string,
    Record<string, (input: unknown) => Promise<unknown>>
  >;
  const procedure = procedures[router]?.[name];
  if (procedure === undefined) throw new Error(`there is no procedure ${path}`);
  try {
    return { kind: "value", value: await procedure(input) };
  } catch (error) {
    const { cause, message } = error as Error;
    if (!(cause instanceof Refusal)) throw error;
    return { kind: DENIALS.test(message) ? "denied" : "other", message };
  }
}

function isDenied(outcome: Outcome, line: Extract<Line, { project: true }>): boolean {
  if (outcome.kind !== "value") return outcome.kind === "denied";
  if (line.refused === "null") return outcome.value === null;
  return line.refused === "empty" && Array.isArray(outcome.value) && outcome.value.length === 0;
}

const allProcedures = Object.keys((appRouter._def as unknown as { procedures: Record<string, unknown> }).procedures);

describe("the table", () => {
  test("has a line for every procedure, and none for what is not there", () => {
    const needed = allProcedures.filter((path) => !((path.split(".")[0] ?? "") in WHOLE_ROUTERS));
    expect(Object.keys(PROCEDURES).sort()).toEqual(needed.sort());
  });

  test("has a line for every plain route, and none for what is not there", () => {
    const all = routes.map(({ method, path }) => `${method} ${path}`);
    const needed = all.filter((route) => {
      const path = route.split(" ")[1] ?? "";
      return !Object.keys(WHOLE_PATHS).some((prefix) => path.startsWith(prefix));
    });
    expect(Object.keys(ROUTES).sort()).toEqual([...new Set(needed)].sort());
  });
});

const concerned = Object.entries(PROCEDURES).flatMap(([path, line]) => (line.project ? [{ path, line }] : []));

describe.each(concerned)("$path", ({ path, line }) => {
  test.each(KINDS)("on a project that is %s", async (kind) => {
    const of = subjects.get(kind);
    if (of === undefined) throw new Error(`there is no project ${kind}`);
    const wrong: string[] = [];
    for (const caller of CALLERS) {
      // A token's scope is asked before anything else, and these procedures take no token at all.
      const outcome = await call(caller, path, line.input(of));
      const isToken = caller === "owner's token of another project";
      const allowed = may(caller, line.need, kind) && !(isToken && outcome.kind === "denied");
      if (isDenied(outcome, line) === allowed) {
        wrong.push(`${caller}: ${allowed ? "refused" : "let in"}, ${JSON.stringify(outcome).slice(0, 200)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

const concernedRoutes = Object.entries(ROUTES).flatMap(([route, lines]) =>
  lines.flatMap((line) => (line.project ? [{ route, need: line.need, line }] : [])),
);

describe.each(concernedRoutes)("$route ($need)", ({ line }) => {
  test.each(KINDS)("on a project that is %s", async (kind) => {
    const of = subjects.get(kind);
    if (of === undefined) throw new Error(`there is no project ${kind}`);
    const wrong: string[] = [];
    for (const caller of CALLERS) {
      const bearer = bearers.get(caller);
      const headers: Record<string, string> = bearer ? { authorization: `Bearer ${bearer}` } : {};
      const response = await fetch(`${lab.base}${line.path(of)}`, { headers });
      await response.arrayBuffer();
      const allowed = may(caller, line.need, kind);
      if ((response.status === 200) !== allowed) wrong.push(`${caller}: ${response.status}`);
      const isEverybodys = may("nobody", line.need, kind);
      const keeps = response.headers.get("cache-control") ?? "";
      // What is not everybody's must not stay in a cache that others share.
      if (response.status === 200 && !isEverybodys && keeps.includes("public")) wrong.push(`${caller}: ${keeps}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("operators' procedures", () => {
  const names = allProcedures.filter(
    (path) => PROCEDURES[path]?.project === false && /^(admin\.(?!become)|report\.(list|settle))/.test(path),
  );

  test.each(names)("%s refuses everybody else", async (path) => {
    const refused = /^(Nobody is known|Sign in first|Only operators|This cannot be done with a token)/;
    for (const caller of CALLERS) {
      const outcome = await call(caller, path, inputOf(path));
      const message = outcome.kind === "value" ? "" : outcome.message;
      expect([caller, refused.test(message)]).toEqual([caller, caller !== "operator"]);
    }
  });

  const NOTHING = 999_999_999;
  function inputOf(path: string): unknown {
    if (path.endsWith("deeds")) return { beforeId: null };
    if (path === "report.list") return { settled: false, beforeId: null };
    if (path === "report.settle") return { id: NOTHING, note: "" };
    const all = {
      id: NOTHING,
      text: "",
      beforeId: null,
      slug: "nothing",
      reason: "for a test",
      storageBytes: null,
      share: 1,
    };
    return all;
  }
});

describe("lists and work", () => {
  test("no hidden project is in a list for everybody, every member finds all of theirs", async () => {
    const hidden = KINDS.filter((kind) => !may("nobody", "see", kind)).map((kind) => subjects.get(kind)?.slug);
    const shown = (await callerOf("stranger").project.list()).map((project) => project.slug);
    expect(shown.filter((slug) => hidden.includes(slug))).toEqual([]);
    expect(shown).toContain(subjects.get("published, members' data")?.slug);
    const mine = (await callerOf("submitter").project.mine()).map((project) => project.slug);
    expect(mine.sort()).toEqual([...subjects.values()].map((of) => of.slug).sort());
    expect(await callerOf("stranger").project.mine()).toEqual([]);
    const status = JSON.stringify(await callerOf("nobody").status.get());
    for (const slug of hidden) expect(status).not.toContain(`"${slug}"`);
  });

  test("work of an unpublished project goes to its members alone, of a suspended one to nobody", async () => {
    const current = lab.engine;
    const { appVersionId, projectId, slug } = await current.app();
    await current.submit(appVersionId, 3);
    await current.deps.pool.query("update project set state = 'unpublished' where id = $1", [projectId]);
    current.deps.versions.forget();
    const [member, stranger] = [await current.host(), await current.host()];
    await current.deps.pool.query(
      "insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, 'submitter', 1)",
      [projectId, member.userId],
    );
    current.slug = slug;
    expect(await current.claim(stranger)).toEqual([]);
    expect(await current.claim(member)).toHaveLength(1);
    await current.deps.pool.query("update project set suspended_reason = 'no' where id = $1", [projectId]);
    current.deps.versions.forget();
    const other = await current.host();
    await current.deps.pool.query(
      "insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, 'submitter', 1)",
      [projectId, other.userId],
    );
    expect(await current.claim(other)).toEqual([]);
  });

  test("a members' file is given to the device that has a lease of its project, as long as it has", async () => {
    const { appVersionId, projectId } = await lab.engine.app();
    await lab.engine.deps.pool.query("update project set is_public = false where id = $1", [projectId]);
    const input = randomBytes(20_000);
    await lab.engine.submit(appVersionId, 1, { input });
    const host = await lab.engine.host();
    const token = lab.engine.deps.secrets.sessionToken(host.hostId, Math.floor(Date.now() / 1000) + 1_000);
    const get = async (sha256: string) => {
      const response = await fetch(`${lab.base}/api/files/${sha256}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return { status: response.status, bytes: (await response.arrayBuffer()).byteLength };
    };
    const { sha256 } = await lab.engine.row<{ sha256: string }>(
      "select input_sha256 as sha256 from workunit where app_version_id = $1",
      [appVersionId],
    );
    expect((await get(sha256)).status).toBe(404);
    const [lease] = await lab.engine.claim(host);
    if (!lease) throw new Error("no work");
    expect(await get(sha256)).toEqual({ status: 200, bytes: 20_000 });
    await lab.engine.report(host, outputReport(lease, outputOf(1)));
    expect((await get(sha256)).status).toBe(404);
  });
});

describe("scopes of tokens", () => {
  const meta = Object.entries(
    (appRouter._def as unknown as { procedures: Record<string, { _def: { meta?: { scope?: string } } }> }).procedures,
  );
  const scoped = meta.flatMap(([path, { _def }]) => (_def.meta?.scope ? [{ path, scope: _def.meta.scope }] : []));
  const OTHERS = ["read", "submit", "publish", "manage"] as const;

  test.each(scoped)("$path refuses a token without $scope", async ({ path, scope }) => {
    const of = subjects.get("published, public");
    const line = PROCEDURES[path];
    if (of === undefined || line === undefined)
      return expect(path.split(".")[0]).toSatisfy((name: string) => name in WHOLE_ROUTERS);
    viewers.set("owner", accountViewer(idOf("owner"), { via: "token", scopes: OTHERS.filter((one) => one !== scope) }));
    try {
      const said = call("owner", path, line.project ? line.input(of) : {});
      await expect(said).resolves.toMatchObject({ kind: "other", message: `This token lacks the scope "${scope}".` });
    } finally {
      viewers.set("owner", accountViewer(idOf("owner")));
    }
  });
});
