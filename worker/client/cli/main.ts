#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { createClient, type Quorate } from "../client.ts";
import { addAccountCommands } from "./account-commands.ts";
import { addBatchCommands } from "./batch-commands.ts";
import type { Cli } from "./cli.ts";
import { readLogin } from "./config.ts";
import { addKernelCommands } from "./kernel-commands.ts";
import { addResultsCommand } from "./results-command.ts";
import { addSteeringCommands } from "./steering-commands.ts";
import { createTerminal, EXIT, explain, Misused, type Terminal } from "./terminal.ts";

/** `quorate`: everything a scientist does, from a terminal. Exit codes: 0 good, 1 failed, 2 the command was not understood. */

const program = new Command("quorate")
  .description("publish kernels, send work to volunteers, get confirmed results")
  .version(process.env["QUORATE_VERSION"] ?? "0", "-v, --version")
  .option("--url <url>", "the site, in place of the one that you signed in to")
  .option("--json", "answers and errors as JSON")
  .showHelpAfterError("(quorate --help says what there is)")
  .exitOverride();

let terminal: Terminal | undefined;
const cli: Cli = {
  environment: process.env,
  terminal: () => (terminal ??= createTerminal(isJson())),
  async client(): Promise<Quorate> {
    const { url } = program.opts<{ url?: string }>();
    if (url !== undefined && !URL.canParse(url)) throw new Misused(`${url} is no address; write it with https://`);
    const login = await readLogin({ ...process.env, ...(url === undefined ? {} : { QUORATE_URL: url }) });
    if (login === null) throw new Misused("which site? Run: quorate login URL, or set QUORATE_URL");
    return createClient(login);
  },
};

function isJson(): boolean {
  return program.opts<{ json?: boolean }>().json === true || process.argv.includes("--json");
}

for (const add of [addAccountCommands, addKernelCommands, addBatchCommands, addSteeringCommands, addResultsCommand])
  add(program, cli);
for (const command of program.commands) {
  command.exitOverride().configureHelp({ showGlobalOptions: true });
  // Wherever it stands: `quorate whoami --json` is what people type.
  command.option("--json", "answers and errors as JSON");
}

// Whoever reads may have enough: `quorate results 12 | head` is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.good : EXIT.failed);
});

try {
  await program.parseAsync();
  process.exitCode = EXIT.good;
} catch (error) {
  terminal?.endBar();
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.misused;
  else process.exitCode = explain(error, isJson());
}
