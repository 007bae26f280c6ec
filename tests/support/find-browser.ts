import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Names and places of Chromium and of browsers that are Chromium, most wanted first. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge"];
const PLACES = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/snap/bin/chromium",
];

export class NoBrowserError extends Error {
  override name = "NoBrowserError";
}

/** Path of the Chromium that browser tests use: CHROMIUM_PATH, or one that is installed; else undefined. */
export function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") {
    if (isProgram(named)) return named;
    throw new NoBrowserError(`CHROMIUM_PATH=${named} is not a program; correct it, or leave it out.`);
  }
  const folders = (environment["PATH"] ?? "").split(delimiter);
  const candidates = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return [...candidates, ...PLACES].find(isProgram) ?? playwrightsOwn();
}

/**
 * As `findBrowser`, and installs one where that can be done without asking: by apt when root on Debian, else by
 * Playwright's own download. @throws {NoBrowserError} with what the person can do.
 */
export function ensureBrowser(say: (sentence: string) => void): string {
  const found = findBrowser();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync("/etc/debian_version")) {
    say("No Chromium found; installing Debian's (apt-get install chromium) ...");
    const quiet = { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } } as const;
    spawnSync("apt-get", ["update"], quiet);
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], quiet);
    const installed = findBrowser();
    if (installed !== undefined) return installed;
  }
  say("No Chromium found; downloading Playwright's ...");
  const { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: _skip, ...env } = process.env;
  const cli = join(import.meta.dirname, "../../node_modules/@playwright/test/cli.js");
  spawnSync(process.execPath, [cli, "install", "chromium"], { stdio: "ignore", env });
  const downloaded = findBrowser();
  if (downloaded !== undefined) return downloaded;
  throw new NoBrowserError(
    "The tests need a Chromium and none could be installed; install one, or name it: CHROMIUM_PATH=/path/to/chromium npm test",
  );
}

/** Where Playwright's own download of Chromium lies, if it is there. */
function playwrightsOwn(): string | undefined {
  const script = 'import("@playwright/test").then((p) => process.stdout.write(p.chromium.executablePath()))';
  const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", cwd: import.meta.dirname });
  return stdout !== "" && isProgram(stdout) ? stdout : undefined;
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
