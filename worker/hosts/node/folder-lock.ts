import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** One volunteer per identity folder: two would report the same results. */

export class FolderInUse extends Error {
  override name = "FolderInUse";
}

/** Returns the function that gives the folder back. A lock whose process is gone is taken over. @throws {FolderInUse} */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "lock");
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = await open(path, "wx", 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const owner = Number.parseInt(await readFile(path, "utf8").catch(() => ""), 10);
    if (isRunning(owner)) {
      throw new FolderInUse(
        `Another volunteer (process ${owner}) uses ${folder}. Stop it, or choose another user with --as NAME.`,
      );
    }
    await rm(path, { force: true });
  }
  throw new FolderInUse(`${folder} is being taken by another volunteer just now; try again.`);
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
