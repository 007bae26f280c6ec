import { spawnSync } from "node:child_process";
import { StartError } from "../../start/start-error.ts";

/** The operating system's user that PostgreSQL runs as, when that is not the one who started us. */
export type Account = { name: string; uid: number; gid: number };

const NAME = "postgres";

/**
 * PostgreSQL refuses to run as root. Root therefore lends it the system user `postgres`, which is made when there is
 * none; everybody else runs it as themselves (`undefined`).
 */
export function accountForPostgres(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = lookUp() ?? create();
  if (found !== undefined) return found;
  throw new StartError(
    `PostgreSQL does not run as root and the user "${NAME}" could not be made; start as an ordinary user, or set DATABASE_URL.`,
  );
}

function lookUp(): Account | undefined {
  const uid = idOf("-u");
  const gid = idOf("-g");
  return uid === undefined || gid === undefined ? undefined : { name: NAME, uid, gid };
}

function idOf(flag: "-u" | "-g"): number | undefined {
  const { status, stdout } = spawnSync("id", [flag, NAME], { encoding: "utf8" });
  const id = Number.parseInt(stdout ?? "", 10);
  return status === 0 && Number.isInteger(id) ? id : undefined;
}

function create(): Account | undefined {
  const flags = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"];
  spawnSync("useradd", [...flags, "--shell", "/usr/sbin/nologin", NAME], { stdio: "ignore" });
  return lookUp();
}

/** May `account` enter the folder `path`, with all its parents? Asked of the system itself: modes are not everything. */
export function canEnter(account: Account | undefined, path: string): boolean {
  return account === undefined || testAs(account, 'test -x "$0"', path);
}

/** May `account` run the PostgreSQL in `folder`? */
export function canRun(account: Account | undefined, folder: string): boolean {
  const script = 'test -x "$0/bin/postgres" && test -r "$0/lib/libpq.so.5" && test -x "$0/share/postgresql"';
  return account === undefined || testAs(account, script, folder);
}

function testAs(account: Account, script: string, path: string): boolean {
  const asAccount = { uid: account.uid, gid: account.gid, cwd: "/", stdio: "ignore" } as const;
  return spawnSync("/bin/sh", ["-c", script, path], asAccount).status === 0;
}
