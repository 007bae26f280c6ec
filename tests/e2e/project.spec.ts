import { expect, test } from "@playwright/test";
import { nowSeconds } from "../../server/clock.ts";
import { makeOperatorLink } from "../../server/operator/operator-link.ts";
import { PIXEL_PNG } from "../security/access-table.ts";
import { isAccessible } from "../support/is-accessible.ts";
import { signedIn } from "../support/signed-in.ts";
import { openSite, ROOMY, type Site } from "../support/site.ts";

/** A project from the first form to its publication, by three people: its owner, whom the owner invites, and an operator. */
let site: Site;
test.beforeAll(async () => {
  site = await openSite({ environment: { ...ROOMY, PROJECT_APPROVAL: "on" } });
  await site.start();
});
test.afterAll(() => site?.close());

const SLUG = "mersenne-hunt";

test("somebody founds a project, invites another, an operator approves it, and strangers see what they may", async ({
  browser,
}) => {
  const owner = await signedIn(browser, site, "owner@example.org");
  const stranger = await (await browser.newContext()).newPage();

  await test.step("a new project, seen by its owner alone", async () => {
    await stranger.goto(`${site.url}/projects/new`);
    await expect(stranger.getByRole("link", { name: "Sign in" }).last()).toHaveAttribute("href", /next=/);
    await owner.goto(`${site.url}/projects`);
    await owner.getByRole("link", { name: "New project" }).click();
    await owner.getByLabel("Name", { exact: true }).fill("Mersenne Hunt");
    await owner.getByLabel("In one or two sentences").fill("Looks for Mersenne primes.");
    await owner
      .getByLabel("Description")
      .fill("# Why\n\n**Primes.** <script>alert(1)</script> [x](javascript:alert(1))");
    await owner.getByLabel("Who runs it").fill("Number theory group");
    // Whether the data are public has no default: the form is not sent without an answer.
    await owner.getByRole("button", { name: "Create the project" }).click();
    await expect(owner).toHaveURL(/\/projects\/new$/);
    await owner.getByRole("radio", { name: /Members only/ }).check();
    await isAccessible(owner);
    await owner.getByRole("button", { name: "Create the project" }).click();
    await owner.waitForURL(`**/projects/${SLUG}/settings`);
    expect((await stranger.goto(`${site.url}/projects/${SLUG}`))?.status()).toBe(404);
  });

  const invitation = await test.step("a picture, a webhook and an invitation", async () => {
    const picture = { name: "p.png", mimeType: "image/png", buffer: Buffer.from(PIXEL_PNG, "base64") };
    const hostile = { name: "p.png", mimeType: "image/png", buffer: Buffer.from("<svg onload='alert(1)'/>") };
    await owner.getByLabel("Choose a picture").setInputFiles(hostile);
    await expect(owner.locator("#picture").getByRole("alert")).toContainText("PNG, JPEG or WebP");
    await owner.getByLabel("Choose a picture").setInputFiles(picture);
    await expect(owner.getByAltText("The project's picture now")).toBeVisible();
    await owner.getByLabel("Address of a webhook").fill("http://127.0.0.1:9/hook");
    await owner.getByRole("button", { name: "Add a webhook" }).click();
    await expect(owner.getByText("The webhook's secret")).toBeVisible();
    await owner.getByRole("button", { name: "Test", exact: true }).click();
    await expect(owner.getByText("It did not work")).toBeVisible();
    await owner.getByRole("button", { name: "Make a link" }).click();
    const link = (await owner.locator("#invitations .font-mono").textContent()) ?? "";
    await isAccessible(owner);
    return link;
  });

  const guest = await signedIn(browser, site, "guest@example.org");
  await test.step("who is invited comes in once, and may do what their role may", async () => {
    await guest.goto(invitation);
    await guest.getByRole("button", { name: "Accept the invitation" }).click();
    await guest.waitForURL(`**/projects/${SLUG}/settings`);
    await expect(guest.locator("#members tbody tr")).toHaveCount(2);
    await expect(guest.locator("#invitations, #details, #handlers")).toHaveCount(0);
    await stranger.goto(invitation);
    await expect(stranger.getByText("This invitation is no longer good")).toBeVisible();
  });

  await test.step("the owner publishes, the operator approves and sees it in the log", async () => {
    await owner.getByRole("button", { name: "Publish the project" }).click();
    await expect(owner.getByText("Waiting for approval").first()).toBeVisible();
    expect((await stranger.goto(`${site.url}/projects/${SLUG}`))?.status()).toBe(404);
    const operator = await signedIn(browser, site, "operator@example.org");
    expect((await operator.goto(`${site.url}/admin`))?.status()).toBe(404);
    await operator.goto(`${site.url}${await makeOperatorLink(site.pool, nowSeconds())}`);
    await operator.getByRole("button", { name: "Become the operator" }).click();
    await operator.waitForURL("**/admin");
    await operator.getByRole("button", { name: "Approve" }).click();
    await expect(operator.getByRole("button", { name: "Approve" })).toHaveCount(0);
    await isAccessible(operator);
    await operator.getByRole("link", { name: "Log" }).click();
    await expect(operator.getByText(/project\.approve/)).toBeVisible();
  });

  await test.step("strangers read its page, and no more", async () => {
    await stranger.goto(`${site.url}/projects/${SLUG}`);
    await expect(stranger.getByRole("heading", { name: "Why" })).toBeVisible();
    await expect(stranger.getByText("Results are the members' only")).toBeVisible();
    expect(await stranger.locator("main script, main a[href^='javascript']").count()).toBe(0);
    await isAccessible(stranger);
    expect((await stranger.request.get(`${site.url}/api/projects/${SLUG}/results.csv`)).status()).toBe(404);
  });

  await test.step("a token does what it was made for, until it is revoked", async () => {
    await owner.goto(`${site.url}/account`);
    const tokens = owner.locator("#tokens");
    await tokens.getByLabel("Name").fill("laptop");
    await tokens.getByRole("button", { name: "Make the token" }).click();
    const token = (await tokens.getByRole("status").locator(".font-mono").textContent()) ?? "";
    const mine = () =>
      stranger.request.get(`${site.url}/api/trpc/project.mine`, { headers: { authorization: `Bearer ${token}` } });
    expect(JSON.stringify(await (await mine()).json())).toContain(SLUG);
    await tokens.getByRole("listitem").getByRole("button", { name: "Revoke" }).click();
    await owner.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
    await expect(tokens.getByText("You have no tokens.")).toBeVisible();
    expect((await mine()).status()).toBe(401);
  });
});
