import { request } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { nowSeconds } from "../../server/clock.ts";
import { createCallLimiter } from "../../server/http/rate-limit.ts";
import { MAX_BATCH_SIZE } from "../../server/trpc/http.ts";
import { outputOf, outputReport } from "../db/engine/lab.ts";
import { type Browser, withAccountsSite } from "../support/accounts-site.ts";

/** What somebody tries who has read the source, over HTTP. */
const site = withAccountsSite({ CALLS_PER_MINUTE: 100_000, ANONYMOUS_PER_HOUR: 100_000 });

const PROJECT = { name: "A project", summary: "s", description: "d", organisation: "o", isPublic: false };

let owner: Browser;
beforeAll(async () => {
  site.now.now = nowSeconds();
  owner = await site.signUp("owner@example.org");
  await owner.call("project.create", { ...PROJECT, slug: "hidden" });
}, 120_000);

/** A browser with this account's cookies and another device. */
async function deviceOf(account: Browser, name: string): Promise<Browser & { userId: number; hostId: number }> {
  const browser = site.browser();
  const host = await browser.start(name);
  for (const [cookie, value] of account.cookies) browser.cookies.set(cookie, value);
  return Object.assign(browser, host);
}

async function ban(userId: number): Promise<void> {
  await site.now.rows("insert into user_ban (user_id, reason, banned_by, banned_seconds) values ($1, 'lied', $1, 1)", [
    userId,
  ]);
}

describe("S79: who confirmed their own work", () => {
  test("does not hide it by taking the device away from the identity before the two are joined", async () => {
    const lab = site.now;
    const account = await site.signUp("two-faces@example.org");
    const own = await deviceOf(account, "own");
    await own.call("account.attachDevice");
    const face = site.browser();
    const other = await face.start("other face");
    const { code } = await face.call<{ code: string }>("account.makeRecoveryCode");
    const { appVersionId } = await lab.app({ settings: { parameters: { minQuorum: 2 } } });
    const [workunitId] = await lab.submit(appVersionId, 1);
    for (const host of [own, other]) {
      const [lease] = await lab.claim(host);
      if (lease === undefined) throw new Error("nothing was handed out");
      await lab.report(host, outputReport(lease, outputOf(1)));
    }
    for (const [cookie, value] of account.cookies) face.cookies.set(cookie, value);
    expect((await face.mutate("account.takeDevice")).status).toBe(409);
    await own.call("account.recover", { code });
    expect(
      await lab.row("select state, one_person_seconds is not null as marked from workunit where id = $1", [workunitId]),
    ).toEqual({ state: "completed", marked: true });
  });
});

describe("who is shut out", () => {
  test("comes back neither by signing in on the device nor by a recovery code, and takes no device along", async () => {
    const bad = site.browser();
    const { userId } = await bad.start("a liar's");
    const { code } = await bad.call<{ code: string }>("account.makeRecoveryCode");
    await ban(userId);
    const fresh = await site.signUp("fresh@example.org");
    const newcomer = await fresh.ask<{ userId: number }>("credit.mine");
    expect((await fresh.mutate("account.recover", { code })).status).toBe(403);
    fresh.device = bad.device;
    expect((await fresh.mutate("account.attachDevice")).status).toBe(403);
    // Nor does an account that has no user yet become the one who is shut out.
    const unused = await site.signUp("unused@example.org");
    unused.device = bad.device;
    expect((await unused.mutate("account.attachDevice")).status).toBe(403);
    unused.device = null;
    expect(await unused.ask("credit.mine")).toMatchObject({ totalMicro: 0 });
    await ban(newcomer.userId);
    const device = await deviceOf(fresh, "an innocent device");
    expect((await device.mutate("account.attachDevice")).status).toBe(403);
    expect(await site.now.rows("select user_id from host where id = $1", [device.hostId])).toEqual([
      { user_id: device.userId },
    ]);
  });
});

describe("a device alone", () => {
  test("does not tell whose account it computes for", async () => {
    const email = "somebody@example.org";
    const device = await deviceOf(await site.signUp(email), "lost");
    await device.call("account.attachDevice");
    expect((await device.fetch("/api/account/export")).text).toContain(email);
    device.cookies.clear();
    const answer = await device.fetch("/api/account/export");
    expect([answer.status, answer.text.includes(email)]).toEqual([401, false]);
    const overview = await device.query("account.overview");
    expect([overview.status, overview.text.includes(email)]).toEqual([200, false]);
    // Whose is nobody's but the device's has its file as before.
    const anonymous = site.browser();
    await anonymous.start("anonymous");
    expect((await anonymous.fetch("/api/account/export")).status).toBe(200);
  });
});

describe("personal tokens", () => {
  async function holder(scopes: string[]): Promise<Browser> {
    const wish = { name: "t", scopes, projectSlug: "hidden", days: 1 };
    const { token } = await owner.call<{ token: string }>("token.create", wish);
    return site.browser({ authorization: `Bearer ${token}` });
  }

  const READS: [string, object][] = [
    ["project.get", { slug: "hidden" }],
    ["project.cost", { slug: "hidden" }],
    ["project.confirmed", { slug: "hidden" }],
    ["science.align", { slug: "hidden" }],
    ["workunit.story", { id: "1" }],
    ["team.mine", {}],
    ["leaderboard.mine", { kind: "users", order: "total" }],
  ];

  test.each(READS)("%s needs the scope to read", async (procedure, input) => {
    const [submits, reads] = [await holder(["submit", "publish", "manage"]), await holder(["read"])];
    expect((await submits.query(procedure, input)).status).toBe(403);
    expect((await reads.query(procedure, input)).status).toBe(200);
  });

  test("so do downloads", async () => {
    const lab = site.now;
    const { appVersionId } = await lab.app({ settings: { parameters: { minQuorum: 1 } } });
    await lab.rows(
      "update app set project_id = (select id from project where slug = 'hidden') where id = (select app_id from app_version where id = $1)",
      [appVersionId],
    );
    const [submits, reads] = [await holder(["submit", "publish", "manage"]), await holder(["read"])];
    for (const path of ["/api/projects/hidden/results.csv", "/api/projects/hidden/results.jsonl"]) {
      expect([(await submits.fetch(path)).status, (await reads.fetch(path)).status], path).toEqual([404, 200]);
    }
  });

  test("one for a project changes nothing of its person", async () => {
    const bound = await holder(["manage"]);
    expect((await bound.mutate("credit.rename", { name: "Mallory" })).status).toBe(403);
    expect((await bound.mutate("credit.share", { isPublic: true })).status).toBe(403);
    expect((await bound.mutate("project.create", { ...PROJECT, slug: "another" })).status).toBe(403);
  });
});

describe("requests that nobody means well with", () => {
  test("the character U+0000 is refused, and is no failure of ours", async () => {
    const bad = "a\u0000b";
    for (const [procedure, input] of [
      ["project.get", { slug: bad }],
      ["science.align", { slug: bad }],
    ] as const) {
      expect((await owner.query(procedure, input)).status, procedure).toBe(400);
    }
    for (const [procedure, input] of [
      ["token.create", { name: bad, scopes: ["read"], projectSlug: null, days: 1 }],
      ["project.create", { ...PROJECT, slug: "zero", name: bad }],
      ["account.finishSignUp", { token: bad, password: "correct horse battery" }],
      ["account.endSession", { id: bad }],
      ["report.create", { slug: bad, reason: "other", text: "t", email: "" }],
    ] as const) {
      expect((await owner.mutate(procedure, input)).status, procedure).toBe(400);
    }
    for (const path of ["/api/projects/a%00/results.csv", "/api/projects/a%00/results.jsonl", "/api/batches/1%00"]) {
      expect((await owner.fetch(path)).status, path).toBe(400);
    }
    const reset = { token: bad, newPassword: "correct horse battery" };
    expect((await owner.post("/api/auth/reset-password", reset)).status).toBe(400);
  });

  test.each(["a b", "[", "x@y", "evil.example:99999", "a/../b"])("the host %j is refused", async (host) => {
    const status = await new Promise((resolve, reject) => {
      const url = new URL("/api/auth/get-session", site.base);
      request(url, { headers: { host }, agent: false }, (answer) => resolve(answer.resume().statusCode))
        .once("error", reject)
        .end();
    });
    expect(status).toBe(400);
  });

  test("many calls in one request are refused, and those taken count as many", async () => {
    const batch = (n: number, comma = ",") =>
      owner.fetch(`/api/trpc/${Array(n).fill("health.get").join(comma)}?batch=1&input=%7B%7D`);
    expect((await batch(MAX_BATCH_SIZE)).status).toBe(200);
    for (const comma of [",", "%2C"]) expect((await batch(MAX_BATCH_SIZE + 1, comma)).status).toBe(400);
    const limit = createCallLimiter(100);
    await limit("198.51.100.1", MAX_BATCH_SIZE);
    await limit("198.51.100.1", MAX_BATCH_SIZE);
    await expect(limit("198.51.100.1")).rejects.toMatchObject({ status: 429 });
  });

  test("a household's many IPv6 addresses are counted together, neighbours of IPv4 are not", async () => {
    const limit = createCallLimiter(2);
    await limit("2a01:4f8:1:1::1");
    await limit("2a01:4f8:1:ffff::2");
    await expect(limit("2a01:4f8:1:2::3")).rejects.toMatchObject({ status: 429 });
    for (const last of [1, 2, 3]) await limit(`198.51.100.${last}`);
    await limit("2a01:4f8:2::1");
  });

  test("a body of very many keys is refused unread where none is needed, and is never echoed", async () => {
    const keys = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`key${index}`, 1]));
    for (const [procedure, status] of [
      ["project.create", 413],
      ["account.signUp", 413],
      ["volunteer.exchange", 400],
    ] as const) {
      const answer = await owner.mutate(procedure, keys);
      expect([answer.status, answer.text.length < 10_000], procedure).toEqual([status, true]);
    }
  });

  test("invitations fill nobody's mailbox", async () => {
    const to = "victim@example.org";
    const invite = () => owner.mutate("invitation.create", { slug: "hidden", role: "submitter", email: to });
    const statuses: number[] = [];
    for (let index = 0; index < 8; index++) statuses.push((await invite()).status);
    await site.mailTo(to);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    expect(site.mails.filter((mail) => mail.to === to)).toHaveLength(5);
  });
});
