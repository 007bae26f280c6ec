import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { provePackage } from "../../server/kernel-package/prove-package.ts";
import { inProject } from "../../server/paths.ts";
import { readPackageFiles } from "../../worker/compute/package/read-package.ts";
import { findClang, findRust } from "../support/find-compilers.ts";

/** The recipes of worker/kernels/README.md, run as they stand there: each gives the module of the template's kernel. */

const TEMPLATE = inProject("worker/kernels/template/new-kernel");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-recipes-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The shell command of the README that begins so, with its own compiler and output. */
async function commandOf(program: string, replaced: Record<string, string>): Promise<string> {
  const readme = await readFile(inProject("worker/kernels/README.md"), "utf8");
  const command = new RegExp(`^${program} (?:.*\\\\\\n)*.*$`, "m").exec(readme)?.[0];
  if (command === undefined) throw new Error(`the README has no command for ${program}`);
  return Object.entries(replaced).reduce((text, [from, to]) => text.replaceAll(from, to), command);
}

async function build(program: string, compiler: string, source: string): Promise<Buffer> {
  const out = join(folder, `${program}.wasm`);
  const command = await commandOf(program, { "kernel.wasm": out });
  const script = `"$COMPILER"${command.slice(program.length)}`;
  await promisify(execFile)("sh", ["-c", script], {
    cwd: inProject(source),
    env: { ...process.env, COMPILER: compiler },
  });
  return readFile(out);
}

async function prove(module: Buffer) {
  const examples = await readdir(join(TEMPLATE, "examples"));
  const paths = ["kernel.json", "kernel.wgsl", ...examples.map((name) => `examples/${name}`)];
  const given = await Promise.all(paths.map(async (path) => [path, await readFile(join(TEMPLATE, path))] as const));
  const reading = await readPackageFiles(
    [...given, ["kernel.wasm", module] as const].map(([path, bytes]) => ({
      path,
      file: { name: path, size: bytes.byteLength, arrayBuffer: async () => Uint8Array.from(bytes).buffer },
    })),
  );
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults, null, 2));
  return provePackage(reading.package);
}

describe("a kernel in another language", () => {
  const clang = findClang();
  const c = "in C, by clang and lld, gives the template's answers";
  if ("missing" in clang) it(c, ({ skip }) => skip(clang.missing));
  else {
    it(c, async () => {
      const module = await build("clang", clang.clang, "worker/kernels/recipes/c");
      expect(await prove(module)).toMatchObject({ passed: true, faults: [] });
    }, 60_000);
  }

  const rust = findRust();
  const rs = "in Rust, by rustc, gives the template's answers";
  if ("missing" in rust) it(rs, ({ skip }) => skip(rust.missing));
  else {
    it(rs, async () => {
      const module = await build("rustc", rust.rustc, "worker/kernels/recipes/rust");
      expect(await prove(module)).toMatchObject({ passed: true, faults: [] });
    }, 120_000);
  }
});
