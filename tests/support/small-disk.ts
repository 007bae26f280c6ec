import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real file system of a few megabytes, to be filled up. */
export type SmallDisk = {
  path: string;
  /** Takes every byte that is left. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
  unmount(): void;
};

/** Null where this process may not mount file systems: that takes root on Linux. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), "quorate-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmSync(path, { recursive: true });
    return null;
  }
  chmodSync(path, 0o755);
  const filler = join(path, "filler");
  return {
    path,
    async fill() {
      const file = await open(filler, "a");
      try {
        for (const block = Buffer.alloc(4096); ; ) {
          if ((await file.write(block)).bytesWritten < block.length) return;
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        await file.close();
      }
    },
    makeRoom: () => rm(filler, { force: true }),
    unmount() {
      // Lazily: whoever still has a file of it open keeps that alone.
      execFileSync("umount", ["-l", path]);
      rmSync(path, { recursive: true });
    },
  };
}
