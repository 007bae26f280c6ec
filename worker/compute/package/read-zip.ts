import { Inflate } from "fflate";
import { PACKAGE_MAX_BYTES, PACKAGE_MAX_FILES, PACKAGE_MAX_ZIP_BYTES } from "../../../server/core/limits.ts";
import type { PackageFault } from "../../../server/core/wire/package-fault.ts";
import { messageOf } from "../kernel-error.ts";
import type { Bytes } from "../runtimes/runtime.ts";
import type { PackageEntry } from "./package-entry.ts";

/** Signatures, sizes and fields of the ZIP format: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4. */
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const MOST_COMMENT_BYTES = 0xffff;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;
const UTF8_FLAG = 1 << 11;
/** In a 32-bit field: the number is elsewhere (ZIP64). */
const ELSEWHERE = 0xffff_ffff;
/** POSIX file types in the upper half of the external attributes. */
const TYPE_MASK = 0o170000;
const TYPE_LINK = 0o120000;
const TYPE_FILE = 0o100000;
const TYPE_FOLDER = 0o040000;

const ARCHIVE = "the zip";
const PACK_AGAIN = "pack the folder again with an ordinary zip program and upload it whole";

export type ZipReading =
  | { readonly ok: true; readonly entries: readonly PackageEntry[] }
  | { readonly ok: false; readonly faults: readonly PackageFault[] };

/**
 * Lists what a zip contains, without unpacking anything yet: what is read later is unpacked to at most the size stated and
 * checked against its checksum. Both of an entry's headers must name the same file, and no two entries may share bytes:
 * both are known ways to show one thing to a checker and another to a program, or to pack terabytes into a few bytes.
 */
export function readZip(zip: Bytes): ZipReading {
  try {
    return { ok: true, entries: listEntries(zip) };
  } catch (error) {
    if (error instanceof ZipFault) {
      return { ok: false, faults: [{ file: error.file, problem: error.message, remedy: error.remedy }] };
    }
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, faults: [{ file: ARCHIVE, problem: "the zip is cut short or damaged", remedy: PACK_AGAIN }] };
  }
}

class ZipFault extends Error {
  readonly file: string;
  readonly remedy: string;

  constructor(message: string, remedy = PACK_AGAIN, file = ARCHIVE) {
    super(message);
    this.file = file;
    this.remedy = remedy;
  }
}

interface Listed {
  readonly path: string;
  readonly kind: PackageEntry["kind"];
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

function listEntries(zip: Bytes): PackageEntry[] {
  if (zip.byteLength > PACKAGE_MAX_ZIP_BYTES) {
    const problem = `the zip has ${zip.byteLength} bytes, allowed are ${PACKAGE_MAX_ZIP_BYTES}`;
    throw new ZipFault(problem, "leave out what kernel.json does not name");
  }
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  const directoryBytes = view.getUint32(end + 12, true);
  let at = view.getUint32(end + 16, true);
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count) {
    throw new ZipFault("the zip is one part of several");
  }
  if (count > PACKAGE_MAX_FILES) {
    throw new ZipFault(`the zip has ${count} files, allowed are ${PACKAGE_MAX_FILES}`, "pack the kernel's own files");
  }
  if (at === ELSEWHERE || count === 0xffff) throw new ZipFault("the zip is in the ZIP64 format");
  if (at + directoryBytes > end) throw new ZipFault("the zip is cut short or damaged");
  const listed: Listed[] = [];
  for (let index = 0; index < count; index++) {
    const entry = centralEntry(zip, view, at);
    listed.push(entry.listed);
    at = entry.next;
  }
  const total = listed.reduce((sum, entry) => sum + entry.bytes, 0);
  if (total > PACKAGE_MAX_BYTES) {
    const problem = `unpacked the zip has ${total} bytes, allowed are ${PACKAGE_MAX_BYTES}`;
    throw new ZipFault(problem, "leave out what kernel.json does not name");
  }
  const starts = listed.map((entry) => dataStart(zip, view, entry));
  refuseOverlaps(listed, starts, view.getUint32(end + 16, true));
  return listed.map((entry, index) => ({
    path: entry.path,
    kind: entry.kind,
    bytes: entry.bytes,
    read: () => Promise.resolve(unpack(zip, entry, starts[index] ?? 0)),
  }));
}

/** The last record of the file; its comment must end where the file does, or the file goes on, or was cut. */
function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_BYTES - MOST_COMMENT_BYTES);
  for (let at = view.byteLength - END_BYTES; at >= first; at--) {
    if (view.getUint32(at, true) !== END_OF_DIRECTORY) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw new ZipFault("this is no zip, or it was cut short: its table of contents is missing");
}

function centralEntry(zip: Bytes, view: DataView, at: number): { listed: Listed; next: number } {
  if (view.getUint32(at, true) !== CENTRAL_HEADER) throw new ZipFault("the zip's table of contents is damaged");
  const flags = view.getUint16(at + 8, true);
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
  const nameAt = at + CENTRAL_BYTES;
  const path = nameOf(zip, nameAt, nameBytes ?? 0, flags);
  if ((flags & ENCRYPTED_FLAG) !== 0) throw new ZipFault("this file is encrypted", "pack it without a password", path);
  const method = view.getUint16(at + 10, true);
  if (method !== STORED && method !== DEFLATED) {
    throw new ZipFault(`this file is packed by method ${method}`, "pack it with the usual method, deflate", path);
  }
  const [packedBytes, bytes, headerAt] = [20, 24, 42].map((field) => view.getUint32(at + field, true));
  if (packedBytes === ELSEWHERE || bytes === ELSEWHERE || headerAt === ELSEWHERE) {
    throw new ZipFault("the zip is in the ZIP64 format");
  }
  const kind = kindOf(path, view.getUint32(at + 38, true) >>> 16);
  const crc = view.getUint32(at + 16, true);
  return {
    listed: { path, kind, method, crc, packedBytes: packedBytes ?? 0, bytes: bytes ?? 0, headerAt: headerAt ?? 0 },
    next: nameAt + (nameBytes ?? 0) + (extraBytes ?? 0) + (commentBytes ?? 0),
  };
}

/** Names without the UTF-8 flag are of an old code page: only their ASCII part is certain. */
function nameOf(zip: Bytes, at: number, length: number, flags: number): string {
  if (at + length > zip.byteLength) throw new RangeError("a name beyond the end");
  const bytes = zip.subarray(at, at + length);
  if ((flags & UTF8_FLAG) === 0) return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ZipFault("a file's name is not UTF-8");
  }
}

function kindOf(path: string, mode: number): PackageEntry["kind"] {
  const type = mode & TYPE_MASK;
  if (path.endsWith("/")) return "folder";
  if (type === TYPE_LINK) return "link";
  if (type === TYPE_FOLDER) return "folder";
  return type === 0 || type === TYPE_FILE ? "file" : "other";
}

/** Where the packed bytes begin; the header beside them must name the same file. */
function dataStart(zip: Bytes, view: DataView, entry: Listed): number {
  const { headerAt, path } = entry;
  if (view.getUint32(headerAt, true) !== LOCAL_HEADER) throw new ZipFault("the zip is damaged", PACK_AGAIN, path);
  const nameBytes = view.getUint16(headerAt + 26, true);
  const flags = view.getUint16(headerAt + 6, true);
  if (nameOf(zip, headerAt + LOCAL_BYTES, nameBytes, flags) !== path) {
    throw new ZipFault("the zip names this file in two ways", PACK_AGAIN, path);
  }
  const start = headerAt + LOCAL_BYTES + nameBytes + view.getUint16(headerAt + 28, true);
  if (start + entry.packedBytes > zip.byteLength) throw new RangeError("data beyond the end");
  return start;
}

function refuseOverlaps(listed: readonly Listed[], starts: readonly number[], directoryAt: number): void {
  const spans = listed
    .map((entry, index) => ({ path: entry.path, from: entry.headerAt, to: (starts[index] ?? 0) + entry.packedBytes }))
    .sort((a, b) => a.from - b.from);
  for (const [index, span] of spans.entries()) {
    const next = spans[index + 1]?.from ?? directoryAt;
    if (span.to > next) throw new ZipFault("this file shares its bytes with another one", PACK_AGAIN, span.path);
  }
}

function unpack(zip: Bytes, entry: Listed, start: number): Bytes {
  const packed = zip.subarray(start, start + entry.packedBytes);
  const bytes = entry.method === STORED ? packed.slice() : inflate(packed, entry);
  if (bytes.byteLength !== entry.bytes) throw damaged(entry, "has another size than the zip says");
  if (crc32(bytes) !== entry.crc) throw damaged(entry, "does not have the checksum that the zip says");
  return bytes;
}

/** Never holds more than the size stated and one piece: what goes on beyond it ends the unpacking. */
function inflate(packed: Bytes, entry: Listed): Bytes {
  const bytes = new Uint8Array(entry.bytes);
  let filled = 0;
  const inflater = new Inflate((piece) => {
    if (filled + piece.byteLength > bytes.byteLength) throw damaged(entry, "is larger than the zip says");
    bytes.set(piece, filled);
    filled += piece.byteLength;
  });
  try {
    for (let at = 0; at < packed.byteLength; at += PIECE_BYTES) {
      inflater.push(packed.subarray(at, at + PIECE_BYTES), at + PIECE_BYTES >= packed.byteLength);
    }
  } catch (error) {
    if (error instanceof PackageReadError) throw error;
    throw damaged(entry, `cannot be unpacked (${messageOf(error)})`);
  }
  return bytes.subarray(0, filled);
}

/** Unpacked it is at most a thousand times as large. */
const PIECE_BYTES = 4096;

/** A file that cannot be read although it is listed. */
export class PackageReadError extends Error {
  readonly fault: PackageFault;

  constructor(fault: PackageFault) {
    super(fault.problem);
    this.name = "PackageReadError";
    this.fault = fault;
  }
}

function damaged({ path }: Listed, what: string): PackageReadError {
  return new PackageReadError({ file: path, problem: `this file ${what}`, remedy: PACK_AGAIN });
}

let table: Uint32Array | null = null;

/** CRC-32 as in ISO 3309, which ZIP uses: polynomial 0xedb88320 reflected. */
export function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffff_ffff) >>> 0;
}
