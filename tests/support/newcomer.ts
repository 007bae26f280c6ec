import type { Site } from "./site.ts";

/** Somebody without a browser who does what the pages do: the same calls, with the cookies that they got. */
export type Newcomer = { call<T>(procedure: string, input: unknown): Promise<T> };

const PASSWORD = "a few easy words";

/** Makes an account by the mail that the site sends, and signs in. The site's process must be running. */
export async function signUpAs(site: Site, email: string): Promise<Newcomer> {
  const cookies = new Map<string, string>();
  const post = async (path: string, data: unknown): Promise<unknown> => {
    const response = await fetch(`${site.url}${path}`, {
      method: "POST",
      headers: {
        ...{ "content-type": "application/json", origin: site.url },
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      },
      body: JSON.stringify(data),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    return JSON.parse(text) as unknown;
  };
  const call = async <T>(procedure: string, input: unknown): Promise<T> =>
    ((await post(`/api/trpc/${procedure}`, input)) as { result: { data: T } }).result.data;
  await call("account.signUp", { email });
  await call("account.finishSignUp", { token: await mailedTo(site, email), password: PASSWORD });
  await post("/api/auth/sign-in/email", { email, password: PASSWORD });
  return { call };
}

const LOOK_EVERY_MS = 50;
const LOOKS = 600;

/** What stands behind # in the link of the mail to an address. Without a mail server mails are in the log. */
async function mailedTo(site: Site, email: string): Promise<string> {
  for (let look = 0; look < LOOKS; look += 1) {
    const lines = site.server().output().split("\n");
    const mail = lines.filter((line) => line.includes(`"to":"${email}"`)).at(-1);
    const found = /#([\w-]+)/.exec(mail ?? "")?.[1];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`no mail to ${email}`);
}
