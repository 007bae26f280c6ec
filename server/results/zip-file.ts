import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { OutputSchema } from "../core/wire/kernel-manifest.ts";
import type { ResultRow } from "./result-rows.ts";
import { provenanceOf } from "./text-formats.ts";

/**
 * One zip file, stored (PKWARE APPNOTE 6.3, with the zip64 records, since there may be more than 65 535 entries or 4 GiB). An
 * entry per workunit, named by its number, and at the end `provenance.jsonl`. What stands at the end of a zip grows with the
 * number of entries: it is spooled to a file on disk, so that memory stays flat.
 */
export async function* zipFile(rows: AsyncIterable<ResultRow>): AsyncGenerator<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-zip-"));
  const directory = spool(join(folder, "directory"));
  const provenance = spool(join(folder, "provenance"));
  let [offset, entries, crc] = [0n, 0n, 0];
  try {
    for await (const row of rows) {
      const name = `${row.workunitId}.${endingOf(row.schema)}`;
      const entry = {
        name,
        bytes: BigInt(row.output.byteLength),
        crc: crc32(row.output),
        seconds: row.confirmedSeconds,
        offset,
      };
      const head = localHeader(entry);
      await directory.write(directoryEntry(entry));
      const line = Buffer.from(
        `${JSON.stringify({ workunit: row.workunitId, file: name, name: row.name, tags: row.tags, ...provenanceOf(row) })}\n`,
      );
      crc = crc32(line, crc);
      await provenance.write(line);
      offset += BigInt(head.length + row.output.byteLength);
      entries += 1n;
      yield head;
      yield row.output;
    }
    const entry = { name: "provenance.jsonl", bytes: await provenance.end(), crc, seconds: 315_532_800, offset };
    const head = localHeader(entry);
    await directory.write(directoryEntry(entry));
    yield head;
    yield* createReadStream(join(folder, "provenance"));
    offset += BigInt(head.length) + entry.bytes;
    const length = await directory.end();
    yield* createReadStream(join(folder, "directory"));
    yield endRecords({ entries: entries + 1n, length, offset });
  } finally {
    await Promise.all([directory.end(), provenance.end()]);
    await rm(folder, { recursive: true, force: true });
  }
}

function endingOf({ format }: OutputSchema): string {
  return format === "csv" ? "csv" : "bin";
}

/** A file that is written first and read afterwards. */
function spool(path: string) {
  const stream = createWriteStream(path);
  let bytes = 0n;
  let ended: Promise<unknown> | undefined;
  return {
    async write(chunk: Buffer): Promise<void> {
      bytes += BigInt(chunk.length);
      if (!stream.write(chunk)) await once(stream, "drain");
    },
    async end(): Promise<bigint> {
      ended ??= new Promise((resolve, reject) => stream.once("error", reject).end(() => resolve(undefined)));
      await ended;
      return bytes;
    },
  };
}

type Entry = { name: string; bytes: bigint; crc: number; seconds: number; offset: bigint };

/** Version 4.5 of the format: zip64. */
const VERSION = 45;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const FULL_32 = 0xffffffff;

function localHeader({ name, bytes, crc, seconds }: Entry): Buffer {
  const text = Buffer.from(name);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  common(head, 4, { crc, seconds });
  head.writeUInt16LE(text.length, 26);
  head.writeUInt16LE(20, 28);
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(bytes, 4);
  extra.writeBigUInt64LE(bytes, 12);
  return Buffer.concat([head, text, extra]);
}

function directoryEntry({ name, bytes, crc, seconds, offset }: Entry): Buffer {
  const text = Buffer.from(name);
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(VERSION, 4);
  common(head, 6, { crc, seconds });
  head.writeUInt16LE(text.length, 28);
  head.writeUInt16LE(28, 30);
  head.writeUInt32LE(FULL_32, 42);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(bytes, 4);
  extra.writeBigUInt64LE(bytes, 12);
  extra.writeBigUInt64LE(offset, 20);
  return Buffer.concat([head, text, extra]);
}

/** What both headers have in common: version, flags, method, time, checksum; the sizes stand in the zip64 field. */
function common(head: Buffer, at: number, { crc, seconds }: Pick<Entry, "crc" | "seconds">): void {
  const date = new Date(seconds * 1000);
  head.writeUInt16LE(VERSION, at);
  head.writeUInt16LE(FLAGS, at + 2);
  head.writeUInt16LE(0, at + 4);
  head.writeUInt16LE((date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1), at + 6);
  head.writeUInt16LE(
    ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(),
    at + 8,
  );
  head.writeUInt32LE(crc, at + 10);
  head.writeUInt32LE(FULL_32, at + 14);
  head.writeUInt32LE(FULL_32, at + 18);
}

function endRecords({ entries, length, offset }: { entries: bigint; length: bigint; offset: bigint }): Buffer {
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(VERSION, 12);
  end64.writeUInt16LE(VERSION, 14);
  end64.writeBigUInt64LE(entries, 24);
  end64.writeBigUInt64LE(entries, 32);
  end64.writeBigUInt64LE(length, 40);
  end64.writeBigUInt64LE(offset, 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(offset + length, 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22, 0xff);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0, 4);
  end.writeUInt16LE(0, 6);
  end.writeUInt16LE(0, 20);
  return Buffer.concat([end64, locator, end]);
}
