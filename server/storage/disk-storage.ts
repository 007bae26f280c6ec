import { createReadStream } from "node:fs";
import { mkdir, opendir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { drain, removeSpooled, spooled } from "./spool.ts";
import { type Storage, type StoredObject, UnreadableError } from "./storage.ts";

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";

/**
 * Storage in a folder of the local disk. Plain files are enough here and need no library: a rename is atomic, and a file
 * that was synced stays.
 */
export function openDiskStorage(folder: string): Storage {
  const pathOf = (key: string) => join(folder, key);
  const incoming = join(folder, "incoming");
  return {
    async write(key, source, expected) {
      if ((await statOf(pathOf(key))) !== null) return drain(source, expected);
      return spooled(incoming, { source, expected }, async (path) => {
        await mkdir(dirname(pathOf(key)), { recursive: true });
        await rename(path, pathOf(key));
      });
    },
    async read(key) {
      return await readFile(pathOf(key)).catch((error: unknown) => {
        throw new UnreadableError(`stored bytes ${key} cannot be read`, { cause: error });
      });
    },
    async open(key) {
      const file = await statOf(pathOf(key));
      return file === null ? null : { stream: createReadStream(pathOf(key)), bytes: file.bytes };
    },
    stat: (key) => statOf(pathOf(key)),
    has: async (key) => (await statOf(pathOf(key))) !== null,
    async delete(key) {
      await rm(pathOf(key), { force: true });
    },
    list: (within) => keysBelow(folder, within),
    removeLeftovers: (olderThanMs) => removeSpooled(incoming, olderThanMs),
  };
}

async function statOf(path: string): Promise<StoredObject | null> {
  return stat(path).then(
    (file) => ({ bytes: file.size, modifiedSeconds: Math.floor(file.mtimeMs / 1000) }),
    (error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    },
  );
}

async function* keysBelow(root: string, key: string): AsyncIterable<string> {
  const folder = await opendir(join(root, key)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for await (const entry of folder) {
    const below = `${key}/${entry.name}`;
    if (entry.isDirectory()) yield* keysBelow(root, below);
    else yield below;
  }
}
