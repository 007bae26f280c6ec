import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inProject, PROJECT_ROOT } from "../paths.ts";
import { compressStatic } from "./compress-static.ts";
import { withFileLock } from "./file-lock.ts";
import { StartError } from "./start-error.ts";

/** What Next's build reads. A change anywhere else (server, tests, documents) needs no new build. */
const INPUTS = [
  "app",
  "public",
  "server/core",
  "server/trpc",
  "worker/compute",
  "worker/hosts/browser",
  "worker/hosts/proxied.ts",
  "worker/page",
  "worker/protocol.ts",
  "worker/supervisor",
  "next.config.ts",
  "package-lock.json",
  "postcss.config.mjs",
  "tsconfig.base.json",
  "tsconfig.json",
];
/** Only a build that ended well leaves this file. */
const STAMP = inProject(".next/quorate-inputs");

/** Builds the site with Next when what it is made of changed since the last build. */
export async function buildSite(signal: AbortSignal): Promise<"built" | "unchanged"> {
  await mkdir(inProject(".build"), { recursive: true });
  return withFileLock(
    inProject(".build/site.lock"),
    async () => {
      const hash = await hashInputs();
      if ((await readFile(STAMP, "utf8").catch(() => "")) === hash) return "unchanged";
      await buildWithoutTrustInTheCache(signal);
      await compressStatic();
      await writeFile(STAMP, hash);
      return "built";
    },
    { signal },
  );
}

/** A build that was interrupted may leave a cache with which no later one succeeds: a failure is tried once without it. */
async function buildWithoutTrustInTheCache(signal: AbortSignal): Promise<void> {
  const cache = inProject(".next/cache");
  const hadCache = (await stat(cache).catch(() => undefined)) !== undefined;
  try {
    await runNextBuild(signal);
  } catch (error) {
    if (!hadCache || signal.aborted) throw error;
    await rm(cache, { recursive: true, force: true });
    await runNextBuild(signal);
  }
}

async function hashInputs(): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  for (const input of INPUTS) {
    for (const file of await filesOf(input)) hash.update(`${file}\0`).update(await readFile(join(PROJECT_ROOT, file)));
  }
  return hash.digest("hex");
}

async function filesOf(relativePath: string): Promise<string[]> {
  const path = join(PROJECT_ROOT, relativePath);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [relativePath];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(PROJECT_ROOT.length + 1))
    .sort();
}

function runNextBuild(signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [inProject("node_modules/next/dist/bin/next"), "build"], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else if (/ENOSPC|No space left/.test(output))
        reject(new StartError("The disk is full; make room and start again."));
      else
        reject(
          new StartError(`${output.trim().split("\n").slice(-40).join("\n")}\n\nBuilding the site failed; see above.`),
        );
    });
  });
}
