import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPackageZip } from "../../../worker/compute/package/read-package.ts";
import { crc32, readZip } from "../../../worker/compute/package/read-zip.ts";
import type { Bytes } from "../../../worker/compute/runtimes/runtime.ts";
import { readPackageFolder } from "../../../worker/hosts/node/read-folder.ts";
import { type Files, faultsOf, fromDrop, fromZip, honestFiles, text, zip } from "./packages.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-package-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fromFolder(files: Files): ReturnType<typeof readPackageFolder> {
  const own = await mkdtemp(join(folder, "p-"));
  for (const [path, bytes] of Object.entries(files)) await writeFile(join(own, path), bytes);
  return readPackageFolder(own);
}

describe("a package", () => {
  it("is the same from a zip, a drop and a folder; what it does not name is left out", async () => {
    const files = await honestFiles({ "kernel.ts": text("export {}"), ".DS_Store": text("x") });
    const inFolder = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`my-kernel/${path}`, bytes]));
    const readings = [
      await fromZip(files),
      await fromZip(inFolder),
      await fromDrop(files, "my-kernel/"),
      await fromFolder(files),
    ];
    for (const reading of readings) {
      if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
      const { manifest, files: found, ignored } = reading.package;
      expect(manifest.name).toBe("honest");
      expect([...found.keys()]).toEqual(["kernel.wasm", "one.bin", "one.out"]);
      expect(Buffer.from(found.get("kernel.wasm") ?? []).equals(Buffer.from(files["kernel.wasm"] ?? []))).toBe(true);
      expect(ignored).toEqual(["kernel.ts"]);
    }
  });

  it("says the same of the same faults, wherever it comes from", async () => {
    const files = await honestFiles({ "one.out": null, "kernel.wasm": null });
    const told = await faultsOf(fromZip(files));
    expect(told).toEqual([
      expect.stringMatching(/^kernel\.json:\d+:\d+: kernel\.wasm is named here and not in the package$/),
      expect.stringMatching(/^kernel\.json:\d+:\d+: one\.out is named here and not in the package$/),
    ]);
    expect(await faultsOf(fromDrop(files, "k/"))).toEqual(told);
    expect(await faultsOf(fromFolder(files))).toEqual(told);
  });

  it("without kernel.json, or with two, is none", async () => {
    const files = await honestFiles({ "kernel.json": null });
    expect(await faultsOf(fromZip(files))).toEqual(["kernel.json: there is no kernel.json"]);
    const two = { "a/kernel.json": text("{}"), "b/kernel.json": text("{}") };
    expect(await faultsOf(fromZip(two))).toEqual(["kernel.json: there is no kernel.json"]);
  });
});

describe("texts that no database holds", () => {
  it.each([
    ["summary", "\ud800", "lone surrogate"],
    ["title", "\udc00!", "lone surrogate"],
    ["licence", "\0", "U+0000"],
    ["checkpointFormat", "a\ud83d", "lone surrogate"],
  ])("%s", async (field, bad, why) => {
    const files = await honestFiles();
    const manifest = JSON.parse(Buffer.from(files["kernel.json"] ?? []).toString()) as object;
    const changed = { ...files, "kernel.json": text(JSON.stringify({ ...manifest, [field]: bad })) };
    const told = await faultsOf(fromZip(changed));
    expect(told).toEqual([expect.stringMatching(new RegExp(`^kernel\\.json:\\d+:\\d+: ${field}: .*`))]);
    expect(told[0]).toContain(why);
  });
});

describe("names that mean harm", () => {
  it.each([
    ["../evil", "leads out of its folder"],
    ["a/../../evil", "leads out of its folder"],
    ["a/./b", "leads out of its folder"],
    ["/etc/passwd", "is absolute"],
    ["C:/windows", "is absolute"],
    ["a\\..\\evil", "has a backslash"],
    ["a//b", "leads out of its folder, or nowhere"],
    ["kernel\u0000.wasm", "characters that cannot be seen"],
    ["kernel\u202ewasm.", "characters that cannot be seen"],
    ["kernel\u200b.json", "characters that cannot be seen"],
    ["\uff0e\uff0e/evil", "leads out of its folder"],
    ["x".repeat(401), "longer than 400"],
  ])("%j", async (path, why) => {
    const [fault] = await faultsOf(fromZip(await honestFiles({ [path]: text("x") })));
    expect(fault).toContain(why);
    const [dropped] = await faultsOf(fromDrop(await honestFiles({ [path]: text("x") })));
    expect(dropped).toBe(fault);
  });

  it.each([["Kernel.json"], ["KERNEL.WASM"], ["kernel.\uff4ason"]])("%j beside its twin", async (path) => {
    const [fault] = await faultsOf(fromZip(await honestFiles({ [path]: text("x") })));
    expect(fault).toContain("too much like");
  });

  it("the same name twice", async () => {
    const packed = zip(await honestFiles({ "kernel.jsom": text("{}") }));
    const twice = replaceAll(packed, "kernel.jsom", "kernel.json");
    expect(await faultsOf(readPackageZip(twice))).toEqual(["kernel.json: there are two files of this name"]);
  });

  it("a link, in a zip and on disk", async () => {
    const packed = zip(await honestFiles());
    expect(await faultsOf(readPackageZip(asLink(packed, "one.bin")))).toEqual([
      "one.bin: this is a link to another place",
    ]);
    const own = await mkdtemp(join(folder, "link-"));
    for (const [path, bytes] of Object.entries(await honestFiles({ "one.bin": null })))
      await writeFile(join(own, path), bytes);
    await symlink("/etc/hostname", join(own, "one.bin"));
    expect(await faultsOf(readPackageFolder(own))).toEqual(["one.bin: this is a link to another place"]);
  });
});

describe("zips that mean harm", () => {
  it("cut anywhere in the middle", async () => {
    const packed = zip(await honestFiles());
    for (const share of [0, 0.1, 0.5, 0.9, 0.99]) {
      const cut = packed.slice(0, Math.floor(packed.byteLength * share));
      expect(await faultsOf(readPackageZip(cut))).toEqual([expect.stringContaining("cut short")]);
    }
    expect(await faultsOf(readPackageZip(packed.slice(0, -1)))).toEqual([expect.stringContaining("cut short")]);
    expect(await faultsOf(readPackageZip(packed.slice(1)))).toHaveLength(1);
  });

  it("damaged in any single byte: a fault or the same package, never another one", async () => {
    const files = await honestFiles();
    const packed = zip(files);
    for (let at = 0; at < packed.byteLength; at += 7) {
      const changed = packed.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      const reading = await readPackageZip(changed);
      if (!reading.ok) continue;
      for (const [path, bytes] of reading.package.files)
        expect(Buffer.from(bytes).equals(Buffer.from(files[path] ?? []))).toBe(true);
    }
    expect(packed.byteLength).toBeGreaterThan(500);
  });

  it("a bomb that says what it is, is refused before it is unpacked", async () => {
    const packed = zip(await honestFiles());
    const large = withField(packed, "one.bin", { central: 24, value: 65 * 2 ** 20 });
    expect(await faultsOf(readPackageZip(large))).toEqual([
      "one.bin: this file has 68157440 bytes, allowed are 67108864",
    ]);
    const total = withField(large, "one.out", { central: 24, value: 65 * 2 ** 20 });
    expect(await faultsOf(readPackageZip(total))).toEqual([expect.stringContaining("unpacked the zip has")]);
  });

  it("a bomb that lies about its size ends where the lie does", async () => {
    const files = { ...(await honestFiles()), "one.bin": new Uint8Array(4 * 1024 * 1024) };
    const lying = withField(zip(files), "one.bin", { central: 24, value: 4 });
    expect(await faultsOf(readPackageZip(lying))).toEqual(["one.bin: this file is larger than the zip says"]);
  });

  it("a wrong checksum, a shared body, another name inside, a password, another method, too many files", async () => {
    const packed = zip(await honestFiles());
    const faults = (changed: Bytes) => faultsOf(readPackageZip(changed));
    expect(await faults(withField(packed, "one.bin", { central: 16, value: 1 }))).toEqual([
      "one.bin: this file does not have the checksum that the zip says",
    ]);
    const [first, second] = [headerOf(packed, "one.bin"), headerOf(packed, "one.out")];
    expect(first).not.toBe(second);
    expect((await faults(withField(packed, "one.out", { central: 42, value: first })))[0]).toContain(
      "names this file in two ways",
    );
    const renamed = packed.slice();
    renamed.set(text("two.bin"), first + 30);
    expect(await faults(renamed)).toEqual(["one.bin: the zip names this file in two ways"]);
    expect(await faults(withField(packed, "one.bin", { central: 8, value: 1, bytes: 2 }))).toEqual([
      "one.bin: this file is encrypted",
    ]);
    expect(await faults(withField(packed, "one.bin", { central: 10, value: 14, bytes: 2 }))).toEqual([
      "one.bin: this file is packed by method 14",
    ]);
    const many: Files = Object.fromEntries(
      Array.from({ length: 2001 }, (_, index) => [`f${index}`, new Uint8Array(0)]),
    );
    expect(await faultsOf(fromZip(many))).toEqual([expect.stringContaining("2001 files, allowed are 2000")]);
    expect(await faultsOf(fromDrop(many))).toEqual([expect.stringContaining("2001 files, allowed are 2000")]);
  });

  it("bytes of one entry that another one covers too", () => {
    const packed = zip({ a: text("hello, hello, hello, hello"), b: text("world") });
    const longer = withField(packed, "a", { central: 20, value: 60 });
    const reading = readZip(longer);
    expect(reading.ok).toBe(false);
    if (!reading.ok) expect(reading.faults[0]?.problem).toContain("shares its bytes");
  });

  it("the checksum is the one of the standard", () => {
    expect(crc32(text("123456789"))).toBe(0xcbf43926);
  });
});

function find(bytes: Bytes, path: string, signature: number): number {
  const view = new DataView(bytes.buffer);
  const name = text(path);
  const [nameField, headBytes] = signature === 0x02014b50 ? [28, 46] : [26, 30];
  for (let at = 0; at + headBytes < bytes.byteLength; at++) {
    if (view.getUint32(at, true) !== signature || view.getUint16(at + nameField, true) !== name.byteLength) continue;
    if (name.every((byte, index) => bytes[at + headBytes + index] === byte)) return at;
  }
  throw new Error(`${path} is not in the zip`);
}

const headerOf = (bytes: Bytes, path: string): number => find(bytes, path, 0x04034b50);

function withField(packed: Bytes, path: string, field: { central: number; value: number; bytes?: 2 | 4 }): Bytes {
  const changed = packed.slice();
  const at = find(changed, path, 0x02014b50) + field.central;
  const view = new DataView(changed.buffer);
  if (field.bytes === 2) view.setUint16(at, field.value, true);
  else view.setUint32(at, field.value, true);
  return changed;
}

/** As zip programs on POSIX write a symbolic link. */
function asLink(packed: Bytes, path: string): Bytes {
  return withField(packed, path, { central: 38, value: ((0o120777 << 16) >>> 0) as number });
}

function replaceAll(bytes: Bytes, from: string, to: string): Bytes {
  const changed = Buffer.from(bytes);
  for (let at = changed.indexOf(from); at !== -1; at = changed.indexOf(from, at + 1)) changed.write(to, at);
  return Uint8Array.from(changed);
}
