import { readFile } from "node:fs/promises";
import { type Browser, type BrowserContext, expect, type Locator, type Page, test } from "@playwright/test";
import { checkLedger } from "../../server/credit/check-ledger.ts";
import { foldCredit } from "../../server/credit/fold-credit.ts";
import { isAccessible } from "../support/is-accessible.ts";
import { type OidcProvider, startOidcProvider } from "../support/oidc-provider.ts";
import { publishExample, steadyTiles, submit } from "../support/science.ts";
import { signedIn } from "../support/signed-in.ts";
import { openSite, ROOMY, type Site } from "../support/site.ts";
import { fatesShown, openPerson, pressStart } from "../support/volunteer-page.ts";

/** Somebody who computes, gets an account, comes back on other devices, and leaves again. */
let site: Site;
let provider: OidcProvider;
test.beforeAll(async () => {
  const client = { id: "quorate", secret: "the client's secret" };
  provider = await startOidcProvider(client);
  const university = { OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: client.id, OIDC_CLIENT_SECRET: client.secret };
  // Passkeys need the name localhost; links in mails need the port, which the server knows from the request.
  site = await openSite({ environment: { ...ROOMY, ...university, OIDC_NAME: "Uni" } });
  const app = await publishExample(site.deps, "atlas", { parameters: { minQuorum: 1 } });
  await submit(site.deps, app, "work", steadyTiles(400, 0.5));
  await site.start();
});
test.afterAll(async () => {
  await site?.close();
  await provider?.close();
});

const EMAIL = "ada@example.org";
const PASSWORD = "a few easy words";

test("an account keeps credit, devices come and go, and everything can be taken along and deleted", async ({
  browser,
}) => {
  test.setTimeout(400_000);
  const first = await volunteerWithCredit(browser);
  const before = await totalOf(first);
  await test.step("the first credit is followed by an offer to keep it", async () => {
    await expect(first.getByTestId("keep-credit")).toBeVisible();
    await first.getByTestId("keep-credit").getByRole("link", { name: "Sign up" }).click();
  });

  await test.step("signing up keeps it", async () => {
    const form = first.getByTestId("mail-new");
    await form.getByLabel("E-mail address").fill(EMAIL);
    await form.getByRole("button").click();
    await expect(form.getByRole("status")).toContainText("a mail is on its way");
    await first.goto(await mailedLink("finish"));
    await first.getByLabel("New password").fill(PASSWORD);
    await first.getByRole("button", { name: "Open my account" }).click();
    await expect(first.getByText("This browser's credit is your account's now.")).toBeVisible();
    await expect(first.getByTestId("account-link")).toContainText("My account");
    expect(await totalOf(first)).toBeGreaterThanOrEqual(before);
  });

  await test.step("a passkey signs in without the password", async () => {
    await first.goto(`${site.url}/account`);
    await withAuthenticator(first);
    await first.getByRole("button", { name: "Add a passkey" }).click();
    await expect(first.getByTestId("passkeys").getByRole("listitem")).toHaveCount(1);
    await first.getByTestId("sessions").getByRole("button", { name: "Sign out", exact: true }).click();
    await first.waitForURL("**/sign-in");
    await expect(first.getByTestId("account-link")).toContainText("Sign in");
    await first.getByRole("button", { name: "Sign in with a passkey" }).click();
    await first.waitForURL("**/account*");
    await expect(first.getByTestId("devices").getByRole("listitem")).toHaveCount(1);
  });

  const second = await volunteerWithCredit(browser);
  await test.step("a second device brings its credit", async () => {
    await second.goto(`${site.url}/sign-in`);
    await second.getByLabel("E-mail address").first().fill(EMAIL);
    await second.getByLabel("Password", { exact: true }).fill("not the password");
    await second.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(second.getByText("Address or password is not right.")).toBeVisible();
    await second.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await second.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(second.getByText("its credit has come along")).toBeVisible();
    await expect(second.getByTestId("devices").getByRole("listitem")).toHaveCount(2);
    expect(await totalOf(second)).toBeGreaterThan(before);
    await second.goto(`${site.url}/account`);
    const other = second.getByTestId("devices").getByRole("listitem").filter({ hasNotText: "this one" });
    await other.getByRole("button", { name: /^Rename/ }).click();
    await other.getByLabel("Name of the device").fill("Kitchen laptop");
    await other.getByRole("button", { name: "Save" }).click();
    await expect(second.getByRole("button", { name: "Rename Kitchen laptop" })).toBeVisible();
  });

  await test.step("a code brings an anonymous identity to a browser that has forgotten it", async () => {
    const [lost, found] = [await startedVolunteer(browser), await startedVolunteer(browser)];
    await lost.goto(`${site.url}/account`);
    await lost.getByTestId("recovery").getByRole("button").click();
    const code = (await lost.getByTestId("recovery-code").textContent()) ?? "";
    await lost.context().close();
    await found.goto(`${site.url}/account`);
    await found.getByText("I have a recovery code").click();
    await found.getByLabel("Code", { exact: true }).fill(code.toLowerCase());
    await found.getByRole("button", { name: "Bring my credit here" }).click();
    await expect(found.getByTestId("devices").getByRole("listitem")).toHaveCount(2);
    await found.context().close();
  });

  await test.step("everything about a person is one file", async () => {
    const downloading = second.waitForEvent("download");
    await second.getByRole("button", { name: "Download my data" }).click();
    const file = JSON.parse(await readFile(await (await downloading).path(), "utf8")) as Record<string, unknown[]>;
    expect(file["account"]).toMatchObject([{ email: EMAIL }]);
    expect(file["devices"]).toHaveLength(2);
    expect(file["results"]?.length).toBeGreaterThan(1);
  });

  await test.step("deleting it leaves credit that is nobody's", async () => {
    await second.getByText("Delete everything").click();
    await second.getByLabel(/^Type/).fill(EMAIL);
    await second.getByRole("button", { name: "Delete for ever" }).click();
    await second.waitForURL(`${site.url}/`);
    await expect(second.getByTestId("account-link")).toContainText("Sign in");
    await first.goto(`${site.url}/sign-in`);
    await first.getByLabel("E-mail address").first().fill(EMAIL);
    await first.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await first.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(first.getByText("Address or password is not right.")).toBeVisible();
    await foldCredit(site.deps);
    expect((await checkLedger(site.deps)).differences).toEqual([]);
  });
});

test("after an account elsewhere is unlinked by keyboard, the keyboard is where it can be linked again", async ({
  browser,
}) => {
  const email = "emmy@example.org";
  provider.person = { sub: "emmy", email, email_verified: true };
  const page = await signedIn(browser, site, email);
  await page.goto(`${site.url}/account`);
  const linked = page.getByTestId("providers");
  const link = linked.getByRole("button", { name: "Link Uni", exact: true });
  await link.click();
  await expect(linked.getByRole("status")).toHaveText("From now on Uni signs you in too.");
  const unlink = linked.getByRole("button", { name: "Unlink Uni" });
  const byKeyboard = async (button: Locator) => {
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Unlink", exact: true }).focus();
    await page.keyboard.press("Enter");
    await expect(linked.getByRole("status")).toHaveText("Unlinked.");
  };
  await byKeyboard(unlink);
  await expect(link).toBeFocused();
  await isAccessible(page);

  await test.step("or at the heading, where the site does not offer that provider any more", async () => {
    await site.pool.query(
      `insert into auth_account (id, account_id, provider_id, user_id, created_at, updated_at)
       select 'before', 'emmy', 'github', id, now(), now() from auth_user where email = $1`,
      [email],
    );
    await page.reload();
    await byKeyboard(linked.getByRole("button", { name: "Unlink github" }));
    await expect(linked.getByRole("heading")).toBeFocused();
  });

  await test.step("and whoever went elsewhere meanwhile stays there", async () => {
    await link.click();
    await expect(unlink).toBeVisible();
    const elsewhere = page.getByTestId("ways").locator("summary").first();
    await page.route("**/account.unlinkProvider*", async (route) => {
      await elsewhere.focus();
      await route.continue();
    });
    await byKeyboard(unlink);
    await expect(link).toBeEnabled();
    await expect(elsewhere).toBeFocused();
  });
});

test("after a row of a list is removed by keyboard, the keyboard is at the next row, the one before, or the heading", async ({
  browser,
}) => {
  const email = "hedy@example.org";
  const page = await signedIn(browser, site, email);
  await page.goto(`${site.url}/account`);
  // With the first call of a new account it becomes somebody who may have devices and tokens.
  await expect(page.getByTestId("devices").getByText("No device has computed for you yet.")).toBeVisible();
  await fillLists(email);
  await page.reload();
  /** What removes a row of the list, by the row's name. */
  const buttonOf = (list: Locator, remove: string) => (name: string) =>
    list.getByRole("listitem").filter({ hasText: name }).getByRole("button", { name: remove, exact: true });
  const press = async (button: Locator) => {
    await button.focus();
    await page.keyboard.press("Enter");
  };
  const confirm = async (answer: string) => {
    await press(page.getByRole("alertdialog").getByRole("button", { name: answer, exact: true }));
  };

  await test.step("passkeys", async () => {
    const list = page.getByTestId("passkeys");
    const button = buttonOf(list, "Remove");
    await press(button("beta"));
    await expect(button("beta")).toHaveCount(0);
    await expect(button("gamma")).toBeFocused();
    await press(button("gamma"));
    await expect(button("alpha")).toBeFocused();
    await press(button("alpha"));
    await expect(list.getByRole("heading")).toBeFocused();
    await isAccessible(page);
  });

  for (const { rows, list, remove, heading } of [
    { rows: "devices", list: page.getByTestId("devices"), remove: "Remove", heading: "Devices" },
    { rows: "tokens", list: page.locator("#tokens"), remove: "Revoke", heading: "Personal tokens" },
  ]) {
    await test.step(`${rows}, each after a question`, async () => {
      const button = buttonOf(list, remove);
      await press(button("beta"));
      await confirm(remove);
      await expect(button("gamma")).toBeFocused();
      await press(button("gamma"));
      await confirm(remove);
      await expect(button("alpha")).toBeFocused();
      await press(button("alpha"));
      await confirm(remove);
      await expect(list.getByRole("heading", { name: heading })).toBeFocused();
    });
  }

  await test.step("signed-in browsers, of which this one stays", async () => {
    const button = buttonOf(page.getByTestId("sessions"), "Sign out");
    await press(button("Safari"));
    await expect(button("Firefox")).toBeFocused();
    await press(button("Firefox"));
    await expect(button("this one")).toBeFocused();
  });
  await page.context().close();
});

/** Three passkeys, devices and tokens called alpha, beta and gamma, in the order of the lists, and two browsers more. */
async function fillLists(email: string): Promise<void> {
  const who = "(select u.id from app_user u join auth_user a on a.id = u.auth_user_id where a.email = $1)";
  const three = "unnest(array['alpha', 'beta', 'gamma']) with ordinality as n (name, at)";
  for (const sql of [
    `insert into auth_passkey (id, name, public_key, user_id, credential_id, counter, device_type, backed_up, created_at)
     select 'passkey ' || at, name, 'key', (select id from auth_user where email = $1), 'credential ' || at, 0, 'singleDevice', false,
            now() + at * interval '1 second' from ${three}`,
    `insert into host (user_id, name, secret_hash, created_seconds, last_seen_seconds)
     select ${who}, name, encode(sha256(('device ' || at)::bytea), 'hex'), 1700000000 - at, 1700000000 - at from ${three}`,
    `insert into personal_token (user_id, name, token_hash, ending, scopes, created_seconds)
     select ${who}, name, encode(sha256(('token ' || at)::bytea), 'hex'), 'abcd', '{read}', 1700000000 from ${three} order by at desc`,
    `insert into auth_session (id, token, user_id, expires_at, created_at, updated_at, user_agent)
     select agent, agent, (select id from auth_user where email = $1), now() + interval '1 day', now() - at * interval '1 hour', now(), agent
       from unnest(array['Version/17.0 Safari/605.1', 'Gecko/20100101 Firefox/130.0']) with ordinality as n (agent, at)`,
  ]) {
    await site.pool.query(sql, [email]);
  }
}

/** Has an identity, and computes no more, so that numbers stand still and pages have the machine for themselves. */
async function startedVolunteer(browser: Browser, hasEnough = hasWork): Promise<Page> {
  const { page } = await openPerson(browser, site);
  await page.getByText("All I have").click();
  await pressStart(page);
  await hasEnough(page);
  await page.getByTestId("stop").click();
  return page;
}

function hasWork(page: Page): Promise<void> {
  return expect(page.locator("[data-testid=worker][data-result]").first()).toBeVisible({ timeout: 60_000 });
}

function volunteerWithCredit(browser: Browser): Promise<Page> {
  return startedVolunteer(browser, (page) =>
    expect.poll(() => fatesShown(page), { timeout: 120_000 }).toContain("confirmed"),
  );
}

/** The credit that the page of whoever the browser is shows; it stays open. */
async function totalOf(page: Page): Promise<number> {
  await page.goto(`${site.url}/credit`);
  const numbers = page.getByTestId("my-credit").locator("dd").first();
  await expect(numbers).toBeVisible();
  return Number((await numbers.textContent())?.replace(/[^\d.]/g, ""));
}

/** The link of the last mail, which without a mail server is in the server's log. */
async function mailedLink(kind: string): Promise<string> {
  const find = () => new RegExp(`http://localhost:\\d+/sign-in/${kind}#[\\w-]+`, "g");
  await expect.poll(() => site.server().output()).toMatch(find());
  return [...site.server().output().matchAll(find())].at(-1)?.[0] ?? "";
}

async function withAuthenticator(page: Page, context: BrowserContext = page.context()): Promise<void> {
  const client = await context.newCDPSession(page);
  await client.send("WebAuthn.enable");
  await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}
