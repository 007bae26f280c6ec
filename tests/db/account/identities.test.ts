import { beforeAll, describe, expect, test } from "vitest";
import { nowSeconds } from "../../../server/clock.ts";
import { checkLedger } from "../../../server/credit/check-ledger.ts";
import { linkDevice } from "../../../worker/hosts/node/link-device.ts";
import { type Browser, withAccountsSite } from "../../support/accounts-site.ts";
import { devicesAt } from "../../support/devices-at.ts";
import { outputOf, outputReport } from "../engine/lab.ts";

/** People with several identities: what becomes of their credit, their devices and their results. */

const site = withAccountsSite();
const { device, email, workunit, total, signIn } = devicesAt(site);

beforeAll(() => {
  site.now.now = nowSeconds();
});

const expectLedgerRight = async () => {
  await site.now.fold();
  expect((await checkLedger(site.now.deps)).differences).toEqual([]);
};

describe("signing up and in", () => {
  test("the anonymous identity becomes the account: number, name and credit stay", async () => {
    const [mine, other] = [await device(), await device()];
    await mine.call("credit.rename", { name: "Ada" });
    await workunit([mine.host, other.host], [mine.host, other.host]);
    const before = await total(mine);
    expect(before).toBeGreaterThan(0);
    expect(await signIn(mine, email())).toBe("became_account");
    expect(await total(mine)).toBe(before);
    const overview = await mine.ask("account.overview");
    expect(overview).toMatchObject({ userId: mine.host.userId, name: "Ada", signIn: { hasPassword: true } });
    expect(await mine.call("account.attachDevice")).toEqual({ outcome: "was_there" });
    await expectLedgerRight();
  });

  test("a further device brings its credit; results and ledger keep the number they were made with", async () => {
    const [first, second, other] = [await device(), await device(), await device()];
    const address = email();
    await workunit([first.host, other.host], [first.host, other.host]);
    await workunit([second.host, other.host], [second.host, other.host]);
    await signIn(first, address);
    await site.now.fold();
    const [a, b] = [await total(first), await total(second)];
    const lasting = async () => ({
      entries: await site.now.rows("select * from credit_entry order by result_id, kind"),
      results: await site.now.rows("select id, user_id, host_id, validation from result order by id"),
    });
    const before = await lasting();
    expect(await signIn(second, address)).toBe("joined");
    expect(await lasting()).toEqual(before);
    await expectLedgerRight();
    expect([await total(first), await total(second)]).toEqual([a + b, a + b]);
    const devices = await first.ask<{ id: number; isThis: boolean; creditMicro: number }[]>("account.devices");
    expect(devices.map((shown) => shown.id).sort()).toEqual([first.host.hostId, second.host.hostId].sort());
    expect(devices.find((shown) => shown.isThis)?.id).toBe(first.host.hostId);
    // And credit of the second device is the person's from now on.
    await workunit([second.host, other.host], [second.host, other.host]);
    await expectLedgerRight();
    expect(await total(first)).toBeGreaterThan(a + b);
  });

  test("a device of somebody else's account stays theirs until this person takes it, and then brings no past", async () => {
    const shared = await device();
    await signIn(shared, email());
    const owner = shared.host.userId;
    const visitor = site.browser();
    for (const [name, value] of (await site.signUp("visitor@example.org")).cookies) visitor.cookies.set(name, value);
    visitor.device = shared.device;
    expect(await visitor.call("account.attachDevice")).toEqual({ outcome: "of_another_account" });
    expect(await site.now.row("select user_id from host where id = $1", [shared.host.hostId])).toEqual({
      user_id: owner,
    });
    // What it computed until now: a confirmed result, and one that waits for others.
    const other = await device();
    await workunit([shared.host, other.host], [shared.host, other.host]);
    await workunit([shared.host, other.host], [shared.host]);
    const of = async (browser: Browser) => {
      const page = await browser.ask<{ results: unknown[]; beingChecked: number }>("credit.mine");
      const file = (await browser.fetch("/api/account/export")).json() as { results: unknown[] };
      return [page.results.length, page.beingChecked, file.results.length];
    };
    expect(await of(shared)).toEqual([2, 1, 2]);
    await visitor.call("account.takeDevice");
    const [taken] = await visitor.ask<{ id: number }[]>("account.devices");
    expect(taken?.id).toBe(shared.host.hostId);
    expect(await total(visitor)).toBe(0);
    expect(await of(visitor)).toEqual([0, 0, 0]);
    // And whom it belonged to still finds their own in the file, though the device is another's.
    expect((await of(shared))[2]).toBe(2);
  });

  test("an account's device without its person changes nothing that others see", async () => {
    const mine = await device();
    await signIn(mine, email());
    const alone = site.browser();
    alone.device = mine.device;
    expect(await alone.ask("credit.mine")).toMatchObject({ userId: mine.host.userId, mayChange: false });
    for (const [procedure, input] of [
      ["credit.rename", { name: "Finder" }],
      ["credit.share", { isPublic: true }],
      ["account.setCountry", { country: "DE" }],
    ] as const) {
      expect((await alone.mutate(procedure, input)).status, procedure).toBe(401);
      expect((await mine.mutate(procedure, input)).status, procedure).toBe(200);
    }
    // Without an account the device is all there is of its person.
    expect((await (await device()).mutate("credit.rename", { name: "Grete" })).status).toBe(200);
  });
});

describe("S77 S78 S79 in the database", () => {
  test("S77 a joined identity's results keep the person from a second one of the same workunit", async () => {
    const [first, second, other] = [await device(), await device(), await device()];
    const address = email();
    await signIn(first, address);
    const lab = site.now;
    const { appVersionId } = await lab.app({ settings: { parameters: { minQuorum: 2 } } });
    await lab.submit(appVersionId, 1);
    const [held] = await lab.claim(second.host);
    await signIn(second, address);
    expect(await lab.claim(first.host)).toEqual([]);
    // What was lent before is still taken from the device.
    expect(held).toBeDefined();
    if (held === undefined) return;
    const [answer] = await lab.report(second.host, outputReport(held, outputOf(1)));
    expect(answer).toMatchObject({ status: "recorded" });
    expect(await lab.claim(other.host)).toHaveLength(1);
  });

  test("S78 an open workunit that both identities answered gets one more result, and waits for somebody else", async () => {
    const [first, second, third, other] = [await device(), await device(), await device(), await device()];
    const address = email();
    const id = await workunit([first.host, second.host, third.host], [first.host], 2);
    await signIn(first, address);
    await signIn(second, address);
    const lab = site.now;
    const lease = await lab.row<{ id: number }>("select id from result where workunit_id = $1 and host_id = $2", [
      id,
      second.host.hostId,
    ]);
    const leaseToken = lab.deps.secrets.leaseToken(lease.id, second.host.hostId);
    await lab.report(second.host, outputReport({ resultId: String(lease.id), leaseToken }, outputOf(1)));
    const state = () => lab.row("select state, n_results, target_nresults from workunit where id = $1", [id]);
    expect(await state()).toEqual({ state: "open", n_results: 3, target_nresults: 3 });
    const thirds = await lab.row<{ id: number }>("select id from result where workunit_id = $1 and host_id = $2", [
      id,
      third.host.hostId,
    ]);
    const token = lab.deps.secrets.leaseToken(thirds.id, third.host.hostId);
    await lab.report(third.host, outputReport({ resultId: String(thirds.id), leaseToken: token }, outputOf(1)));
    expect(await state()).toMatchObject({ state: "completed" });
    expect(other.host.userId).toBeGreaterThan(0);
    await expectLedgerRight();
  });

  test("S79 a workunit that turns out to be confirmed by one person alone is marked, and keeps its end", async () => {
    const [first, second, other] = [await device(), await device(), await device()];
    const address = email();
    const alone = await workunit([first.host, second.host], [first.host, second.host]);
    const withOther = await workunit([first.host, second.host, other.host], [first.host, other.host, second.host]);
    await signIn(first, address);
    await signIn(second, address);
    const shown = (id: number) =>
      site.now.row("select state, one_person_seconds is not null as marked from workunit where id = $1", [id]);
    expect(await shown(alone)).toEqual({ state: "completed", marked: true });
    // Everybody who looks at it is told.
    const story = await other.ask("workunit.story", { id: String(alone) });
    expect(story).toMatchObject({ onePerson: true, independence: { users: 1 } });
    expect(await shown(withOther)).toEqual({ state: "completed", marked: false });
  });
});

describe("codes", () => {
  test("a device without a page joins with a code that works once, for ten minutes", async () => {
    const [mine, headless, late] = [await device(), await device(), await device()];
    await signIn(mine, email());
    const { code } = await mine.call<{ code: string }>("account.makeLinkCode");
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect((await headless.mutate("account.useLinkCode", { code: "2222-2222" })).status).toBe(404);
    const typed = code.toLowerCase().replace("-", " ");
    expect(await headless.call("account.useLinkCode", { code: typed })).toEqual({ outcome: "joined" });
    expect((await late.mutate("account.useLinkCode", { code })).status).toBe(404);
    // The same as `npm run volunteer -- --link CODE` says it.
    const another = await device();
    const address = new URL(site.base);
    await expect(linkDevice(address, another.device ?? "", "3333-3333")).rejects.toThrow(/code is not right/);
    const next = await mine.call<{ code: string }>("account.makeLinkCode");
    expect(await linkDevice(address, another.device ?? "", next.code)).toMatch(/computes for the account/);
    const second = await mine.call<{ code: string }>("account.makeLinkCode");
    await site.now.rows("update account_code set expires_seconds = $1", [nowSeconds() - 1]);
    expect((await late.mutate("account.useLinkCode", second)).status).toBe(404);
    expect((await mine.ask<unknown[]>("account.devices")).length).toBe(3);
  });

  test("a recovery code brings an anonymous identity to a browser that forgot everything, again and again", async () => {
    const [lost, other, found, further] = [await device(), await device(), await device(), await device()];
    await workunit([lost.host, other.host], [lost.host, other.host]);
    const before = await total(lost);
    const former = await lost.call<{ code: string }>("account.makeRecoveryCode");
    const { code } = await lost.call<{ code: string }>("account.makeRecoveryCode");
    expect((await found.mutate("account.recover", { code: former.code })).status).toBe(404);
    for (const browser of [found, further]) {
      await browser.call("account.recover", { code });
      await site.now.fold();
      expect(await total(browser)).toBe(before);
    }
    // Into an account: there it is not needed any more.
    const owner = await device();
    await signIn(owner, email());
    await owner.call("account.recover", { code });
    await expectLedgerRight();
    expect(await total(owner)).toBe(before);
    expect((await owner.mutate("account.makeRecoveryCode")).status).toBe(409);
    expect((await (await device()).mutate("account.recover", { code })).status).toBe(404);
  });
});

describe("devices", () => {
  test("are named and removed by their owner alone; a removed one is refused, and new when it comes again", async () => {
    const [mine, theirs] = [await device(), await device()];
    await signIn(mine, email());
    const hostId = mine.host.hostId;
    await mine.call("account.nameDevice", { hostId, name: "  Kitchen   laptop " });
    expect(await mine.ask("account.devices")).toMatchObject([{ id: hostId, name: "Kitchen laptop" }]);
    expect((await mine.mutate("account.nameDevice", { hostId, name: "a\u202Eb" })).status).toBe(400);
    const stranger = await site.signUp("stranger@example.org");
    expect((await stranger.mutate("account.nameDevice", { hostId, name: "x" })).status).toBe(404);
    expect((await stranger.mutate("account.removeDevice", { hostId })).status).toBe(404);
    expect((await theirs.mutate("account.removeDevice", { hostId: theirs.host.hostId })).status).toBe(401);
    expect((await theirs.mutate("account.nameDevice", { hostId, name: "x" })).status).toBe(403);
    await mine.call("account.removeDevice", { hostId });
    await expect(site.now.exchange(mine.host)).rejects.toThrow(/not known any more/);
    const cookieless = site.browser();
    cookieless.device = mine.device;
    expect((await cookieless.mutate("account.useLinkCode", { code: "x" })).status).toBe(401);
    const again = site.browser();
    const host = await again.start(mine.keyName);
    expect(host.hostId).not.toBe(hostId);
    expect(host.userId).not.toBe(mine.host.userId);
  });
});

describe("names", () => {
  test.each(["Quorate", "Qu0rate", "оperator", "Admin", "project-1", "Te\u0455t"])(
    "nobody poses as %s",
    async (name) => {
      await site.now.app();
      const browser = await device();
      expect((await browser.mutate("credit.rename", { name })).status).toBe(400);
    },
  );

  test("an operator's name is the operator's alone", async () => {
    const [operator, other] = [await device(), await device()];
    await operator.call("credit.rename", { name: "Grace" });
    await site.now.rows("insert into operator (user_id, since_seconds) values ($1, 0)", [operator.host.userId]);
    expect((await other.mutate("credit.rename", { name: "Gracie" })).status).toBe(200);
    expect((await other.mutate("credit.rename", { name: "Grасe" })).status).toBe(400);
    expect((await operator.mutate("credit.rename", { name: "Grace" })).status).toBe(200);
  });
});

describe("export and deletion", () => {
  test("everything about a person is in one file, and nothing that lets somebody in", async () => {
    const [mine, second, other] = [await device(), await device(), await device()];
    const address = email();
    await workunit([mine.host, other.host], [mine.host, other.host]);
    await workunit([second.host, other.host], [second.host, other.host]);
    await signIn(mine, address);
    await signIn(second, address);
    await site.now.fold();
    const answer = await mine.fetch("/api/account/export");
    expect(answer.headers.get("content-disposition")).toMatch(/attachment/);
    const file = answer.json() as Record<string, Record<string, unknown>[]>;
    expect(file["account"]).toMatchObject([{ email: address }]);
    expect([
      file["devices"]?.length,
      file["results"]?.length,
      file["credit"]?.length,
      file["identities"]?.length,
    ]).toEqual([2, 2, 2, 2]);
    expect(answer.text).not.toMatch(/secret|public_key|password_|token_hash/);
    expect((await site.browser().fetch("/api/account/export")).status).toBe(401);
    const anonymous = await other.fetch("/api/account/export");
    expect((anonymous.json() as { results: unknown[] }).results.length).toBe(2);
  });

  test("a deleted account leaves its credit to nobody: totals stay, names, keys and ways in go", async () => {
    const [mine, other] = [await device(), await device()];
    const address = email();
    await mine.call("credit.rename", { name: "Gone" });
    await workunit([mine.host, other.host], [mine.host, other.host]);
    await signIn(mine, address);
    await site.now.fold();
    const sums = () =>
      site.now.rows("select kind, sum(total_micro)::text as sum from credit_balance group by kind order by kind");
    const before = await sums();
    expect((await mine.mutate("account.delete", { confirm: "yes" })).status).toBe(400);
    await site.now.rows(
      "insert into project_member (project_id, user_id, role, since_seconds) select max(id), $1, 'owner', 0 from project",
      [mine.host.userId],
    );
    const owner = await mine.mutate("account.delete", { confirm: address });
    expect([owner.status, owner.text]).toEqual([409, expect.stringContaining("only owner")]);
    await site.now.rows("delete from project_member where user_id = $1", [mine.host.userId]);
    await mine.call("account.delete", { confirm: address.toUpperCase() });
    expect(await mine.ask("account.me")).toBeNull();
    expect((await site.browser().signIn(address, "correct horse battery")).status).toBe(401);
    await expect(site.now.exchange(mine.host)).rejects.toThrow(/not known any more/);
    await expectLedgerRight();
    expect(await sums()).toEqual(before);
    const left = await site.now.row(
      `select u.name, u.auth_user_id, h.name as device, h.user_agent, h.public_key, h.network,
              (select count(*)::int from auth_user where email = $2) as accounts
         from app_user u join host h on h.user_id = u.id where u.id = $1`,
      [mine.host.userId, address],
    );
    expect(left).toEqual({
      name: null,
      auth_user_id: null,
      device: null,
      user_agent: null,
      public_key: null,
      network: null,
      accounts: 0,
    });
    // The address is free again, and begins at nothing.
    const again = await site.signUp(address);
    expect(await total(again)).toBe(0);
  });

  test("an anonymous identity is deleted from its own browser alone", async () => {
    const [mine, other] = [await device(), await device()];
    expect((await other.mutate("account.delete", { confirm: String(mine.host.userId) })).status).toBe(400);
    await mine.call("account.delete", { confirm: String(mine.host.userId) });
    await expect(site.now.exchange(mine.host)).rejects.toThrow(/not known any more/);
  });
});
