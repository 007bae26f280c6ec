import { beforeAll, describe, expect, test } from "vitest";
import { findPerson } from "../../../server/account/person.ts";
import type { Viewer } from "../../../server/account/viewer.ts";
import { DAY_SECONDS } from "../../../server/core/limits.ts";
import type { Deps } from "../../../server/deps.ts";
import { listDeeds } from "../../../server/operator/audit-log.ts";
import { banHost, banUser, unbanUser } from "../../../server/operator/bans.ts";
import { countRefusal, flushRefusals } from "../../../server/operator/count-refusals.ts";
import { approveProject, setQuota, suspendProject, takeOver } from "../../../server/operator/govern-project.ts";
import { listAllProjects, listHosts, listRefusals, listUsers } from "../../../server/operator/look-at-site.ts";
import {
  hasOperator,
  listOperators,
  makeOperatorLink,
  OPERATOR_LINK_SECONDS,
  openOperatorLink,
  removeOperator,
} from "../../../server/operator/operator-link.ts";
import { changeProject, foundProject, publishProject } from "../../../server/project/found-project.ts";
import {
  acceptInvitation,
  INVITATION_SECONDS,
  invite,
  listInvitations,
  seeInvitation,
  withdrawInvitation,
} from "../../../server/project/invitations.ts";
import { changeRole, handOver, listMembers, removeMember } from "../../../server/project/members.ts";
import { getProjectSettings, listMyProjects } from "../../../server/project/my-projects.ts";
import { holderOfToken } from "../../../server/token/holder-of-token.ts";
import { createToken, listTokens, revokeToken } from "../../../server/token/manage-tokens.ts";
import { accountViewer } from "../../support/account-viewer.ts";
import { withLab } from "../engine/lab.ts";

/** Projects and who belongs to them, tokens, and those who run the site. */

const lab = withLab();
let deps: Deps;
let now = 0;
beforeAll(() => {
  deps = lab.current.deps;
  now = lab.current.now;
});

let counter = 0;

async function person(more: Partial<Viewer> = {}): Promise<Viewer> {
  counter += 1;
  const { rows } = await deps.pool.query<{ id: number }>(
    "insert into app_user (name, is_anonymous, created_seconds) values ($1, false, 1) returning id",
    [`Person ${counter}`],
  );
  return accountViewer(rows[0]?.id ?? 0, { name: `Person ${counter}`, ...more });
}

const ABOUT = { name: "A", summary: "S.", description: "D.", organisation: "O", isPublic: true };

async function project(owner: Viewer): Promise<string> {
  counter += 1;
  return (await foundProject(deps, owner, { ...ABOUT, slug: `own-${counter}` }, now)).slug;
}

async function join(owner: Viewer, slug: string, role: "owner" | "admin" | "submitter", who?: Viewer): Promise<Viewer> {
  const viewer = who ?? (await person());
  await acceptInvitation(deps, viewer, (await invite(deps, owner, { slug, role, email: null }, now)).token, now);
  return viewer;
}

const rolesOf = async (viewer: Viewer, slug: string) =>
  Object.fromEntries((await listMembers(deps.pool, viewer, slug)).map(({ name, role }) => [name, role]));

describe("a project of one's own", () => {
  test("begins unpublished, with its maker as owner; whether its data are public must be said", async () => {
    const owner = await person();
    const slug = await project(owner);
    expect(await listMyProjects(deps.pool, owner)).toMatchObject([{ slug, role: "owner", state: "unpublished" }]);
    const { isPublic: _unsaid, ...unsaid } = ABOUT;
    await expect(foundProject(deps, owner, { ...unsaid, slug: "unsaid" } as never, now)).rejects.toThrow("isPublic");
  });

  test.each([
    ["an address that is taken", { slug: "taken" }, "There is a project taken already"],
    ["an address of the site's own", { slug: "new" }, "an address of the site's own"],
    ["an address with a slash", { slug: "a/b" }, "use lower-case letters"],
    ["a link that is a script", { slug: "s", links: [{ label: "x", url: "javascript:alert(1)" }] }, "links.0.url"],
    ["no name", { slug: "nameless", name: "  " }, "name"],
    ["something unknown", { slug: "more", share: 1000 }, "share"],
  ])("refuses %s", async (_title, wrong, message) => {
    const owner = await person();
    if ("slug" in wrong && wrong.slug === "taken") await foundProject(deps, owner, { ...ABOUT, slug: "taken" }, now);
    await expect(foundProject(deps, owner, { ...ABOUT, ...wrong } as never, now)).rejects.toThrow(message);
  });

  test("of two who want one address at the same moment one gets it", async () => {
    const both = [await person(), await person()];
    const said = await Promise.allSettled(
      both.map((owner) => foundProject(deps, owner, { ...ABOUT, slug: "wanted" }, now)),
    );
    expect(said.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("a change leaves alone what it does not mention", async () => {
    const owner = await person();
    const slug = await project(owner);
    const links = [{ label: "Paper", url: "https://example.org/paper" }];
    await changeProject(deps, owner, { slug, change: { links, licence: "CC0-1.0" } }, now);
    await changeProject(deps, owner, { slug, change: { name: "Other" } }, now);
    expect(await getProjectSettings(deps.pool, owner, slug, now)).toMatchObject({
      name: "Other",
      links,
      licence: "CC0-1.0",
      isPublic: true,
      summary: "S.",
    });
    await changeProject(deps, owner, { slug, change: { links: [], licence: "", isPublic: false } }, now);
    expect(await getProjectSettings(deps.pool, owner, slug, now)).toMatchObject({
      links: [],
      licence: null,
      isPublic: false,
    });
  });

  test("is published at once, or waits for an operator where the site wants that", async () => {
    const owner = await person();
    const operator = await person({ isOperator: true });
    const slug = await project(owner);
    const publish = (viewer: Viewer, needsApproval: boolean) =>
      publishProject(deps, viewer, { slug, publish: true, needsApproval }, now);
    expect(await publish(owner, true)).toBe("waiting");
    await approveProject(deps, operator, slug, now);
    await expect(approveProject(deps, operator, slug, now)).rejects.toThrow("does not wait");
    // Approved once: saying it again does not take it back.
    expect(await publish(owner, true)).toBe("published");
    expect(await publishProject(deps, owner, { slug, publish: false, needsApproval: true }, now)).toBe("unpublished");
    expect(await publish(operator, true)).toBe("published");
  });
});

describe("invitations", () => {
  test("a link is good once, for a week, and not after it was withdrawn", async () => {
    const owner = await person();
    const slug = await project(owner);
    const make = () => invite(deps, owner, { slug, role: "submitter", email: null }, now);
    const used = await make();
    expect(await seeInvitation(deps.pool, used.token, now)).toMatchObject({ project: { slug }, role: "submitter" });
    await join(owner, slug, "submitter");
    const guest = await person();
    await acceptInvitation(deps, guest, used.token, now);
    await expect(acceptInvitation(deps, await person(), used.token, now)).rejects.toThrow("was used, withdrawn");
    const late = await make();
    await expect(acceptInvitation(deps, guest, late.token, now + INVITATION_SECONDS)).rejects.toThrow("has run out");
    const withdrawn = await make();
    const [newest] = await listInvitations(deps.pool, owner, slug, now);
    await withdrawInvitation(deps, owner, { slug, id: newest?.id ?? 0 }, now);
    expect(await seeInvitation(deps.pool, withdrawn.token, now)).toBeNull();
    const stored = JSON.stringify((await deps.pool.query("select * from project_invitation")).rows);
    for (const { token } of [used, late, withdrawn]) expect(stored).not.toContain(token);
  });

  test("of many who open one link at the same moment one comes in", async () => {
    const owner = await person();
    const slug = await project(owner);
    const { token } = await invite(deps, owner, { slug, role: "admin", email: null }, now);
    const guests = await Promise.all(Array.from({ length: 5 }, () => person()));
    const said = await Promise.allSettled(guests.map((guest) => acceptInvitation(deps, guest, token, now)));
    expect(said.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await listMembers(deps.pool, owner, slug)).toHaveLength(2);
  });

  test("an admin makes no owners, nor takes their invitations back; a link never lowers a role", async () => {
    const owner = await person();
    const slug = await project(owner);
    const admin = await join(owner, slug, "admin");
    await expect(invite(deps, admin, { slug, role: "owner", email: null }, now)).rejects.toThrow("Only owners");
    await invite(deps, owner, { slug, role: "owner", email: null }, now);
    const [open] = await listInvitations(deps.pool, admin, slug, now);
    await expect(withdrawInvitation(deps, admin, { slug, id: open?.id ?? 0 }, now)).rejects.toThrow("Only owners");
    await join(admin, slug, "submitter", owner);
    expect((await rolesOf(owner, slug))[owner.name ?? ""]).toBe("owner");
    await join(owner, slug, "owner", admin);
    expect((await rolesOf(owner, slug))[admin.name ?? ""]).toBe("owner");
  });
});

describe("members", () => {
  test("an owner always stays: leaving, stepping down and being taken out are refused to the last one", async () => {
    const owner = await person();
    const slug = await project(owner);
    const admin = await join(owner, slug, "admin");
    const { userId } = owner;
    await expect(removeMember(deps, owner, { slug, userId }, now)).rejects.toThrow("needs an owner");
    await expect(changeRole(deps, owner, { slug, userId, role: "admin" }, now)).rejects.toThrow("needs an owner");
    await handOver(deps, owner, { slug, userId: admin.userId }, now);
    expect(await rolesOf(owner, slug)).toEqual({ [admin.name ?? ""]: "owner", [owner.name ?? ""]: "admin" });
    await removeMember(deps, owner, { slug, userId }, now);
    await expect(listMembers(deps.pool, owner, slug)).rejects.toThrow("There is no such project");
  });

  test("two owners who leave at the same moment: one of them stays", async () => {
    const owner = await person();
    const slug = await project(owner);
    const second = await join(owner, slug, "owner");
    const said = await Promise.allSettled(
      [owner, second].map((one) => removeMember(deps, one, { slug, userId: one.userId }, now)),
    );
    expect(said.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("admins take out submitters, not each other; submitters take out nobody but themselves", async () => {
    const owner = await person();
    const slug = await project(owner);
    const [admin, other] = [await join(owner, slug, "admin"), await join(owner, slug, "admin")];
    const [one, two] = [await join(owner, slug, "submitter"), await join(owner, slug, "submitter")];
    const remove = (viewer: Viewer, who: Viewer) => removeMember(deps, viewer, { slug, userId: who.userId }, now);
    await expect(remove(one, two)).rejects.toThrow("Only owners and admins");
    await expect(remove(admin, other)).rejects.toThrow("Only owners");
    await remove(admin, one);
    await remove(two, two);
    expect(Object.values(await rolesOf(owner, slug)).sort()).toEqual(["admin", "admin", "owner"]);
  });

  test("what owners and operators do is written down, and nobody takes it back", async () => {
    const owner = await person();
    const slug = await project(owner);
    await join(owner, slug, "submitter");
    const { id } = await lab.current.row<{ id: number }>("select id from project where slug = $1", [slug]);
    const deeds = await listDeeds(deps.pool, { projectId: id, beforeId: null, limit: 10 });
    expect(deeds.map(({ action }) => action)).toEqual(["invitation.accept", "invitation.create", "project.create"]);
    for (const statement of ["delete from audit_log", "update audit_log set action = ''", "truncate audit_log"]) {
      await expect(deps.pool.query(statement)).rejects.toThrow("only ever added to");
    }
  });
});

describe("personal tokens", () => {
  const wish = { name: "laptop", scopes: ["submit", "read"] as const, projectSlug: null, days: 30 };
  const make = (viewer: Viewer, more: Record<string, unknown> = {}) =>
    createToken(deps, viewer, { ...wish, scopes: [...wish.scopes], ...more }, now);

  test("act for their user within their scopes, until they run out", async () => {
    const user = await person();
    const { token } = await make(user);
    expect(token).toMatch(/^qrt_[0-9a-f]{72}$/);
    expect(await holderOfToken(deps.pool, token, now)).toEqual({
      userId: user.userId,
      scopes: ["read", "submit"],
      projectId: null,
    });
    expect(await holderOfToken(deps.pool, token, now + 30 * DAY_SECONDS)).toBeNull();
  });

  test("are stored as a hash alone, listed without it, and used last when they were", async () => {
    const user = await person();
    const { token } = await make(user);
    const stored = JSON.stringify((await deps.pool.query("select * from personal_token")).rows);
    expect(stored).not.toContain(token.slice(4, 40));
    const [before] = await listTokens(deps.pool, user, now);
    expect(before).toMatchObject({ name: "laptop", ending: token.slice(-4), lastUsedSeconds: null, isExpired: false });
    await holderOfToken(deps.pool, token, now + 5);
    expect((await listTokens(deps.pool, user, now))[0]?.lastUsedSeconds).toBe(now + 5);
  });

  test("end when they are revoked, by their own user alone", async () => {
    const [user, thief] = [await person(), await person()];
    const { id, token } = await make(user);
    await expect(revokeToken(deps, thief, id, now)).rejects.toThrow("no such token");
    await revokeToken(deps, user, id, now);
    expect(await holderOfToken(deps.pool, token, now)).toBeNull();
    expect(await listTokens(deps.pool, user, now)).toEqual([]);
  });

  test("of one project are made by its members only", async () => {
    const owner = await person();
    const slug = await project(owner);
    const { token } = await make(owner, { projectSlug: slug });
    expect((await holderOfToken(deps.pool, token, now))?.projectId).toBeGreaterThan(0);
    await expect(make(await person(), { projectSlug: slug })).rejects.toThrow("There is no such project");
  });

  test.each([
    ["one digit changed", (token: string) => `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`],
    ["cut short", (token: string) => token.slice(0, 40)],
    ["of a host's session", () => "12.1800000000.abc"],
  ])("are nobody's when they are %s", async (_title, change) => {
    const { token } = await make(await person());
    expect(await holderOfToken(deps.pool, change(token), now)).toBeNull();
  });

  test.each([
    ["no scope", { scopes: [] }],
    ["a scope that does not exist", { scopes: ["everything"] }],
    ["an end in the past", { days: 0 }],
  ])("are not made with %s", async (_title, wrong) => {
    await expect(make(await person(), wrong)).rejects.toThrow("The token cannot be accepted");
  });
});

describe("operators", () => {
  test("the first one comes by a link that is good once, for two days, until the next is made", async () => {
    const [first, second] = [await person(), await person()];
    expect(await hasOperator(deps.pool)).toBe(false);
    const secretOf = (path: string) => path.split("/").at(-1) ?? "";
    const replaced = secretOf(await makeOperatorLink(deps.pool, now));
    const secret = secretOf(await makeOperatorLink(deps.pool, now));
    const setting = await lab.current.row("select value from setting where key = 'operator_link'");
    expect(JSON.stringify(setting)).not.toContain(secret);
    await expect(openOperatorLink(deps, first, replaced, now)).rejects.toThrow("used, replaced or has run out");
    await expect(openOperatorLink(deps, first, secret, now + OPERATOR_LINK_SECONDS)).rejects.toThrow("has run out");
    const said = await Promise.allSettled([first, second].map((one) => openOperatorLink(deps, one, secret, now)));
    expect(said.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const [operator] = await listOperators(deps.pool);
    await expect(removeOperator(deps, first, operator?.userId ?? 0, now)).rejects.toThrow("needs an operator");
  });

  test("shut out users and devices, for a reason that is told at every call", async () => {
    const operator = await person({ isOperator: true });
    const host = await lab.current.host();
    await banUser(deps, operator, { id: host.userId, reason: "Sends nonsense." }, now);
    expect(await findPerson(deps.pool, host.userId)).toMatchObject({ bannedReason: "Sends nonsense." });
    const { appVersionId } = await lab.current.app();
    await lab.current.submit(appVersionId, 2);
    const ask = () => lab.current.exchange(host, { want: { results: 1, backends: ["wasm"] } });
    expect(await ask()).toMatchObject({ leases: [], reason: { message: expect.stringContaining("Sends nonsense.") } });
    await unbanUser(deps, operator, host.userId, now);
    await banHost(deps, operator, { id: host.hostId, reason: "Broken memory." }, now);
    expect(await ask()).toMatchObject({ leases: [], reason: { message: expect.stringContaining("Broken memory.") } });
    await banHost(deps, operator, { id: host.hostId, reason: null }, now);
    expect((await ask()).leases).toHaveLength(1);
    const ofOperators = (await listOperators(deps.pool))[0]?.userId ?? 0;
    await expect(banUser(deps, operator, { id: ofOperators, reason: "no" }, now)).rejects.toThrow("cannot be shut out");
  });

  test("suspend, resume, give room, and take over what belongs to nobody", async () => {
    const operator = await person({ isOperator: true });
    const { slug, projectId } = await lab.current.app();
    await suspendProject(deps, operator, { slug, reason: "Under review." }, now);
    const seen = async () => (await listAllProjects(deps.pool)).find((one) => one.slug === slug);
    expect(await seen()).toMatchObject({ suspendedReason: "Under review.", owners: [] });
    await suspendProject(deps, operator, { slug, reason: null }, now);
    await setQuota(deps, operator, { slug, storageBytes: 5_000_000, share: 2 }, now);
    await takeOver(deps, operator, slug, now);
    expect(await seen()).toMatchObject({
      suspendedReason: null,
      storageQuotaBytes: 5_000_000,
      share: 2,
      owners: [operator.name],
    });
    const deeds = await listDeeds(deps.pool, { projectId, beforeId: null, limit: 10 });
    expect(deeds.map(({ action }) => action)).toEqual([
      "project.take_over",
      "project.quota",
      "project.resume",
      "project.suspend",
    ]);
  });

  test("find users and devices by name and number; a search means what it says", async () => {
    const someone = await person();
    await deps.pool.query("update app_user set name = '100% _me_' where id = $1", [someone.userId]);
    const names = async (text: string) =>
      (await listUsers(deps.pool, { text, beforeId: null })).map(({ name }) => name);
    expect(await names("% _ME")).toEqual(["100% _me_"]);
    expect(await names(String(someone.userId))).toContain("100% _me_");
    expect(await names("_erson")).toEqual([]);
    const host = await lab.current.host();
    expect(await listHosts(deps.pool, { text: String(host.userId), beforeId: null })).toMatchObject([
      { id: host.hostId, valid: 0 },
    ]);
  });

  test("see how often calls were refused, whichever process refused them", async () => {
    for (let n = 0; n < 3; n += 1) countRefusal(deps.pool, "volunteer.exchange", "rate_limited");
    await flushRefusals(deps, now);
    countRefusal(deps.pool, "volunteer.exchange", "rate_limited");
    const routes = ["PUT /api/batches/:batchId/parts/:number", "PUT /api/files/:sha256"];
    for (const path of routes) countRefusal(deps.pool, path, "too_large");
    await flushRefusals(deps, now);
    expect(await listRefusals(deps.pool, now - 3_600, now)).toEqual([
      { path: "volunteer.exchange", code: "rate_limited", n: 4, lastHour: 4 },
      ...routes.map((path) => ({ path, code: "too_large", n: 1, lastHour: 1 })),
    ]);
    expect(await flushRefusals(deps, now)).toBe(0);
  });
});
