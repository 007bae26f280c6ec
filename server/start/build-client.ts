import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { inProject, PROJECT_ROOT } from "../paths.ts";
import { withFileLock } from "./file-lock.ts";

/** What scientists install, as GET /download/quorate.tgz gives it. */
export const CLIENT_PACKAGE = inProject(".build/client/quorate.tgz");

/** What it is made of. */
const INPUTS = [
  "worker/client",
  "worker/compute",
  "worker/hosts/node",
  "worker/protocol.ts",
  "server/core",
  "package-lock.json",
];
const FOLDER = inProject(".build/client");
const STAMP = join(FOLDER, "inputs-sha256");
/** The threads that the program starts: files of their own, which it names by their sources. */
const THREADS = { "prove-thread": "worker/hosts/node/prove-thread.ts" };
const run = promisify(execFile);

/** Bundles the client and the CLI into plain JavaScript and packs them with npm, when what they are made of changed. */
export async function buildClient(): Promise<"built" | "unchanged"> {
  await mkdir(FOLDER, { recursive: true });
  return await withFileLock(inProject(".build/client.lock"), async () => {
    const hash = await hashInputs();
    if ((await readFile(STAMP, "utf8").catch(() => "")) === hash) return "unchanged";
    await pack();
    await writeFile(STAMP, hash);
    return "built";
  });
}

async function pack(): Promise<void> {
  const folder = join(FOLDER, "package");
  await rm(folder, { recursive: true, force: true });
  await cp(inProject("worker/client/package"), folder, { recursive: true });
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string };
  await bundle(folder, version);
  await run(process.execPath, [
    inProject("node_modules/typescript/bin/tsc"),
    ...["-p", inProject("worker/client/tsconfig.package.json"), "--outDir", join(folder, "types")],
  ]);
  await run("npm", ["pack", "--silent", "--pack-destination", FOLDER], { cwd: folder });
  await rename(join(FOLDER, `quorate-${version}.tgz`), CLIENT_PACKAGE);
}

async function bundle(folder: string, version: string): Promise<void> {
  const { build } = await import("rolldown");
  await build({
    input: {
      quorate: inProject("worker/client/cli/main.ts"),
      client: inProject("worker/client/client.ts"),
      ...Object.fromEntries(Object.entries(THREADS).map(([name, path]) => [name, inProject(path)])),
    },
    platform: "node",
    logLevel: "silent",
    transform: { define: { "process.env.QUORATE_VERSION": JSON.stringify(version) } },
    plugins: [
      {
        name: "threads-beside-the-bundle",
        transform: (code) =>
          code.replaceAll(
            /new URL\("\.\/([a-z-]+-thread)\.ts", import\.meta\.url\)/g,
            'new URL("./$1.js", import.meta.url)',
          ),
      },
    ],
    output: { dir: folder, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
  });
}

async function hashInputs(): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  for (const input of INPUTS) {
    for (const file of await filesOf(input)) hash.update(`${file}\0`).update(await readFile(inProject(file)));
  }
  return hash.digest("hex");
}

async function filesOf(path: string): Promise<string[]> {
  if (/\.[a-z]+$/.test(path)) return [path];
  const entries = await readdir(inProject(path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(PROJECT_ROOT.length + 1))
    .sort();
}
