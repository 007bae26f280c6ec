import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccountsSite, type Browser, withAccountsSite } from "../../support/accounts-site.ts";
import { type OidcProvider, startOidcProvider } from "../../support/oidc-provider.ts";
import { newPasskey } from "../../support/soft-passkey.ts";

/** Signing in with an account at an OpenID Connect provider, a real one over HTTP. */

const client = { id: "quorate", secret: "the client's secret" };
const settings = { OIDC_ISSUER: "", OIDC_CLIENT_ID: client.id, OIDC_CLIENT_SECRET: client.secret, OIDC_NAME: "Uni" };
let provider: OidcProvider;
beforeAll(async () => {
  provider = await startOidcProvider(client);
  settings.OIDC_ISSUER = provider.issuer;
});
afterAll(() => provider.close());
const site: AccountsSite = withAccountsSite(settings);

type Visit = "sign-in/social" | "link-social";

/** The way of a browser to the provider and back. @returns where it ends. */
async function visit(browser: Browser, what: Visit = "sign-in/social"): Promise<string> {
  return await comeBack(browser, await goThere(browser, what));
}

/** To the provider's page and through it. @returns where it leads back to. */
async function goThere(browser: Browser, what: Visit): Promise<URL> {
  const [callbackURL, errorCallbackURL] =
    what === "link-social" ? ["/account", "/account"] : ["/sign-in/done", "/sign-in"];
  const begun = await browser.post(`/api/auth/${what}`, { provider: "oidc", callbackURL, errorCallbackURL });
  expect(begun.status, begun.text).toBe(200);
  const there = await fetch((begun.json() as { url: string }).url, { redirect: "manual" });
  const back = new URL(there.headers.get("location") ?? "");
  expect(back.origin).toBe(site.base);
  return back;
}

async function comeBack(browser: Browser, back: URL): Promise<string> {
  const answer = await browser.fetch(back.pathname + back.search);
  return answer.headers.get("location") ?? answer.text;
}

describe("a provider", () => {
  test("is offered by its name where its settings are complete", async () => {
    expect(await site.browser().ask("account.ways")).toMatchObject({ providers: [{ id: "oidc", name: "Uni" }] });
  });

  test("signs people in, makes them an account at first, and the same one afterwards; names stay with the provider", async () => {
    provider.person = { sub: "7", email: "seven@example.org", email_verified: true, name: "Real Name" };
    const [first, again] = [site.browser(), site.browser()];
    const host = await first.start("at a provider");
    expect(await visit(first)).toMatch(/\/sign-in\/done$/);
    expect(await first.call("account.attachDevice")).toEqual({ outcome: "became_account" });
    expect(await visit(again)).toMatch(/\/sign-in\/done$/);
    const overview = await again.ask("account.overview");
    expect(overview).toMatchObject({
      userId: host.userId,
      name: null,
      signIn: { providers: ["oidc"], hasPassword: false },
    });
    expect(await site.now.rows("select name, image from auth_user where email = 'seven@example.org'")).toEqual([
      { name: "", image: null },
    ]);
  });

  test("that has not checked an address gives nobody an account of that address", async () => {
    provider.person = { sub: "8", email: "victim@example.org", email_verified: false };
    const browser = site.browser();
    expect(await visit(browser)).toMatch(/\/sign-in\?error=/);
    expect(await browser.ask("account.me")).toBeNull();
    expect(await site.now.rows("select id from auth_user where email = 'victim@example.org'")).toEqual([]);
  });

  test("leads to nobody's account by its address, checked or not: its owner signs in as before, and links it", async () => {
    const owner = await site.signUp("owner@example.org");
    const { userId } = await owner.ask<{ userId: number }>("credit.mine");
    for (const email_verified of [false, true]) {
      provider.person = { sub: "9", email: "owner@example.org", email_verified };
      const other = site.browser();
      // The page says how to go on.
      expect(await visit(other)).toMatch(/\/sign-in\?error=account_not_linked$/);
      expect(await other.ask("account.me")).toBeNull();
    }
    expect(await visit(owner, "link-social")).toBe("/account");
    const same = site.browser();
    expect(await visit(same)).toMatch(/\/sign-in\/done$/);
    expect(await same.ask("credit.mine")).toMatchObject({ userId });
  });

  test("takes an answer only from the browser that asked, once", async () => {
    provider.person = { sub: "11", email: "eleven@example.org", email_verified: true };
    const asked = site.browser();
    const request = { provider: "oidc", callbackURL: "/sign-in/done", errorCallbackURL: "/sign-in" };
    const begun = await asked.post("/api/auth/sign-in/social", request);
    const there = await fetch((begun.json() as { url: string }).url, { redirect: "manual" });
    const back = new URL(there.headers.get("location") ?? "");
    const victim = site.browser();
    await victim.fetch(back.pathname + back.search);
    expect(await victim.ask("account.me")).toBeNull();
  });

  test("sends people nowhere else", async () => {
    const away = { provider: "oidc", callbackURL: "https://evil.example/" };
    expect((await site.browser().post("/api/auth/sign-in/social", away)).status).toBe(403);
  });
});

describe("linking", () => {
  const ways = async (browser: Browser) =>
    (await browser.ask<{ signIn: { providers: string[]; hasPassword: boolean } }>("account.overview")).signIn;

  test("an account that is signed in gets one more way in, whatever address it has there, and loses it again", async () => {
    const mine = await site.signUp("linker@example.org");
    const { userId } = await mine.ask<{ userId: number }>("credit.mine");
    provider.person = { sub: "20", email: "elsewhere@example.org", email_verified: true };
    expect(await visit(mine, "link-social")).toBe("/account");
    expect(await ways(mine)).toMatchObject({ providers: ["oidc"], hasPassword: true });
    const elsewhere = site.browser();
    expect(await visit(elsewhere)).toMatch(/\/sign-in\/done$/);
    expect(await elsewhere.ask("credit.mine")).toMatchObject({ userId });
    await mine.call("account.unlinkProvider", { provider: "oidc" });
    expect(await ways(mine)).toMatchObject({ providers: [], hasPassword: true });
    expect((await mine.mutate("account.unlinkProvider", { provider: "oidc" })).status).toBe(404);
    expect((await mine.mutate("account.unlinkProvider", { provider: "credential" })).status).toBe(400);
    // That address is nobody's here: it begins an account of its own.
    const fresh = site.browser();
    expect(await visit(fresh)).toMatch(/\/sign-in\/done$/);
    expect(await fresh.ask("account.overview")).not.toMatchObject({ userId });
  });

  test("what was unlinked does not come back by itself, though it has the same address", async () => {
    const mine = await site.signUp("same@example.org");
    provider.person = { sub: "24", email: "same@example.org", email_verified: true };
    expect(await visit(mine, "link-social")).toBe("/account");
    await mine.call("account.unlinkProvider", { provider: "oidc" });
    const fresh = site.browser();
    expect(await visit(fresh)).toMatch(/\/sign-in\?error=account_not_linked$/);
    expect(await fresh.ask("account.me")).toBeNull();
    expect(await ways(mine)).toMatchObject({ providers: [], hasPassword: true });
    expect(await visit(mine, "link-social")).toBe("/account");
    expect(await visit(fresh)).toMatch(/\/sign-in\/done$/);
  });

  test("is refused where whoever began it is not signed in any more, or somebody else is", async () => {
    const mine = await site.signUp("leaver@example.org");
    const providers = () =>
      site.now.rows(
        `select a.provider_id as id from auth_account a join auth_user u on u.id = a.user_id
          where u.email in ('leaver@example.org', 'stayer@example.org') and a.provider_id <> 'credential'`,
      );
    provider.person = { sub: "25", email: "leaver@example.org", email_verified: true };
    const begun = await goThere(mine, "link-social");
    expect((await mine.post("/api/auth/sign-out", {})).status).toBe(200);
    expect(await comeBack(mine, begun)).toMatch(/^\/account\?error=signed_out/);
    expect(await providers()).toEqual([]);
    await mine.signIn("leaver@example.org", "correct horse battery");
    const again = await goThere(mine, "link-social");
    await site.signUp("stayer@example.org");
    await mine.signIn("stayer@example.org", "correct horse battery");
    expect(await comeBack(mine, again)).toMatch(/^\/account\?error=signed_out/);
    expect(await providers()).toEqual([]);
    await mine.signIn("leaver@example.org", "correct horse battery");
    expect(await visit(mine, "link-social")).toBe("/account");
    expect(await providers()).toEqual([{ id: "oidc" }]);
  });

  test("the account is told by mail of every way in that is new, and of every one that is gone", async () => {
    const mine = await site.signUp("told@example.org");
    mine.cookies.set("locale", "de");
    const mails = async () => {
      await site.mailTo("told@example.org");
      return site.mails.filter(({ to }) => to === "told@example.org").slice(1);
    };
    provider.person = { sub: "26", email: "told-elsewhere@example.org", email_verified: true };
    await visit(mine, "link-social");
    expect(await mails()).toEqual([
      expect.objectContaining({
        subject: "Ein neuer Weg, dich bei Quorate anzumelden",
        text: expect.stringMatching(/bei Uni verknüpft[\s\S]*\/account/),
      }),
    ]);
    // Signing in with it is nothing new.
    await visit(site.browser());
    mine.cookies.set("locale", "en");
    await mine.call("account.unlinkProvider", { provider: "oidc" });
    const options = await mine.fetch("/api/auth/passkey/generate-register-options");
    const { challenge } = options.json() as { challenge: string };
    const added = await mine.post("/api/auth/passkey/verify-registration", {
      response: newPasskey({ challenge, origin: site.base }),
    });
    expect(added.status, added.text).toBe(200);
    await mine.call("account.removePasskey", { id: (added.json() as { id: string }).id });
    expect((await mails()).slice(1).map(({ text }) => text)).toEqual([
      expect.stringContaining("unlinked from the one at Uni"),
      expect.stringContaining("A passkey was added"),
      expect.stringContaining("A passkey was taken out"),
    ]);
    // Nor is what an account begins with.
    provider.person = { sub: "27", email: "begins@example.org", email_verified: true };
    await visit(site.browser());
    expect(await site.mailTo("begins@example.org")).toBeUndefined();
  });

  test("somebody else's is not taken, and what the provider has not checked is not linked", async () => {
    provider.person = { sub: "21", email: "first@example.org", email_verified: true };
    expect(await visit(site.browser())).toMatch(/\/sign-in\/done$/);
    const second = await site.signUp("second@example.org");
    expect(await visit(second, "link-social")).toMatch(/^\/account\?error=account_already_linked_to_different_user/);
    provider.person = { sub: "22", email: "second@example.org", email_verified: false };
    expect(await visit(second, "link-social")).toMatch(/^\/account\?error=/);
    expect(await ways(second)).toMatchObject({ providers: [] });
  });

  test("needs somebody who signed in lately, and on this site", async () => {
    const request = { provider: "oidc", callbackURL: "/account", errorCallbackURL: "/account" };
    expect((await site.browser().post("/api/auth/link-social", request)).status).toBe(401);
    const mine = await site.signUp("old@example.org");
    const foreign = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    expect((await mine.post("/api/auth/link-social", request, foreign)).status).toBe(403);
    // A token of somebody else's account at the provider, which a page could have got hold of, links nothing by itself.
    const direct = await mine.post("/api/auth/link-social", { ...request, idToken: { token: "a.b.c" } });
    expect(direct.json()).toMatchObject({ redirect: true });
    await site.now.rows(
      `update auth_session s set created_at = s.created_at - interval '2 days' from auth_user u
        where u.id = s.user_id and u.email = 'old@example.org'`,
    );
    const old = await mine.post("/api/auth/link-social", request);
    expect([old.status, old.json()]).toEqual([403, expect.objectContaining({ code: "SESSION_NOT_FRESH" })]);
  });

  test("the last way in stays, also when the last two are taken away at once or a provider is not offered any more", async () => {
    provider.person = { sub: "23", email: "only@example.org", email_verified: true };
    const mine = site.browser();
    await visit(mine);
    const only = await mine.mutate("account.unlinkProvider", { provider: "oidc" });
    expect([only.status, only.text]).toEqual([409, expect.stringContaining("only way to sign in")]);
    const { id } = await site.now.row<{ id: string }>("select id from auth_user where email = 'only@example.org'");
    // An account at a provider that was offered once.
    await site.now.rows(
      `insert into auth_account (id, account_id, provider_id, user_id, created_at, updated_at) values ('gone', '1', 'github', $1, now(), now())`,
      [id],
    );
    expect((await mine.mutate("account.unlinkProvider", { provider: "oidc" })).status).toBe(409);
    await mine.call("account.unlinkProvider", { provider: "github" });
    await site.now.rows(
      `insert into auth_passkey (id, public_key, user_id, credential_id, counter, device_type, backed_up)
       values ('key', 'x', $1, 'credential', 0, 'singleDevice', false)`,
      [id],
    );
    const both = await Promise.all([
      mine.mutate("account.unlinkProvider", { provider: "oidc" }),
      mine.mutate("account.removePasskey", { id: "key" }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});
