import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Refusal } from "../refusal.ts";
import { type Storage, UnreadableError } from "./storage.ts";

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";

/**
 * Storage in a folder of the local disk. Plain files are enough here and need no library; an object store would be a
 * second implementation of `Storage`.
 */
export function openDiskStorage(folder: string): Storage {
  const pathOf = (key: string) => join(folder, key);
  return {
    async write(key, source, expected) {
      if (await exists(pathOf(key))) return drain(source, expected);
      const temporary = join(folder, "incoming", randomUUID());
      await mkdir(dirname(temporary), { recursive: true });
      try {
        const bytes = await writeHashed(temporary, source, expected);
        await mkdir(dirname(pathOf(key)), { recursive: true });
        await rename(temporary, pathOf(key));
        return bytes;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async read(key) {
      return await readFile(pathOf(key)).catch((error: unknown) => {
        throw new UnreadableError(`stored bytes ${key} cannot be read`, { cause: error });
      });
    },
    async open(key) {
      const file = await stat(pathOf(key)).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      return file === null ? null : { stream: createReadStream(pathOf(key)), bytes: file.size };
    },
    has: (key) => exists(pathOf(key)),
    async delete(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}

type Expected = { sha256: string; maxBytes: number };

/** Reads to the end all the same: whoever sends bytes learns that they are wrong even when the right ones are here. */
async function drain(source: AsyncIterable<Uint8Array>, expected: Expected): Promise<number> {
  const hashing = startHashing(expected);
  for await (const chunk of source) hashing.add(chunk);
  return hashing.finish();
}

async function writeHashed(path: string, source: AsyncIterable<Uint8Array>, expected: Expected): Promise<number> {
  const hashing = startHashing(expected);
  const file = await open(path, "wx");
  try {
    for await (const chunk of source) {
      hashing.add(chunk);
      await file.write(chunk);
    }
    const bytes = hashing.finish();
    // The row that names these bytes is committed durably, so they must be too.
    await file.sync();
    return bytes;
  } finally {
    await file.close();
  }
}

function startHashing({ sha256, maxBytes }: Expected) {
  const hash = createHash("sha256");
  let bytes = 0;
  return {
    add(chunk: Uint8Array) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new Refusal("too_large", `At most ${maxBytes} bytes are taken here.`);
      hash.update(chunk);
    },
    finish(): number {
      const actual = hash.digest("hex");
      if (actual !== sha256) {
        throw new Refusal("bad_request", `The bytes sent have the SHA-256 ${actual}, not ${sha256}. Send them again.`);
      }
      return bytes;
    },
  };
}
