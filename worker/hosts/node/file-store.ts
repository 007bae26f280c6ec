import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Change, COLLECTIONS, type CollectionName, type Collections, type Store } from "../../supervisor/store.ts";

/** The volunteer's store as a folder: one file per value, JSON or plain bytes, each replaced whole. */

/** Collections whose values are bytes and nothing else. */
const PLAIN: ReadonlySet<CollectionName> = new Set(["inputs", "outputs", "files"]);
/** Bytes inside a JSON value. */
const BYTES_KEY = "$base64";

export async function openFileStore(folder: string): Promise<Store> {
  for (const name of COLLECTIONS) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });

  function pathOf(name: CollectionName, key: string): string {
    // Keys are ids, hashes and words of ours; anything else must not become a path.
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(key) || key.startsWith(".")) throw new Error(`no key of this store: ${key}`);
    return join(folder, name, PLAIN.has(name) ? key : `${key}.json`);
  }

  async function read<Name extends CollectionName>(name: Name, path: string): Promise<Collections[Name] | undefined> {
    try {
      const bytes = await readFile(path);
      if (PLAIN.has(name)) return new Uint8Array(bytes) as Collections[Name];
      return JSON.parse(bytes.toString("utf8"), reviveBytes) as Collections[Name];
    } catch (error) {
      if (isMissing(error)) return undefined;
      // A damaged value is worth less than a client that starts.
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  return {
    get: async (name, key) => read(name, pathOf(name, key)),
    async all(name) {
      const values = [];
      for (const file of (await readdir(join(folder, name))).sort()) {
        if (file.startsWith(".")) continue;
        const value = await read(name, join(folder, name, file));
        if (value !== undefined) values.push(value);
      }
      return values;
    },
    async write(changes: readonly Change[]) {
      for (const change of changes) {
        if ("drop" in change) await rm(pathOf(change.drop, change.key), { force: true });
        else await replaceFile(pathOf(change.put, change.key), encode(change.put, change.value));
      }
    },
    wipe: () => rm(folder, { recursive: true, force: true }),
  };
}

function encode(name: CollectionName, value: unknown): string | Uint8Array {
  if (PLAIN.has(name)) return value as Uint8Array;
  return JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Uint8Array ? { [BYTES_KEY]: Buffer.from(part).toString("base64") } : part,
  );
}

function reviveBytes(_key: string, part: unknown): unknown {
  if (typeof part !== "object" || part === null || !(BYTES_KEY in part)) return part;
  return new Uint8Array(Buffer.from(String(part[BYTES_KEY]), "base64"));
}

/** A reader, and a machine that loses power, see the old file or the new one, never a part. */
async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(path, "..", `.${randomUUID()}`);
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
