import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { createClient } from "../client.ts";
import type { Cli } from "./cli.ts";
import { forgetLogin, storeLogin } from "./config.ts";
import { Misused } from "./terminal.ts";

export function addAccountCommands(program: Command, cli: Cli): void {
  program
    .command("login")
    .argument("<url>", "the site, for example https://quorate.example")
    .description("stores a personal token (make one on the site: Account, Tokens), read from standard input")
    .action(async (url: string) => {
      if (!URL.canParse(url)) throw new Misused(`${url} is no address; write it with https://`);
      const { origin } = new URL(url);
      const token = await readToken();
      const me = await createClient({ url: origin, token }).whoami();
      const path = await storeLogin(cli.environment, { url: origin, token });
      const scopes = me.scopes.join(", ");
      const text = `Signed in at ${origin} as ${me.name ?? `user ${me.userId}`} (${scopes}). Stored in ${path}.`;
      await cli.terminal().answer({ url: origin, path, ...me }, text);
    });

  program
    .command("logout")
    .description("forgets the stored token; on the site it stays until it is revoked there")
    .action(async () => {
      await forgetLogin(cli.environment);
      await cli.terminal().answer({}, "The token was forgotten here.");
    });

  program
    .command("whoami")
    .description("whose token is used, and what it may do")
    .action(async () => {
      const me = await (await cli.client()).whoami();
      const only = me.project === null ? "" : `, only for ${me.project}`;
      await cli.terminal().answer(me, `${me.name ?? `user ${me.userId}`} (${me.scopes.join(", ")}${only})`);
    });
}

/** Never an argument: those are seen by everybody on the machine and kept in the shell's history. */
async function readToken(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  if (process.stdin.isTTY) process.stderr.write("Personal token: ");
  for await (const line of lines) {
    lines.close();
    if (line.trim() !== "") return line.trim();
  }
  throw new Misused("no token came by standard input: echo TOKEN | quorate login URL");
}
