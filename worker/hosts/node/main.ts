import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_SETTINGS } from "../../supervisor/core/initial.ts";
import { createSupervisor } from "../../supervisor/supervisor.ts";
import { openFileStore } from "./file-store.ts";
import { FolderInUse, lockFolder } from "./folder-lock.ts";
import { createRunLog, type Level } from "./run-log.ts";
import { createNodeHost } from "./volunteer-host.ts";

/** `npm run volunteer`: computes without a browser, with the same code. */

interface Flags {
  readonly url: URL;
  readonly workers?: number;
  readonly share: number;
  readonly once: boolean;
  readonly identity?: string;
  readonly as: string;
  readonly gpu: boolean;
  readonly project: readonly string[];
  readonly logLevel: Level;
  readonly json: boolean;
}

/** A second signal ends the process at once; what has a checkpoint is kept either way. */
const FORCED_EXIT_CODE = 130;

async function volunteer(flags: Flags): Promise<number> {
  const began = performance.now();
  const runLog = createRunLog({ level: flags.logLevel, json: flags.json, write: (line) => console.log(line) });
  const folder = identityFolder(flags);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder);
  try {
    const host = createNodeHost({ url: flags.url, store: await openFileStore(folder), log: runLog.log });
    const cpuWorkers = flags.workers ?? host.cores;
    const settings = {
      ...DEFAULT_SETTINGS,
      preset: "custom" as const,
      cpuWorkers,
      cpuShare: flags.share,
      gpuShare: flags.gpu ? flags.share : 0,
      useGpu: flags.gpu,
      minimumCharge: 0,
      name: flags.as,
      shares: flags.project.length === 0 ? null : Object.fromEntries(flags.project.map((slug) => [slug, 1])),
    };
    // More workers than cores were asked for: the machine's owner may.
    const roomy = { ...host, cores: Math.max(host.cores, cpuWorkers) };
    const supervisor = await createSupervisor({ host: roomy, settings, once: flags.once, onEvent: runLog.onEvent });
    runLog.log("info", "volunteering", {
      url: flags.url.href,
      identity: folder,
      workers: cpuWorkers,
      once: flags.once,
    });
    const stop = (): void => {
      process.once("SIGINT", () => process.exit(FORCED_EXIT_CODE));
      runLog.log("info", "stopping: checkpoints are kept, the rest is handed back; once more to end at once");
      supervisor.stop();
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    supervisor.start();
    await supervisor.ended();
    const state = supervisor.state();
    runLog.log("info", runLog.summary(state, (performance.now() - began) / 1000));
    if (state.mode === "off") return 0;
    runLog.log("error", explain(state.mode, state.failure?.message ?? ""));
    return 1;
  } finally {
    await unlock();
  }
}

function explain(mode: string, message: string): string {
  if (mode === "outdated") return "The server speaks a newer protocol. Update this program; unfinished work is kept.";
  return `Cannot go on: ${message}`;
}

/** ~/.quorate/<host of the site>/<name>: a user of its own for every name and site. */
function identityFolder(flags: Flags): string {
  // npm changes to the package's folder; a relative path is meant from where the person typed it.
  const typedIn = process.env["INIT_CWD"] ?? process.cwd();
  if (flags.identity !== undefined)
    return isAbsolute(flags.identity) ? flags.identity : resolve(typedIn, flags.identity);
  const name = flags.as === "" ? "default" : encodeURIComponent(flags.as).replaceAll("%", "_").replace(/^\./, "_");
  return join(homedir(), ".quorate", flags.url.host.replaceAll(":", "_"), name);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1024)
    throw new InvalidArgumentError("use a whole number from 1 to 1024");
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError("use a number above 0 and up to 1");
  return value;
}

function address(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError("use an address such as http://localhost:3000");
  return url;
}

const program = new Command()
  .name("npm run volunteer --")
  .description("Computes for the projects of a Quorate site, without a browser.")
  .option("--url <address>", "the site", address, new URL("http://localhost:3000"))
  .option("--as <name>", "volunteer as a user of this name, with an identity of its own", "")
  .option("--identity <folder>", "where the identity and unfinished work are kept (default: ~/.quorate/SITE/NAME)")
  .option("--workers <n>", "compute threads (default: one per core)", wholeNumber)
  .option("--share <part>", "part of the time that each thread computes, up to 1", share, 1)
  .option("--project <slug...>", "compute only for these projects", [])
  .option("--no-gpu", "leave the GPU alone (it is used where npm package webgpu finds an adapter)")
  .option("--once", "one exchange: compute what it brings, report it, exit", false)
  .addOption(
    new Option("--log-level <level>", "least important lines to print")
      .choices(["debug", "info", "warn", "error"])
      .default("info"),
  )
  .option("--json", "print one JSON object per line", false);

try {
  process.exitCode = await volunteer(program.parse().opts<Flags>());
} catch (error) {
  console.error(error instanceof FolderInUse ? error.message : error);
  process.exitCode = 1;
}
// Compute threads and kept connections end with the process; everything that counts is stored.
process.exit();
