import { type Browser, expect, type Page } from "@playwright/test";
import type { Site } from "./site.ts";

const PASSWORD = "a few easy words";

/** A browser of somebody who has just made an account on the site. */
export async function signedIn(browser: Browser, site: Site, email: string): Promise<Page> {
  const context = await browser.newContext();
  const post = async (path: string, data: unknown) => {
    const answer = await context.request.post(`${site.url}${path}`, { data, headers: { origin: site.url } });
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  };
  await post("/api/trpc/account.signUp", { email });
  await expect.poll(() => mailedTo(site, email), { message: `a mail to ${email}` }).not.toBeNull();
  await post("/api/trpc/account.finishSignUp", { token: mailedTo(site, email), password: PASSWORD });
  await post("/api/auth/sign-in/email", { email, password: PASSWORD });
  return await context.newPage();
}

/** What stands behind # in the link of the last mail to an address. Without a mail server mails are in the log. */
function mailedTo(site: Site, email: string): string | null {
  const lines = site.server().output().split("\n");
  const mail = lines.filter((line) => line.includes(`"to":"${email}"`)).at(-1);
  return /#([\w-]+)/.exec(mail ?? "")?.[1] ?? null;
}
