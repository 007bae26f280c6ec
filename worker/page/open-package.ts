import { PACKAGE_MAX_FILES } from "../../server/core/limits.ts";
import { type PackageReading, readPackageFiles, readPackageZip } from "../compute/package/read-package.ts";

/** Where somebody hands in a kernel on a page: a folder or a zip, dropped or chosen. */

export interface DroppedFile {
  readonly file: File;
  /** From the folder dropped on; the file's own name when it was dropped alone. */
  readonly path: string;
}

/** The part of a browser's file system entries that is used. */
export type DropEntry = Pick<FileSystemEntry, "isFile" | "isDirectory" | "name"> &
  Partial<Pick<FileSystemFileEntry, "file">> &
  Partial<Pick<FileSystemDirectoryEntry, "createReader">>;

/**
 * Everything in what was dropped. Call it in the drop's own handler: the browser forgets the items afterwards. Stops one
 * file above what a package may have, which is then refused.
 */
export async function filesOfDrop(items: DataTransferItemList): Promise<DroppedFile[]> {
  // All at once, before anything is waited for.
  const entries = [...items].map((item): DropEntry | null => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: DroppedFile[] = [];
  for (const entry of entries) await collect(entry, "", found);
  return found;
}

/** Files of an `<input type="file">`, with or without `webkitdirectory`. */
export function filesOfInput(files: FileList): DroppedFile[] {
  return [...files].map((file) => ({
    file,
    path: file.webkitRelativePath === "" ? file.name : file.webkitRelativePath,
  }));
}

/** A single zip, or a folder's files. */
export async function openDropped(files: readonly DroppedFile[]): Promise<PackageReading> {
  const [only] = files;
  if (files.length !== 1 || only === undefined || !/\.zip$/i.test(only.file.name)) return readPackageFiles(files);
  return readPackageZip(new Uint8Array(await only.file.arrayBuffer()));
}

/** Passed over without a look: never part of a kernel, and maybe enormous. */
const PASSED_OVER = new Set(["node_modules", ".git", "target"]);

export async function collect(entry: DropEntry, folder: string, found: DroppedFile[]): Promise<void> {
  if (found.length > PACKAGE_MAX_FILES) return;
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => entry.file?.(resolve, reject));
    found.push({ file, path });
    return;
  }
  if (PASSED_OVER.has(entry.name) || entry.createReader === undefined) return;
  const reader = entry.createReader();
  for (;;) {
    // At most a hundred entries each time; none means the end.
    const some = await new Promise<DropEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) await collect(one, `${path}/`, found);
  }
}
