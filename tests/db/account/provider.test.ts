import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccountsSite, type Browser, withAccountsSite } from "../../support/accounts-site.ts";
import { type OidcProvider, startOidcProvider } from "../../support/oidc-provider.ts";

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

/** The way of a browser to the provider and back. @returns where it ends. */
async function visit(browser: Browser): Promise<string> {
  const request = { provider: "oidc", callbackURL: "/sign-in/done", errorCallbackURL: "/sign-in" };
  const begun = await browser.post("/api/auth/sign-in/social", request);
  expect(begun.status, begun.text).toBe(200);
  const there = await fetch((begun.json() as { url: string }).url, { redirect: "manual" });
  const back = new URL(there.headers.get("location") ?? "");
  expect(back.origin).toBe(site.base);
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

  test("leads to the account that has the address already, when both have checked it, and not otherwise", async () => {
    const owner = await site.signUp("owner@example.org");
    const { userId } = await owner.ask<{ userId: number }>("credit.mine");
    provider.person = { sub: "9", email: "owner@example.org", email_verified: false };
    const thief = site.browser();
    expect(await visit(thief)).toMatch(/error=/);
    expect(await thief.ask("account.me")).toBeNull();
    provider.person = { sub: "10", email: "owner@example.org", email_verified: true };
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
