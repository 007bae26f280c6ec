import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildKernelFolder } from "../../server/cli/build-kernels.ts";
import { createKernel } from "../../server/cli/kernel-new.ts";
import type { PackageFault } from "../../server/core/wire/package-fault.ts";
import { provePackage } from "../../server/kernel-package/prove-package.ts";
import { inProject } from "../../server/paths.ts";
import { readPackageFiles } from "../../worker/compute/package/read-package.ts";
import type { ProofProgress, ProofReport } from "../../worker/compute/prove/proof-report.ts";
import { proveKernel } from "../../worker/compute/prove/prove-kernel.ts";
import type { Bytes } from "../../worker/compute/runtimes/runtime.ts";
import { nodeProveHost } from "../../worker/hosts/node/spawn-prove.ts";
import { type Files, honestFiles, shaderFiles, text } from "../unit/kernel-package/packages.ts";
import { type BrowserLab, openBrowserLab } from "./browser-lab.ts";
import { assemble, fixtureManifest, HONEST, type WatParts, watModule } from "./wat-kernels.ts";

/** Kernels are proven where their authors sit, in a real browser, and again by the server. */

async function inNode(files: Files, limits: number | { signal?: AbortSignal } = {}): Promise<ProofReport> {
  const reading = await readPackageFiles(
    Object.entries(files).map(([path, bytes]) => ({
      path,
      file: { name: path, size: bytes.byteLength, arrayBuffer: async () => bytes.slice().buffer },
    })),
  );
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  return proveKernel(reading.package, nodeProveHost, typeof limits === "number" ? { withinMs: limits } : limits);
}

async function filesIn(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), new Uint8Array(await readFile(file))] as const),
    ),
  );
}

const wat = async (parts: WatParts, changed: Record<string, Bytes | null> = {}): Promise<Files> =>
  honestFiles({ "kernel.wasm": await watModule(parts), ...changed });
const problems = (report: ProofReport): string[] => report.faults.map(({ file, problem }) => `${file}: ${problem}`);

describe("in Node, as the server does it", () => {
  it("an honest kernel passes, with both ways of every example", async () => {
    const report = await inNode(await honestFiles());
    expect(report).toMatchObject({ passed: true, complete: true, faults: [] });
    expect(report.backends).toMatchObject([{ backend: "wasm", state: "proven" }]);
    expect(
      report.runs.map(({ way, agrees, fromKnown, fromMeasured }) => ({ way, agrees, fromKnown, fromMeasured })),
    ).toEqual([
      { way: { type: "measured" }, agrees: true, fromKnown: null, fromMeasured: null },
      { way: { type: "checkpoints", through: "wasm" }, agrees: true, fromKnown: null, fromMeasured: null },
    ]);
    expect(report.proposals).toMatchObject({
      exactness: "exact",
      steps: [{ backend: "wasm" }],
      cost: { examples: [{ example: "one" }] },
    });
  });

  it.each<[string, WatParts, RegExp]>([
    [
      "traps",
      { step: `(func (export "step") (param i32) (result f64) unreachable)` },
      /one: the module trapped in step/,
    ],
    [
      "gives its own error",
      { step: `(func (export "step") (param i32) (result f64) (f64.const -7))` },
      /its error code 7/,
    ],
    [
      "gives nonsense as progress",
      { step: `(func (export "step") (param i32) (result f64) (f64.const 3))` },
      /progress lies between 0 and 1/,
    ],
    [
      "names bytes outside its memory",
      { output: `(func (export "output") (result i64) (i64.const -1))` },
      /outside the module's memory/,
    ],
    [
      "gives no sensible state",
      { save: `(func (export "save") (result i64) (i64.const 4))` },
      /without a sensible header/,
    ],
    [
      "refuses its own checkpoint",
      { load: `(func (export "load") (param i32 i32) (result i32) (i32.const 9))` },
      /refuses the state \(its error code 9\)/,
    ],
    [
      "grows until nothing is left",
      {
        step: `(func (export "step") (param i32) (result f64) (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable)`,
      },
      /ran out of memory in step, at 4 pages/,
    ],
  ])("a kernel that %s", async (_, parts, problem) => {
    const report = await inNode(await wat(parts));
    expect(report).toMatchObject({ passed: false, backends: [{ state: "failed" }] });
    expect(problems(report)).toEqual([expect.stringMatching(problem)]);
    expect(report.faults[0]?.remedy).not.toBe("");
  });

  const LOOP = `(func (export "step") (param i32) (result f64) (loop $again (br $again)) (f64.const 0))`;

  it("a kernel that loops is ended when its time is over", async () => {
    expect(problems(await inNode(await wat({ step: LOOP }), 2_000))).toEqual([
      "kernel.wasm: one: the examples took longer than 2 s in all",
    ]);
  });

  it("while one loops another is proven, and whoever asked can end it", async () => {
    const stop = new AbortController();
    const looping = inNode(await wat({ step: LOOP }), { signal: stop.signal });
    expect((await inNode(await honestFiles())).passed).toBe(true);
    stop.abort(new Error("enough"));
    await expect(looping).rejects.toThrow("enough");
  });

  it("a kernel that never comes to an end without looping is ended too", async () => {
    const report = await inNode(
      await wat({ step: `(func (export "step") (param i32) (result f64) (f64.const 0.5))` }),
      3_000,
    );
    expect(problems(report)).toEqual([expect.stringMatching(/in all|without any progress/)]);
  });

  it("a known answer that is wrong, with the first byte that differs", async () => {
    const report = await inNode(await honestFiles({ "one.out": new Uint8Array([11, 0, 0, 1]) }));
    expect(problems(report)).toEqual([
      "kernel.wasm: one on wasm does not give its known answer: 2 of 4 bytes differ, the first is byte 0",
    ]);
    expect(report.runs[0]?.fromKnown).toMatchObject({
      bytes: [4, 4],
      firstByte: 0,
      differingBytes: 2,
      differingBits: 2,
    });
  });

  it("a verifier that rejects the known answer: in words, and as a code for whoever reads another language", async () => {
    const judge = await assemble(`(module (memory (export "memory") 1 2)
      (func (export "alloc") (param i32) (result i32) (i32.const 16))
      (func (export "verify") (param i32 i32 i32 i32) (result i32) (i32.const 0)))`);
    const backends = { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } };
    const manifest = fixtureManifest("honest", backends, { verify: { module: "verify.wasm", maxMemoryPages: 2 } });
    const report = await inNode(await honestFiles({ "kernel.json": text(manifest), "verify.wasm": judge }));
    expect(report.faults).toMatchObject([
      {
        file: "verify.wasm",
        problem: "it rejects the known answer of one: verify said no",
        why: { code: "said_no", role: "verify" },
      },
    ]);
  });

  it("an answer that depends on the size of steps", async () => {
    // Adds one for every call, so that fewer or more calls are another sum.
    const step = HONEST.step.replace(
      "(block $end",
      "(i32.store (i32.const 80) (i32.add (i32.load (i32.const 80)) (i32.const 1))) (block $end",
    );
    const report = await inNode(await wat({ step }));
    expect(report.passed).toBe(false);
  });

  it("a state that forgets something", async () => {
    // The sum is kept in a global instead of the state: a restored instance begins at nought.
    const parts: WatParts = {
      imports: "(global $sum (mut i32) (i32.const 0))",
      step: HONEST.step.replace(
        "(i32.store (i32.const 80) (i32.add (i32.load (i32.const 80)) (i32.load (i32.const 68))))",
        "(global.set $sum (i32.add (global.get $sum) (i32.load (i32.const 68)))) (i32.store (i32.const 80) (global.get $sum))",
      ),
    };
    const report = await inNode(await wat(parts));
    expect(report.runs).toMatchObject([{ agrees: true }, { agrees: false, way: { type: "checkpoints" } }]);
    expect(problems(report)[0]).toContain("with other steps and through a checkpoint does not give its known answer");
  });

  it("floats: how far, in ulp, and a tolerance that would do", async () => {
    const manifest = {
      ...fixtureManifest("honest", { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } }),
      exactness: "tolerant",
      comparator: { type: "tolerant", absolute: 1 },
      output: { format: "binary", record: [{ name: "value", type: "f32" }] },
    };
    // The sum's bits, 10, as a float: the known answer is 3 floats further.
    const files = await honestFiles({ "kernel.json": text(manifest), "one.out": new Uint8Array([13, 0, 0, 0]) });
    const report = await inNode(files);
    expect(report.passed).toBe(true);
    expect(report.runs[0]?.fromKnown?.fields).toMatchObject([
      { name: "value", differing: 1, maxUlp: 3, firstRecord: 0 },
    ]);
    expect(report.proposals).toMatchObject({ exactness: "tolerant", comparator: { type: "tolerant" } });
  });

  it("the server refuses with the same faults, one kernel after another", async () => {
    const trap = await wat({ step: `(func (export "step") (param i32) (result f64) unreachable)` });
    const asPackage = (files: Files) => ({
      manifest: JSON.parse(new TextDecoder().decode(files["kernel.json"])),
      files: new Map(Object.entries(files).filter(([path]) => path !== "kernel.json")),
    });
    const [good, bad, again] = await Promise.allSettled([
      provePackage(asPackage(await honestFiles())),
      provePackage(asPackage(trap)),
      provePackage(asPackage(await honestFiles())),
    ]);
    expect([good.status, again.status]).toEqual(["fulfilled", "fulfilled"]);
    if (bad.status === "fulfilled") throw new Error("accepted");
    const { faults, message } = bad.reason as { faults: PackageFault[]; message: string };
    expect(faults).toHaveLength(1);
    expect(message).toMatch(/^The package cannot be accepted: kernel\.wasm: one: the module trapped in step/);
    // Nothing but WGSL: there is nothing to compute without a graphics card.
    expect(await provePackage(asPackage(shaderFiles({})))).toBeNull();
  });
});

type Proven = { reading: { ok: true }; report: ProofReport; progress: ProofProgress[] };

describe("in Chromium", () => {
  let lab: BrowserLab;
  let folder = "";
  beforeAll(async () => {
    lab = await openBrowserLab({ webgpu: true });
    folder = await mkdtemp(inProject(".build/prove-"));
  });
  afterAll(async () => {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });
  const prove = (files: Files): Promise<Proven> => lab.call<Proven>({ type: "prove", files });

  it("the template and mersenne pass on both backends, with checkpoints handed from one to the other", async () => {
    await mkdir(join(folder, "worker/kernels"), { recursive: true });
    await symlink(inProject("worker/kernels/lib"), join(folder, "worker/kernels/lib"));
    const template = await createKernel("from-template", folder);
    const sources = [template.folder, inProject("tests/published/mersenne")];
    for (const source of sources) {
      const built = await buildKernelFolder(source, join(folder, "built", source.split("/").at(-1) ?? ""));
      const { report, progress } = await prove(await filesIn(built.folder));
      expect(problems(report)).toEqual([]);
      expect(report).toMatchObject({ passed: true, complete: true, proposals: { exactness: "exact" } });
      expect(report.backends.map(({ state }) => state)).toEqual(["proven", "proven"]);
      expect(
        report.runs
          .filter(({ way }) => way.type === "checkpoints" && way.through === "wasm")
          .map(({ backend }) => backend),
      ).toContain("wgsl");
      expect(report.runs.every(({ fromKnown }) => fromKnown === null)).toBe(true);
      expect(progress.length).toBe(report.runs.length);
      expect(progress.every(({ done, of }, index) => done === index && of === progress.length)).toBe(true);
    }
  }, 180_000);

  it("a shader of its own passes", async () => {
    const { report } = await prove(shaderFiles({}));
    expect(report).toMatchObject({ passed: true, backends: [{ backend: "wgsl", state: "proven" }] });
  });

  it("what the compiler says, in the author's lines and columns", async () => {
    const shader = (source: string) => source.replace("fn main() {\n", "fn main() {\n  let x: u32 = 1.5;\n");
    const { report } = await prove(shaderFiles({ shader }));
    expect(report.faults).toMatchObject([
      { file: "kernel.wgsl", line: 7, column: expect.any(Number), problem: expect.stringContaining("cannot convert") },
    ]);
    expect(report).toMatchObject({ passed: false, backends: [{ state: "failed", code: "shader_invalid" }] });
  });

  it("a shader that never ends, ends, and is refused", async () => {
    const shader = (source: string) =>
      source.replace("fn main() {\n", "fn main() {\n  loop { state[5] += 1u; continuing { state[6] += 1u; } }\n");
    const { report } = await prove(shaderFiles({ shader }));
    expect(report.faults).toMatchObject([
      { file: "kernel.wgsl", problem: expect.stringContaining("longer than maxLoopIterations (1000)") },
    ]);
  });

  it("a shader that says something else than the module", async () => {
    const both = { ...(await filesIn(join(folder, "built/from-template"))) };
    const source = new TextDecoder().decode(both["kernel.wgsl"]);
    const { report } = await prove({
      ...both,
      "kernel.wgsl": text(source.replace("3u * number + 1u", "5u * number + 1u")),
    });
    expect(report.backends).toMatchObject([
      { backend: "wasm", state: "proven" },
      { backend: "wgsl", state: "failed", code: "differs" },
    ]);
    expect(problems(report)).toEqual([
      expect.stringMatching(/^kernel\.wgsl: first-ten on wgsl does not give its known answer: .* steps of record/),
    ]);
    expect(report.passed).toBe(false);
  });

  it("a kernel that loops is ended with its worker, and the next one is proven", async () => {
    const manifest = fixtureManifest(
      "honest",
      { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } },
      { limits: { inputBytes: 8, outputBytes: 8, stepSeconds: 0.1 } },
    );
    const step = `(func (export "step") (param i32) (result f64) (loop $again (br $again)) (f64.const 0))`;
    const { report } = await prove(await wat({ step }, { "kernel.json": text(manifest) }));
    expect(problems(report)).toEqual([
      expect.stringMatching(/^kernel\.wasm: one: the kernel was silent for \d+ s in its step and was ended$/),
    ]);
    expect((await prove(await honestFiles())).report.passed).toBe(true);
  }, 60_000);
});
