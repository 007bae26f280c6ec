import { describe, expect, it } from "vitest";
import type { Bytes } from "../../../worker/compute/runtimes/runtime.ts";
import { collect, type DropEntry, type DroppedFile, openDropped } from "../../../worker/page/open-package.ts";
import { honestFiles, text, zip } from "./packages.ts";

/** Entries as browsers give them: a folder tells its contents in parts, and ends with an empty one. */
function fileEntry(name: string, bytes: Bytes): DropEntry {
  return { isFile: true, isDirectory: false, name, file: (found) => found(new File([bytes], name)) };
}

function folderEntry(name: string, inside: readonly DropEntry[], part = 2): DropEntry {
  return {
    isFile: false,
    isDirectory: true,
    name,
    createReader: () => {
      const left = [...inside];
      const readEntries = (found: (entries: FileSystemEntry[]) => void) =>
        found(left.splice(0, part) as FileSystemEntry[]);
      return { readEntries } as FileSystemDirectoryReader;
    },
  };
}

const filesOf = async (entry: DropEntry): Promise<DroppedFile[]> => {
  const found: DroppedFile[] = [];
  await collect(entry, "", found);
  return found;
};

describe("what is dropped on a page", () => {
  it("a folder in many parts, with folders that are passed over", async () => {
    const files = Object.entries(await honestFiles()).map(([name, bytes]) => fileEntry(name, bytes));
    const modules = folderEntry("node_modules", [fileEntry("huge.bin", text("x"))]);
    const dropped = await filesOf(
      folderEntry("my-kernel", [...files, modules, folderEntry("notes", [fileEntry("a.md", text("a"))])]),
    );
    expect(dropped.map(({ path }) => path)).toContain("my-kernel/notes/a.md");
    expect(dropped.map(({ path }) => path)).not.toContain("my-kernel/node_modules/huge.bin");
    const reading = await openDropped(dropped);
    if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
    expect(reading.package.ignored).toEqual(["notes/a.md"]);
  });

  it("a zip", async () => {
    const file = new File([zip(await honestFiles())], "Kernel.ZIP");
    expect((await openDropped([{ file, path: "Kernel.ZIP" }])).ok).toBe(true);
    const cut = new File([zip(await honestFiles()).slice(0, 300)], "kernel.zip");
    expect((await openDropped([{ file: cut, path: "kernel.zip" }])).ok).toBe(false);
  });

  it("a whole disk is not read to its end", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => fileEntry(`f${index}`, new Uint8Array(0)));
    const dropped = await filesOf(folderEntry("disk", many, 100));
    expect(dropped.length).toBe(2_001);
    expect(await openDropped(dropped)).toMatchObject({
      ok: false,
      faults: [{ problem: expect.stringContaining("allowed are 2000") }],
    });
  });
});
