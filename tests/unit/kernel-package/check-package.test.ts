import { describe, expect, it } from "vitest";
import { documentText, signedText, versionSignatureSchema } from "../../../server/core/wire/app-version-hash.ts";
import { kernelManifestSchema } from "../../../server/core/wire/kernel-manifest.ts";
import { readManifest } from "../../../worker/compute/package/read-package.ts";
import { fixtureManifest, type WatParts, watModule } from "../../kernels/wat-kernels.ts";
import { faultsOf, fromDrop, fromZip, honestFiles, shaderFiles, text } from "./packages.ts";

const MANIFEST = fixtureManifest("honest", { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } });
const withManifest = async (json: string) => faultsOf(fromZip(await honestFiles({ "kernel.json": text(json) })));
const withChanged = (changed: object) => withManifest(JSON.stringify({ ...MANIFEST, ...changed }, null, 2));

describe("kernel.json", () => {
  it.each([
    ["no colon", '{\n  "format": 1,\n  "name" "x"\n}', "kernel.json:3:10: a colon is missing after the key"],
    ["a comma too many", '{\n  "format": 1,\n}', "kernel.json:3:1: a key in double quotes is missing"],
    ["cut", '{"format": 1', "kernel.json:1:13: a comma or } is missing"],
    ["nothing", "", "kernel.json:1:1: the JSON ends in the middle"],
    ["no value", '{"a": tru}', "kernel.json:1:7: this is no JSON value"],
    ["a line break in text", '{"a": "b\n"}', "kernel.json:1:7: this text is not ended, or holds a character that"],
    ["a key twice", '{"a": 1, "a": 2}', 'kernel.json:1:10: the key "a" is given twice'],
    ["a key that is none", '{"__proto__": {}}', 'kernel.json:1:2: the key "__proto__" is not allowed'],
    ["more after the end", "{} x", "kernel.json:1:4: text follows the end of the JSON"],
    ["deep", "[".repeat(100), "kernel.json:1:26: the JSON is nested deeper than 24"],
    ["long", `[${"0,".repeat(30_000)}0]`, "the JSON has more than 20000 values"],
  ])("%s", async (_, json, fault) => {
    expect((await withManifest(json))[0]).toContain(fault);
  });

  it("a million keys are refused at once", async () => {
    const keys = `${'"key":0,'.repeat(1_000_000)}"key":0`;
    const faults = await faultsOf(fromDrop({ "kernel.json": text(`{${keys}}`) }));
    expect(faults).toEqual([expect.stringMatching(/^kernel\.json: this file has \d+ bytes, allowed are 262144$/)]);
  });

  it("not UTF-8", async () => {
    expect(await faultsOf(fromZip(await honestFiles({ "kernel.json": new Uint8Array([0xff, 0xfe, 0x7b]) })))).toEqual([
      "kernel.json: kernel.json is not UTF-8 text",
    ]);
  });

  it("every fault of the schema at its place", async () => {
    const json = JSON.stringify(
      { ...MANIFEST, version: "1.0", colour: "red", limits: { inputBytes: -1, outputBytes: 8 } },
      null,
      2,
    );
    const faults = await withManifest(json);
    const lineOf = (part: string) => json.slice(0, json.indexOf(part)).split("\n").length;
    expect(faults).toContainEqual(
      expect.stringMatching(new RegExp(`^kernel\\.json:${lineOf('"1.0"')}:\\d+: version: use three numbers`)),
    );
    expect(faults).toContainEqual(
      expect.stringMatching(new RegExp(`^kernel\\.json:${lineOf('"colour"')}:3: .*colour`)),
    );
    expect(faults).toContainEqual(
      expect.stringMatching(new RegExp(`^kernel\\.json:${lineOf('"inputBytes"')}:\\d+: limits.inputBytes`)),
    );
  });

  it("what it says fits together", async () => {
    const example = { name: "one", input: "one.bin", output: "one.out" };
    const record = [{ name: "value", type: "f32" }];
    expect(await withChanged({ examples: [{ ...example, seed: "1" }] })).toEqual([
      expect.stringContaining("without seed: true no example has a seed"),
    ]);
    expect(await withChanged({ files: ["genome"] })).toEqual([expect.stringContaining("the file genome is missing")]);
    expect(
      await withChanged({
        exactness: "tolerant",
        comparator: { type: "tolerant", fields: ["energy"] },
        output: { format: "binary", record },
      }),
    ).toEqual([expect.stringContaining("the comparator names the field energy, which the output does not have")]);
    expect(await withChanged({ output: { format: "binary", record: [{ name: "pair", type: "f64" }] } })).toEqual([
      expect.stringContaining(
        "one.out: the known answer of one does not fit the output's schema: 4 bytes after the header are not whole records of 8",
      ),
    ]);
    const packed = { ...MANIFEST, output: { format: "binary", record: [{ name: "pair", type: "f64" }] } };
    const reading = await fromZip(await honestFiles({ "kernel.json": text(packed) }));
    // For pages in other languages.
    expect(reading.ok ? [] : reading.faults.map(({ why }) => why)).toEqual([
      { code: "output_malformed", how: { code: "record_broken", bytes: 4, record: 8 } },
    ]);
    expect(await withChanged({ limits: { inputBytes: 3, outputBytes: 8 } })).toEqual([
      expect.stringContaining("one.bin: this file of the example one has 4 bytes"),
    ]);
  });

  it("inputs fit their schema, line by line", async () => {
    const keys = [
      { name: "size", type: "integer", least: 2, most: 64 },
      { name: "note", type: "text", optional: true },
    ];
    const json = text({ ...MANIFEST, input: { format: "key_values", keys } });
    const told = async (input: string) =>
      faultsOf(fromZip(await honestFiles({ "kernel.json": json, "one.bin": text(input) })));
    expect(await told("size=8\n")).toEqual([]);
    expect(await told("size=8\nnote=x=y\n\n")).toEqual([]);
    expect(await told("size=80\n")).toEqual(["one.bin:1: size=80: the most is 64"]);
    expect(await told("note=a\nsize=1.5\n")).toEqual(["one.bin:2: size=1.5: this is no integer"]);
    expect(await told("note=a\n")).toEqual(["one.bin: the key size is missing"]);
    expect(await told("colour=red\n")).toEqual(["one.bin:1: colour is no key of the input"]);
    expect(await told("size=8\nsize=8\n")).toEqual(["one.bin:2: size is given twice"]);
    expect(await told("what\n")).toEqual(["one.bin:1: this line is not key=value"]);
  });
});

describe("modules", () => {
  const remedies = async (parts: WatParts) => {
    const reading = await fromZip(await honestFiles({ "kernel.wasm": await watModule(parts) }));
    return reading.ok ? [] : reading.faults.map(({ problem, remedy }) => `${problem} -> ${remedy}`);
  };
  it("every import by its name, with what causes it", async () => {
    const imports = `(import "env" "abort" (func (param i32))) (import "env" "table" (table 1 funcref))
      (import "env" "g" (global i32)) (import "wasi_snapshot_preview1" "fd_write" (func))`;
    const found = await remedies({ imports });
    expect(found).toHaveLength(4);
    expect(found[0]).toBe("it imports env.abort; a kernel may import nothing -> AssemblyScript: asc --use abort=");
    expect(found[3]).toContain(
      "it imports wasi_snapshot_preview1.fd_write; a kernel may import nothing -> compile for wasm32-unknown-unknown",
    );
  });

  it("missing exports with the lines that give them, memory with the linker's flag", async () => {
    expect(await remedies({ step: "", memory: `(memory (export "memory") 1)` })).toEqual([
      "its memory declares no maximum -> C, Rust: link with --max-memory=262144; AssemblyScript: asc --maximumMemory 4",
      `it does not export step(i32) -> f64 -> C: __attribute__((export_name("step"))) double step(uint32_t budget); AssemblyScript: export function step(budget: u32): f64`,
    ]);
    expect(await remedies({ memory: `(memory (export "memory") 1 65536)` })).toEqual([
      expect.stringContaining("its memory may grow to 65536 pages, kernel.json says 4"),
    ]);
  });

  it("4 GiB cannot even be asked for", async () => {
    expect(await withChanged({ backends: { wasm: { module: "kernel.wasm", maxMemoryPages: 65_536 } } })).toEqual([
      expect.stringContaining("backends.wasm.maxMemoryPages"),
    ]);
  });
});

describe("shaders, without a GPU", () => {
  const told = (shader?: (source: string) => string, manifest?: object) =>
    faultsOf(
      fromZip(
        shaderFiles({ ...(shader === undefined ? {} : { shader }), ...(manifest === undefined ? {} : { manifest }) }),
      ),
    );

  it("an honest one passes", async () => {
    expect(await told()).toEqual([]);
  });

  it.each<[string, (source: string) => string, RegExp]>([
    [
      "a loop that cannot be bounded",
      (s) => s.replace("fn main() {", "fn main() {\n for ;"),
      /^kernel\.wgsl:7: a `for` needs its parenthesis$/,
    ],
    ["a comment that never ends", (s) => `${s}/* `, /^kernel\.wgsl:9: the comment that begins in line 9 never ends$/],
    [
      "names of the guard",
      (s) => s.replaceAll("params", "quorate_x"),
      /^kernel\.wgsl:2: names beginning with quorate_ are reserved$/,
    ],
    [
      "no such entry point",
      (s) => s.replace("fn main", "fn mine"),
      /^kernel\.json:\d+:\d+: kernel\.wgsl has no entry point main$/,
    ],
    ["an entry point that is none", (s) => s.replace("@compute @workgroup_size(1)", ""), /has no entry point main$/],
    [
      "a buffer it never declares",
      (s) => s.replace("@group(0) @binding(0) var<uniform> params", "var<private> params"),
      /declares no buffer for @group\(0\) @binding\(0\), which is params$/,
    ],
    [
      "a buffer nobody names",
      (s) => `${s}@group(0) @binding(7) var<storage> more: array<u32>;`,
      /^kernel\.wgsl:9:\d+: kernel\.json names no buffer for @group\(0\) @binding\(7\)$/,
    ],
    [
      "the guard's group",
      (s) => `${s}@group(1) @binding(3) var<storage> more: array<u32>;`,
      /this group is the loop guard's$/,
    ],
    [
      "a state it may not write",
      (s) => s.replace("var<storage, read_write> state", "var<storage> state"),
      /is var<storage>, and kernel\.json's buffer is state$/,
    ],
    [
      "a feature",
      (s) => `enable f16;\n${s}`,
      /^kernel\.wgsl:1:1: `enable f16` asks for a feature that not every device has$/,
    ],
    ["a zero byte", (s) => `${s}\u0000`, /holds a zero byte$/],
  ])("%s", async (_, shader, fault) => {
    expect((await told(shader))[0]).toMatch(fault);
  });

  it("a workgroup that is not as large as kernel.json says", async () => {
    const source = shaderFiles({});
    const manifest = kernelManifestSchema.parse(JSON.parse(new TextDecoder().decode(source["kernel.json"])));
    const wgsl = {
      ...manifest.backends.wgsl,
      passes: [{ entryPoint: "main", workgroups: { perUnit: 64, workgroupSize: 64 } }],
    };
    const sized = (size: string) =>
      told((s) => s.replace("@workgroup_size(1)", `@workgroup_size(${size})`), { backends: { wgsl } });
    expect(await sized("64")).toEqual([]);
    expect(await sized("8, 8u")).toEqual([]);
    expect(await sized("SIZE")).toEqual([]);
    expect(await sized("32")).toEqual([expect.stringContaining("main has @workgroup_size(32), kernel.json says 64")]);
  });
});

describe("address and signature", () => {
  it("the address does not depend on the order of files", () => {
    const files = { b: "2".repeat(64), a: "1".repeat(64) };
    expect(documentText({ manifest: MANIFEST, files })).toBe(
      documentText({ manifest: MANIFEST, files: { a: files.a, b: files.b } }),
    );
    expect(documentText({ manifest: MANIFEST, files })).toMatch(/^\{"manifest":\{"format":1,.*"files":\{"a":/);
    expect(signedText("ab")).toBe("quorate app version 1\nab\n");
  });

  it("reading kernel.json twice gives the same manifest: its address is stable", () => {
    const once = readManifest(text(MANIFEST));
    if (!once.ok) throw new Error("refused");
    expect(JSON.stringify(kernelManifestSchema.parse(once.manifest))).toBe(JSON.stringify(once.manifest));
  });

  it("keys and signatures of other lengths are refused", () => {
    const ok = {
      algorithm: "Ed25519",
      publicKey: Buffer.alloc(32).toString("base64"),
      signature: Buffer.alloc(64).toString("base64"),
    };
    expect(versionSignatureSchema.safeParse(ok).success).toBe(true);
    for (const length of [31, 33]) {
      expect(
        versionSignatureSchema.safeParse({ ...ok, publicKey: Buffer.alloc(length).toString("base64") }).success,
      ).toBe(false);
    }
    expect(versionSignatureSchema.safeParse({ ...ok, signature: Buffer.alloc(63).toString("base64") }).success).toBe(
      false,
    );
  });
});
