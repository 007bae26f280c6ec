import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../refusal.ts";

export type Expected = { sha256: string; maxBytes: number };

/** Reads to the end all the same: whoever sends bytes learns that they are wrong even when the right ones are here. */
export async function drain(source: AsyncIterable<Uint8Array>, expected: Expected): Promise<number> {
  const hashing = startHashing(expected);
  for await (const chunk of source) hashing.add(chunk);
  return hashing.finish();
}

/**
 * Writes a stream to a file of its own in `folder`, durably, hashing it on the way, and hands the file to `use` once it is
 * whole and what it was said to be. Whatever happens, the file is gone afterwards, unless `use` moved it.
 * @throws {Refusal} `too_large`, `bad_request`; whatever the source throws when it is cut.
 */
export async function spooled(
  folder: string,
  { source, expected }: { source: AsyncIterable<Uint8Array>; expected: Expected },
  use: (path: string, bytes: number) => Promise<void>,
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, randomUUID());
  try {
    const bytes = await writeHashed(path, source, expected);
    await use(path, bytes);
    return bytes;
  } finally {
    await rm(path, { force: true });
  }
}

/** Removes files of writes that a killed process did not end. @returns how many. */
export async function removeSpooled(folder: string, olderThanMs: number): Promise<number> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  let removed = 0;
  for (const name of names) {
    const path = join(folder, name);
    const file = await stat(path).catch(() => null);
    if (file === null || file.mtimeMs > Date.now() - olderThanMs) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
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
