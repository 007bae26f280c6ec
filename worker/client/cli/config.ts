import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as z from "zod";

/** Which site and whose token: ~/.config/quorate/login.json, which nobody but its owner may read. */

const loginSchema = z.object({ url: z.url(), token: z.string().optional() });
export type Login = z.infer<typeof loginSchema>;

export function loginPath(environment: NodeJS.ProcessEnv): string {
  const folder = environment["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  return join(folder, "quorate", "login.json");
}

/** QUORATE_URL and QUORATE_TOKEN go before what `quorate login` stored. Null: nothing says which site. */
export async function readLogin(environment: NodeJS.ProcessEnv): Promise<Login | null> {
  const { QUORATE_URL: url, QUORATE_TOKEN: token } = environment;
  if (url !== undefined && !URL.canParse(url)) throw new Error(`QUORATE_URL is ${url}, which is no address`);
  const stored = await readStored(loginPath(environment));
  // A stored token is for the site it was stored with, and is never shown to another.
  if (url !== undefined && new URL(url).origin !== (stored && new URL(stored.url).origin)) {
    return { url, ...(token === undefined ? {} : { token }) };
  }
  return stored === null ? null : { ...stored, ...(token === undefined ? {} : { token }) };
}

async function readStored(path: string): Promise<Login | null> {
  try {
    return loginSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(`${path} cannot be read (${(error as Error).message}); run quorate login again`, { cause: error });
  }
}

export async function storeLogin(environment: NodeJS.ProcessEnv, login: Login): Promise<string> {
  const path = loginPath(environment);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, path);
  return path;
}

export async function forgetLogin(environment: NodeJS.ProcessEnv): Promise<void> {
  await rm(loginPath(environment), { force: true });
}
