import type { BrowserContext, Page } from "@playwright/test";
import type pg from "pg";
import type { LivingSite } from "./living-site.ts";
import type { KnownPlaces } from "./site-pages.ts";

/**
 * A browser that has computed makes an account, as people do, and becomes the operator, founds a team, shows a page of its
 * own, and reports a project: so that every page has something to show.
 */
export async function settleIn(
  site: Pick<LivingSite, "url" | "output" | "operatorLink">,
  context: BrowserContext,
  database: Pick<pg.Client, "query">,
): Promise<Omit<KnownPlaces, "workunitId">> {
  const page = await context.newPage();
  await signUp(site, page, "ada@example.org");
  const operator = await site.operatorLink();
  await call(page, "admin.become", { secret: operator.split("/").at(-1) });
  await call(page, "credit.rename", { name: "Ada Lovelace" });
  await call(page, "credit.share", { isPublic: true });
  await call(page, "team.create", {
    name: "Analytical Engine",
    description: "People who like to see numbers agree.\n\nEverybody is welcome.",
    isOpen: true,
  });
  await call(page, "report.create", {
    slug: "mandelbrot-atlas",
    reason: "too_heavy",
    text: "My fan does not stop while this one computes.",
    email: "",
  });
  const invitation = await call<{ path: string }>(page, "invitation.create", {
    slug: "mandelbrot-atlas",
    role: "submitter",
    email: null,
  });
  await page.close();
  const { rows } = await database.query<{ userId: number; teamId: number; batchId: number }>(
    `select user_id::float8 as "userId", team_id::float8 as "teamId", (select min(id)::float8 from batch) as "batchId" from team_membership order by team_id desc limit 1`,
  );
  const mine = rows[0];
  if (mine === undefined) throw new Error("the team that was just founded has no member");
  return {
    teamId: mine.teamId,
    batchId: mine.batchId,
    personId: mine.userId,
    invitation: invitation.path,
    // The first one is used up; this one is only looked at.
    operatorLink: await site.operatorLink(),
  };
}

/** Makes an account for whoever uses the page's browser: what that has computed becomes the account's. */
export async function signUp(site: Pick<LivingSite, "url" | "output">, page: Page, email: string): Promise<void> {
  await page.goto(`${site.url}/sign-in`);
  const before = site.output().length;
  await call(page, "account.signUp", { email });
  const token = await until(() => /sign-in\/finish#([\w-]+)/.exec(site.output().slice(before))?.[1]);
  await page.goto(`${site.url}/sign-in/finish#${token}`);
  await page.locator("input[type=password]").first().fill("correct horse battery staple");
  // It cannot be pressed before the page's script runs.
  await page.locator("main button[type=submit]").click();
  await page.waitForURL(/\/account/, { timeout: 120_000 });
}

/** A mutation, as the page itself would call it. @throws with the answer where it is refused. */
export async function call<T>(page: Page, procedure: string, input: unknown): Promise<T> {
  const answer = await page.evaluate(
    async ([path, body]) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`/api/trpc/${path}`, { method: "POST", headers, body: body ?? "" });
      return { ok: response.ok, text: await response.text() };
    },
    [procedure, JSON.stringify(input)],
  );
  if (!answer.ok) throw new Error(`${procedure}: ${answer.text}`);
  return (JSON.parse(answer.text) as { result: { data: T } }).result.data;
}

/** A mail is written to the server's log a moment after it was asked for. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const seen = look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the mail did not come");
}
