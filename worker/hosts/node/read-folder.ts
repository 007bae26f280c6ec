import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PACKAGE_MAX_FILES } from "../../../server/core/limits.ts";
import type { PackageEntry } from "../../compute/package/package-entry.ts";
import { type PackageReading, readPackageEntries } from "../../compute/package/read-package.ts";

/** What never belongs to a kernel and may be enormous. */
const PASSED_OVER = new Set(["node_modules", ".git", "target"]);

/** A folder on disk as a package: the same checks and the same words as for a zip. Links are not followed. */
export async function readPackageFolder(folder: string): Promise<PackageReading> {
  const entries: PackageEntry[] = [];
  await list(folder, "", entries);
  return await readPackageEntries(entries);
}

async function list(folder: string, prefix: string, entries: PackageEntry[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // One more than allowed is refused; there is no need to see all of a disk for that.
    if (entries.length > PACKAGE_MAX_FILES) return;
    const path = `${prefix}${entry.name}`;
    const full = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!PASSED_OVER.has(entry.name)) await list(full, `${path}/`, entries);
      continue;
    }
    const kind = entry.isSymbolicLink() ? "link" : entry.isFile() ? "file" : "other";
    const bytes = kind === "file" ? (await lstat(full)).size : 0;
    entries.push({ path, kind, bytes, read: async () => Uint8Array.from(await readFile(full)) });
  }
}
