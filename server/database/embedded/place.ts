import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync } from "node:fs";
import { mkdir, readFile, realpath, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { StartError } from "../../start/start-error.ts";
import { type Account, accountForPostgres, canEnter, canRun } from "./account.ts";
import { type Binaries, copyBinaries, installedBinaries } from "./binaries.ts";
import type { Cluster } from "./cluster.ts";

/** What .data/postgres.json keeps from one start to the next. */
type Record = {
  /** Folder that holds PostgreSQL's data, its log and, if need be, a copy of its programs. */
  place: string;
  port: number;
  password: string;
};

/** A cluster, and the port it had last time (0: none yet). */
export type Placed = { cluster: Cluster; port: number; rememberPort(port: number): Promise<void> };

/** Where root keeps what PostgreSQL's user may not reach inside the project: programs (shared), data (per project). */
const SYSTEM_FOLDER = "/var/lib/quorate";

/**
 * Decides where the programs and the data of this project's PostgreSQL are. Usually: programs in node_modules, data in
 * `dataFolder`. When root started us and PostgreSQL's user may not enter the project: both under /var/lib/quorate, which
 * is told in one sentence.
 */
export async function placeCluster(dataFolder: string, say: (sentence: string) => void): Promise<Placed> {
  await mkdir(dataFolder, { recursive: true });
  const folder = await realpath(dataFolder);
  const account = accountForPostgres();
  const recordFile = join(folder, "postgres.json");
  const old = await readRecord(recordFile);
  const place = await choosePlace(folder, account, old?.place);
  if (place.startsWith(SYSTEM_FOLDER) && place !== old?.place) {
    say(`User ${account?.name} may not enter this project's folder, so PostgreSQL keeps its data in ${place}.`);
  }
  const record: Record = { password: randomBytes(24).toString("hex"), port: 0, ...old, place };
  await writeRecord(recordFile, record);
  const cluster: Cluster = {
    binaries: (await usableBinaries(account)).folder,
    data: join(place, "data"),
    logFile: join(place, "postgres.log"),
    account,
    password: record.password,
  };
  return { cluster, port: record.port, rememberPort: (port) => writeRecord(recordFile, { ...record, port }) };
}

/** The programs npm installed, or a copy of them where PostgreSQL's user may not reach those. */
export async function usableBinaries(account: Account | undefined): Promise<Binaries> {
  const installed = await installedBinaries();
  return canRun(account, installed.folder) ? installed : copyBinaries(installed, SYSTEM_FOLDER);
}

async function choosePlace(
  folder: string,
  account: Account | undefined,
  recorded: string | undefined,
): Promise<string> {
  const own = join(folder, "postgres");
  if (account === undefined) {
    refuseForeignData(own);
    await mkdir(own, { recursive: true, mode: 0o700 });
    return own;
  }
  if (recorded !== undefined && recorded !== own && existsSync(recorded)) return recorded;
  if (canEnter(account, folder)) {
    // Entering is all that others may do here; the data folder itself is closed to them.
    await mkdir(own, { recursive: true, mode: 0o755 });
    return own;
  }
  if (existsSync(join(own, "data"))) {
    throw new StartError(
      `User ${account.name} may no longer enter ${folder}; allow it again (chmod o+x on it and its parents).`,
    );
  }
  const project = basename(dirname(folder)).replace(/[^\w-]/g, "_");
  const place = join(SYSTEM_FOLDER, `${project}-${randomBytes(6).toString("hex")}`);
  await mkdir(place, { recursive: true, mode: 0o755 });
  await writeFile(join(place, "owner"), `${folder}\n`);
  return place;
}

function refuseForeignData(own: string): void {
  const data = join(own, "data");
  if (!existsSync(data)) return;
  try {
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw new StartError(
      `The database in ${data} belongs to another user (was it started as root?); start as that user, or remove ${own} to begin anew.`,
    );
  }
}

async function readRecord(path: string): Promise<Record | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if ((error as NodeJS.ErrnoException).code === "EACCES") {
      throw new StartError(`${path} belongs to another user (was it started as root?); start as that user.`);
    }
    throw new StartError(
      `${path} cannot be read; restore it, or remove the folder it is in to begin with an empty database.`,
    );
  }
}

/** The password is in it: for the owner's eyes only. Written aside and renamed, so that a crash leaves the old one. */
async function writeRecord(path: string, record: Record): Promise<void> {
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(aside, path);
}
