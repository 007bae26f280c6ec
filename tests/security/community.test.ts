import { beforeAll, describe, expect, test } from "vitest";
import { type Browser, withAccountsSite } from "../support/accounts-site.ts";

/** Teams, credit and public pages: what somebody else's numbers, sessions and links can do, over HTTP. */
const site = withAccountsSite({ CALLS_PER_MINUTE: 100_000 });

let founder: Browser;
let member: Browser;
let outsider: Browser;
let device: Browser;
let deviceUser = 0;
let teamId = 0;
const ids = { founder: 0, member: 0, outsider: 0 };
const TEXT = { name: "The Observers", description: "We look.", isOpen: false };

beforeAll(async () => {
  [founder, member, outsider] = [
    await site.signUp("founder@example.org"),
    await site.signUp("member@example.org"),
    await site.signUp("outsider@example.org"),
  ];
  device = site.browser();
  deviceUser = (await device.start("community device")).userId;
  for (const [name, browser] of Object.entries({ founder, member, outsider }) as [keyof typeof ids, Browser][]) {
    ids[name] = (await browser.ask<{ userId: number }>("credit.mine")).userId;
  }
  ({ teamId } = await founder.call<{ teamId: number }>("team.create", TEXT));
  const { inviteToken } = await founder.ask<{ inviteToken: string }>("team.get", { teamId });
  await member.call("team.join", { teamId, inviteToken });
}, 120_000);

const team = (browser: Browser) =>
  browser.ask<{ name: string; inviteToken: string | null; members: number }>("team.get", { teamId });
const rows = () =>
  site.now.rows("select * from team t join team_membership m on m.team_id = t.id order by t.id, m.user_id");

describe("what changes a team", () => {
  const CHANGES: [string, () => object][] = [
    ["team.change", () => ({ teamId, ...TEXT, name: "Taken over" })],
    ["team.renewInvite", () => ({ teamId })],
    ["team.removeMember", () => ({ teamId, memberId: ids.member })],
    ["team.removeMember", () => ({ teamId, memberId: ids.founder })],
    ["team.handOver", () => ({ teamId, memberId: ids.outsider })],
    ["team.handOver", () => ({ teamId, memberId: ids.member })],
    ["team.join", () => ({ teamId, inviteToken: "AAAAAAAAAAAAAAAAAAAAAA" })],
    ["team.leave", () => ({ teamId })],
  ];

  test.each(CHANGES)("%s is refused to everybody whose it is not, and nothing changes", async (route, input) => {
    const before = await rows();
    const stranger = site.browser();
    for (const nobody of [stranger, device]) expect((await nobody.mutate(route, input())).status).toBe(401);
    const answer = await outsider.mutate(route, input());
    expect([403, 404], answer.text).toContain(answer.status);
    if (!["team.join", "team.leave"].includes(route)) expect((await member.mutate(route, input())).status).toBe(403);
    // Another site's page, which makes the founder's own browser send it.
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await founder.mutate(route, input(), headers)).status).toBe(403);
    expect(await rows()).toEqual(before);
  });

  test("a team that does not exist, and numbers that are none, are told apart from nothing else", async () => {
    for (const [route, input] of CHANGES) {
      expect((await founder.mutate(route, { ...input(), teamId: 999_999 })).status, route).toBe(404);
      for (const bad of [0, -1, 1.5, "1", null, 1e300]) {
        expect((await founder.mutate(route, { ...input(), teamId: bad })).status, `${route} ${bad}`).toBe(400);
      }
    }
    expect(await founder.ask("team.get", { teamId: 999_999 })).toBeNull();
  });

  test("a user's id in the input decides nothing", async () => {
    const before = await rows();
    const answer = await outsider.mutate("team.leave", { teamId, userId: ids.member, memberId: ids.member });
    expect(answer.status).toBe(404);
    expect(await rows()).toEqual(before);
  });

  test("needs an account: a device without one founds and joins nothing", async () => {
    expect((await device.mutate("team.create", { ...TEXT, name: "Anonymous herd" })).status).toBe(401);
    expect(await device.ask("team.mine")).toEqual({ isSignedIn: false, teamId: null });
  });
});

describe("what is seen of a team", () => {
  test("its invite link by its founder only", async () => {
    expect((await team(founder)).inviteToken).toMatch(/^[\w-]{22}$/);
    for (const other of [member, outsider, device, site.browser()]) {
      const answer = await other.query("team.get", { teamId });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain((await team(founder)).inviteToken);
    }
    const listed = await outsider.query("team.list", {});
    expect(listed.text).toContain("The Observers");
    expect(listed.text).not.toMatch(/invite|token/i);
  });

  test("members without a public name are numbers; addresses of mail never appear", async () => {
    const answer = await outsider.query("team.members", { teamId });
    expect(answer.text).toContain(`"userId":${ids.member},"name":null`);
    expect(answer.text).not.toContain("example.org");
  });
});

describe("credit", () => {
  test("is one's own: a session that is missing, wrong or old asks in vain", async () => {
    for (const token of [null, "nonsense", `${"x".repeat(40)}.${"y".repeat(40)}`]) {
      const nobody = site.browser(token === null ? {} : { authorization: `Bearer ${token}` });
      for (const [route, input] of [
        ["credit.mine", undefined],
        ["credit.results", { after: null }],
        ["credit.chart", { step: "day", split: "device" }],
      ] as const) {
        expect((await nobody.query(route, input)).status, route).toBe(401);
      }
      expect((await nobody.mutate("credit.rename", { name: "Mallory" })).status).toBe(401);
      expect((await nobody.mutate("credit.share", { isPublic: true })).status).toBe(401);
      expect(await nobody.ask("leaderboard.mine", { kind: "users", order: "total" })).toBeNull();
    }
  });

  test("of a device is that of its user, whatever the input says", async () => {
    const mine = await device.ask<{ userId: number; devices: unknown[] }>("credit.mine", { userId: ids.founder });
    expect(mine).toMatchObject({ userId: deviceUser });
    expect(mine.devices).toHaveLength(1);
  });

  test("a page of another's results is no page of one's own: the cursor names a place, not a person", async () => {
    const results = await outsider.ask("credit.results", {
      after: { reportedSeconds: 2_000_000_000, resultId: 2_000_000_000 },
    });
    expect(results).toEqual([]);
  });
});

describe("a public page", () => {
  const person = (id: number) => site.browser().ask("credit.person", { id });

  test("is there only when the person chose it, under a name, and goes when they take it back", async () => {
    expect(await person(ids.founder)).toBeNull();
    expect((await founder.mutate("credit.share", { isPublic: true })).status).toBe(409);
    await founder.call("credit.rename", { name: "Caroline H." });
    expect(await person(ids.founder)).toBeNull();
    await founder.call("credit.share", { isPublic: true });
    expect(await person(ids.founder)).toMatchObject({ name: "Caroline H.", team: { id: teamId } });
    const told = (await site.browser().query("credit.person", { id: ids.founder })).text;
    expect(told).not.toMatch(/example\.org|devices|hostId|network|invite/);
    await founder.call("credit.share", { isPublic: false });
    expect(await person(ids.founder)).toBeNull();
    expect(
      (await site.browser().query("credit.personChart", { id: ids.founder, step: "day", split: "all" })).status,
    ).toBe(404);
  });

  test("of nobody, of somebody who wants none, and of somebody who was deleted look the same", async () => {
    await site.now.rows(
      "update app_user set deleted_seconds = 1, public_since_seconds = null, name = null, auth_user_id = null where id = $1",
      [deviceUser],
    );
    const texts = [999_999, ids.outsider, deviceUser].map(
      async (id) => (await site.browser().query("credit.person", { id })).text,
    );
    expect(new Set(await Promise.all(texts)).size).toBe(1);
  });

  test("shows nobody's devices, also not by asking the chart for them", async () => {
    await member.call("credit.rename", { name: "William H." });
    await member.call("credit.share", { isPublic: true });
    const chart = await site.browser().query("credit.personChart", { id: ids.member, step: "day", split: "device" });
    expect(chart.status).toBe(400);
  });

  test("an empty name ends it", async () => {
    await member.call("credit.rename", { name: "William H." });
    await member.call("credit.share", { isPublic: true });
    await member.call("credit.rename", { name: "" });
    expect(await site.now.row("select public_since_seconds from app_user where id = $1", [ids.member])).toEqual({
      public_since_seconds: null,
    });
  });
});

test("boards take places from outside, and no more than places", async () => {
  const board = { kind: "users", order: "total" };
  for (const bad of [
    { value: "1; drop table team", id: 1, rank: 1 },
    { value: 1, id: -1, rank: 1 },
    { value: 1 },
    "top",
  ]) {
    expect((await outsider.query("leaderboard.list", { ...board, after: bad })).status).toBe(400);
  }
  for (const bad of [{ ...board, kind: "hosts" }, { ...board, order: "name; --" }, {}]) {
    expect((await outsider.query("leaderboard.list", bad)).status).toBe(400);
  }
  expect((await outsider.query("leaderboard.list", { ...board, project: "no-such-project" })).status).toBe(404);
  expect(await outsider.ask("leaderboard.list", { ...board, after: { value: 1e18, id: 5, rank: 1 } })).toEqual([]);
});
