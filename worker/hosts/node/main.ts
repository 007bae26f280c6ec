import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { loadOrCreateCredential } from "../../supervisor/memory.ts";
import { createSupervisor } from "../../supervisor/supervisor.ts";
import { readBattery } from "./battery.ts";
import { openFileStore } from "./file-store.ts";
import { FolderInUse, lockFolder } from "./folder-lock.ts";
import { linkDevice } from "./link-device.ts";
import { ConfigError, type Flags, readFlags, settingsOf } from "./options.ts";
import { createPatience, type Patience } from "./patience.ts";
import { createRunLog } from "./run-log.ts";
import { createNodeHost } from "./volunteer-host.ts";

/** `npm run volunteer`: computes without a browser, with the same code. */

/** A second signal ends the process at once; what has a checkpoint is kept either way. */
const FORCED_EXIT_CODE = 130;
const BATTERY_EVERY_MS = 15_000;
const PATIENCE_CHECK_MS = 500;

async function volunteer(flags: Flags): Promise<number> {
  const began = performance.now();
  const runLog = createRunLog({ level: flags.logLevel, json: flags.json, write: (line) => console.log(line) });
  const folder = identityFolder(flags);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder);
  const timers: NodeJS.Timeout[] = [];
  try {
    const host = createNodeHost({ url: flags.url, store: await openFileStore(folder), log: runLog.log });
    const settings = settingsOf(flags, host.cores);
    const patience = createPatience(flags.patience);
    const supervisor = await createSupervisor({
      // More workers than cores were asked for: the machine's owner may.
      host: { ...host, cores: Math.max(host.cores, settings.cpuWorkers) },
      settings,
      once: flags.once,
      onState(shown) {
        runLog.onState(shown);
        patience.look(shown, performance.now());
      },
      onEvent: runLog.onEvent,
    });
    runLog.log("info", "volunteering", {
      url: flags.url.href,
      identity: folder,
      workers: settings.cpuWorkers,
      once: flags.once,
    });
    const stop = (): void => {
      process.once("SIGINT", () => process.exit(FORCED_EXIT_CODE));
      runLog.log("info", "stopping: checkpoints are kept, the rest is handed back; once more to end at once");
      supervisor.stop();
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    const lookAtBattery = async (): Promise<void> => supervisor.changeConditions({ battery: await readBattery() });
    await lookAtBattery();
    timers.push(setInterval(() => void lookAtBattery(), BATTERY_EVERY_MS));
    if (flags.link !== undefined) {
      await loadOrCreateCredential(host);
      runLog.log("info", await linkDevice(flags.url, (await supervisor.token()) ?? "", flags.link));
    }
    supervisor.start();
    let gaveUp: ReturnType<typeof patience.over> = null;
    if (flags.once) {
      const check = (): void => {
        if (gaveUp !== null) return;
        gaveUp = patience.over(performance.now());
        if (gaveUp !== null) supervisor.stop();
      };
      timers.push(setInterval(check, PATIENCE_CHECK_MS));
    }
    await supervisor.ended();
    const state = supervisor.state();
    runLog.log("info", runLog.summary(state, (performance.now() - began) / 1000));
    if (gaveUp !== null) {
      runLog.log("error", whyItGaveUp(gaveUp, flags));
      return 1;
    }
    if (state.mode === "off") return 0;
    runLog.log("error", explain(state.mode, state.failure?.message ?? ""));
    return 1;
  } finally {
    for (const timer of timers) clearInterval(timer);
    await unlock();
  }
}

function whyItGaveUp(over: NonNullable<ReturnType<Patience["over"]>>, { url, patience }: Flags): string {
  const kept = "What is finished is kept and sent next time.";
  if (over.type === "unreachable")
    return `${url.origin} could not be reached for ${patience} s. Is the server running, and the address right? ${kept}`;
  const details = Object.entries(over.reason.values).map(([name, value]) => ` ${name}=${value}`);
  return `The settings of this volunteer let it do nothing for ${patience} s (${over.reason.key}${details.join("")}). Change them, or leave out --once and it waits. ${kept}`;
}

function explain(mode: string, message: string): string {
  if (mode === "outdated") return "The server speaks a newer protocol. Update this program; unfinished work is kept.";
  return `Cannot go on: ${message}`;
}

/** ~/.quorate/<host of the site>/<name>: a user of its own for every name and site. */
function identityFolder(flags: Flags): string {
  if (flags.identity !== undefined) return typedPath(flags.identity);
  const name = flags.as === "" ? "default" : encodeURIComponent(flags.as).replaceAll("%", "_").replace(/^\./, "_");
  return join(homedir(), ".quorate", flags.url.host.replaceAll(":", "_"), name);
}

/** npm changes to the package's folder; a relative path is meant from where the person typed it. */
function typedPath(path: string): string {
  return isAbsolute(path) ? path : resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}

try {
  process.exitCode = await volunteer(readFlags(process.argv.slice(2), typedPath));
} catch (error) {
  console.error(error instanceof FolderInUse || error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
// Compute threads and kept connections end with the process; everything that counts is stored.
process.exit();
