import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, expect, type Page, test } from "@playwright/test";
import { foldCredit } from "../../server/credit/fold-credit.ts";
import { publishExample } from "../support/science.ts";
import { openSite, ROOMY, type Site } from "../support/site.ts";

/** Two people with accounts: a team, credit and badges, a public page with its picture, and a place on the leaderboard. */
let site: Site;
let projectId = 0;
test.beforeAll(async () => {
  site = await openSite({ environment: ROOMY });
  await publishExample(site.deps, "atlas");
  const { rows } = await site.pool.query<{ id: number }>("select id from project");
  projectId = rows[0]?.id ?? 0;
  await site.start();
});
test.afterAll(() => site?.close());

type Member = { context: BrowserContext; page: Page; userId: number };

test("a team, badges, a card: from the first member to the next founder", async ({ browser }) => {
  const ada = await signedUp(browser, "ada@example.org");
  const grace = await signedUp(browser, "grace@example.org");

  const address = await test.step("a team is founded, and takes who has its link", async () => {
    const { page } = ada;
    await page.goto(`${site.url}/teams`);
    await page.getByLabel("Name", { exact: true }).fill("Quorate Official");
    await page.getByLabel("About the team").fill("<b>We</b> compute together.");
    await page.getByLabel("Open to all").click();
    await page.getByRole("button", { name: "Found it" }).click();
    await expect(page.getByText("could be taken for the site")).toBeVisible();
    await page.getByLabel("Name", { exact: true }).fill("Night Owls");
    await page.getByRole("button", { name: "Found it" }).click();
    await page.waitForURL("**/teams/*");
    await expect(page.getByTestId("team-text")).toHaveText("<b>We</b> compute together.");
    const link = (await page.getByTestId("invite-link").textContent()) ?? "";
    await grace.page.goto(page.url());
    await expect(grace.page.getByText("One joins this team with a link from its founder.")).toBeVisible();
    await grace.page.goto(link);
    await grace.page.getByRole("button", { name: "Join this team" }).click();
    await expect(grace.page.getByTestId("members").getByRole("listitem")).toHaveCount(2);
    await expect(grace.page.getByTestId("founder")).toHaveCount(0);
    return page.url();
  });

  await test.step("credit of its members is the team's, and brings badges", async () => {
    const { page } = ada;
    await grant(ada, 12_500_000);
    await grant(grace, 2_000_000);
    await page.goto(address);
    await expect(page.getByTestId("team-numbers").locator("dd").first()).toHaveText("14.5");
    await expect(page.getByTestId("credit-chart")).toContainText("14.5");
    await page.goto(`${site.url}/credit`);
    await expect(page.getByTestId("my-credit").locator("dd").first()).toHaveText("12.5");
    await expect(page.locator("[data-badge=credit]")).toHaveAttribute("data-level", "2");
    await expect(page.getByTestId("pending")).toContainText("Nothing is waiting");
  });

  await test.step("recent average credit is explained to a keyboard", async () => {
    const { page } = ada;
    await page.getByRole("button", { name: /per day, recently/ }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByText("one of a week ago counts half")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByText("one of a week ago counts half")).toBeHidden();
    await seriousFaults(page);
  });

  const stranger = await (await browser.newContext()).newPage();
  await test.step("a page and a picture only for who chose them", async () => {
    const { page, userId } = ada;
    expect((await stranger.goto(`${site.url}/people/${userId}`))?.status()).toBe(404);
    expect((await stranger.request.get(`${site.url}/card/${userId}`)).status()).toBe(404);
    await page.getByLabel("Your public name").fill("Ada <i>L.</i>");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Everybody may see your name")).toBeVisible();
    await page.getByLabel("My public page").click();
    const picture = page.getByTestId("shared").getByRole("img");
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1200);
    await stranger.goto(`${site.url}/people/${userId}`);
    await expect(stranger.getByRole("heading", { level: 1 })).toHaveText("Ada <i>L.</i>");
    await expect(stranger.getByTestId("badges").getByRole("listitem")).toHaveCount(3);
    await expect(stranger.getByRole("link", { name: "Night Owls" })).toBeVisible();
    const image = await stranger.locator('meta[property="og:image"]').getAttribute("content");
    const answer = await stranger.request.get(image ?? "");
    expect(answer.headers()["content-type"]).toBe("image/png");
    // Width and height stand at fixed places of a PNG.
    const bytes = await answer.body();
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1200, 630]);
    expect((await stranger.goto(`${site.url}/people/${grace.userId}`))?.status()).toBe(404);
  });

  await test.step("the leaderboard has people, teams and one's own place", async () => {
    const { page } = grace;
    await page.goto(`${site.url}/leaderboard`);
    const rows = page.getByTestId("leaders").locator("tbody tr");
    await expect(rows).toHaveCount(2);
    await expect(rows.nth(0)).toContainText("Ada <i>L.</i>");
    await expect(rows.nth(1)).toContainText(/Anonymous volunteer \d+\s*you/);
    await expect(page.getByTestId("my-place")).toContainText("You are number 2.");
    await page.getByRole("button", { name: "Teams" }).click();
    await expect(page.getByTestId("my-place")).toContainText("Your team is number 1.");
    await expect(rows).toHaveCount(1);
    await expect(rows.first().getByTestId("total")).toHaveText("14.5");
    await seriousFaults(page);
  });

  await test.step("the founder hands the team over and leaves; credit stays", async () => {
    await ada.page.goto(address);
    await ada.page.getByRole("button", { name: "Hand over" }).click();
    await ada.page.getByRole("alertdialog").getByRole("button", { name: "Hand over" }).click();
    await expect(ada.page.getByTestId("founder")).toHaveCount(0);
    await ada.page.getByRole("button", { name: "Leave" }).click();
    await ada.page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).click();
    await expect(ada.page.getByTestId("members").getByRole("listitem")).toHaveCount(1);
    await grace.page.goto(address);
    await expect(grace.page.getByTestId("founder")).toBeVisible();
    await expect(grace.page.getByTestId("team-numbers").locator("dd").first()).toHaveText("14.5");
    await seriousFaults(grace.page);
  });
});

/** A browser that is signed in to a new account; how one signs up by hand is another test's. */
async function signedUp(browser: Browser, email: string): Promise<Member> {
  // Colours are looked at: none on its way from one to another.
  const context = await browser.newContext({ reducedMotion: "reduce" });
  const password = "a few easy words";
  const post = async (path: string, data: object) => {
    const answer = await context.request.post(`${site.url}/api/${path}`, { data, headers: { origin: site.url } });
    expect(answer.status(), await answer.text()).toBe(200);
  };
  await post("trpc/account.signUp", { email });
  const mailed = () =>
    [
      ...site
        .server()
        .output()
        .matchAll(/\/sign-in\/finish#([\w-]+)/g),
    ].at(-1)?.[1];
  const before = lastToken;
  await expect.poll(mailed).not.toBe(before);
  lastToken = mailed();
  await post("trpc/account.finishSignUp", { token: lastToken, password });
  await post("auth/sign-in/email", { email, password });
  const page = await context.newPage();
  const mine = await context.request.get(`${site.url}/api/trpc/credit.mine`);
  const { result } = (await mine.json()) as { result: { data: { userId: number } } };
  return { context, page, userId: result.data.userId };
}
let lastToken: string | undefined;

/** A line of the ledger for a device of the member, folded. */
async function grant({ userId }: Member, micro: number): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  await site.pool.query(
    `with device as (insert into host (user_id, created_seconds, last_seen_seconds, secret_hash) values ($1::bigint, $2::bigint, $2::bigint, $5) returning id)
     insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds)
     select 4000000000 + id, 'grant', $1::bigint, id, $3::bigint, 1, $4::bigint, $2::bigint + 5 from device`,
    [userId, now, projectId, micro, `device of ${userId}`],
  );
  await expect
    .poll(async () => {
      await foldCredit(site.deps);
      return (await site.pool.query("select from credit_pending")).rowCount;
    })
    .toBe(0);
}

/** Of the page as it rests, with the pointer on nothing. */
async function seriousFaults(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}
