import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";
import { type ModuleRole, validateModule } from "../../worker/compute/validate-module.ts";
import { KERNEL_MAX_MEMORY_PAGES } from "../core/limits.ts";
import { type KernelManifest, kernelManifestSchema } from "../core/wire/kernel-manifest.ts";
import { inProject } from "../paths.ts";

/** Where the bundled kernels' sources lie: one folder with a kernel.json each; `lib` is shared by all. */
export const KERNEL_SOURCES = inProject("worker/kernels");
/** Where `buildKernels` writes: `<name>/kernel.json`, what that file names, and the stamp of the build. */
export const KERNEL_BUILDS = inProject(".build/kernels");

/** Run as a program of its own: imported, its types would put AssemblyScript's globals into this realm. */
const COMPILER = fileURLToPath(import.meta.resolve("assemblyscript/bin/asc.js"));
/** `--use abort=`: a trap instead of an imported env.abort. `stub`: nothing is ever freed, a workunit's instance is short-lived. */
const COMPILER_FLAGS = ["-O3", "--noAssert", "--converge", "--runtime", "stub", "--use", "abort=", "--enable", "simd"];
const STAMP = ".sources-sha256";

export class KernelBuildError extends Error {}

interface WasmModule {
  readonly path: string;
  readonly role: ModuleRole;
  readonly maxMemoryPages: number;
}

export interface BuiltKernel {
  readonly name: string;
  /** Absolute folder of the build. */
  readonly folder: string;
  /** False when nothing had changed since the last build. */
  readonly built: boolean;
}

/**
 * Compiles every kernel of worker/kernels (or the one named) into .build/kernels/<name>/, leaving alone what is
 * unchanged. Throws KernelBuildError with a sentence that names the kernel. Two builds at once are harmless: each file
 * is replaced whole, and the stamp comes last.
 */
export async function buildKernels(options: { only?: string } = {}): Promise<BuiltKernel[]> {
  const names = await kernelNames();
  if (options.only !== undefined && !names.includes(options.only)) {
    throw new KernelBuildError(
      `there is no worker/kernels/${options.only}/kernel.json; there are: ${names.join(", ")}`,
    );
  }
  const wanted = options.only === undefined ? names : [options.only];
  const results: BuiltKernel[] = [];
  for (const name of wanted) results.push(await buildKernel(name)); // one after another: the compiler uses whole cores
  return results;
}

async function kernelNames(): Promise<string[]> {
  const folders = (await readdir(KERNEL_SOURCES, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const listings = await Promise.all(folders.map(({ name }) => readdir(join(KERNEL_SOURCES, name))));
  return folders.filter((_, index) => listings[index]?.includes("kernel.json")).map(({ name }) => name);
}

function buildKernel(name: string): Promise<BuiltKernel> {
  return buildKernelFolder(join(KERNEL_SOURCES, name), join(KERNEL_BUILDS, name));
}

/**
 * Compiles a kernel whose sources lie in any folder, which is named as the kernel is, into another. The sources may
 * import what lies in worker/kernels/lib. Throws KernelBuildError.
 */
export async function buildKernelFolder(source: string, folder: string): Promise<BuiltKernel> {
  const name = basename(source);
  const sources = await sourceFiles(source, join(KERNEL_SOURCES, "lib"), inProject("server/cli/build-kernels.ts"));
  const stamp = stampOf(sources, await compilerVersion());
  if ((await readOptional(join(folder, STAMP)))?.toString() === stamp) return { name, folder, built: false };

  const manifest = await readManifest(name, source);
  const outputs = new Map<string, Uint8Array>();
  for (const path of filesNamedBy(manifest)) {
    const bytes = await readOptional(join(source, path));
    if (bytes === null) throw new KernelBuildError(`${name}: kernel.json names ${path}, which is not in its folder`);
    outputs.set(path, bytes);
  }
  const shader = manifest.backends.wgsl?.shader;
  if (shader !== undefined) outputs.set(shader, await joinShader(name, join(source, shader)));
  for (const module of wasmModulesOf(manifest)) outputs.set(module.path, await compileModule(name, source, module));
  for (const [path, bytes] of outputs) await replaceFile(join(folder, path), bytes);
  await removeOthers(folder, new Set([...outputs.keys(), STAMP]));
  await replaceFile(join(folder, STAMP), Buffer.from(stamp));
  return { name, folder, built: true };
}

async function readManifest(name: string, source: string): Promise<KernelManifest> {
  const text = await readFile(join(source, "kernel.json"), "utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new KernelBuildError(`${name}: kernel.json is not JSON`, { cause });
  }
  const parsed = kernelManifestSchema.safeParse(json);
  if (!parsed.success) throw new KernelBuildError(`${name}: kernel.json is wrong:\n${z.prettifyError(parsed.error)}`);
  if (parsed.data.name !== name)
    throw new KernelBuildError(`${name}: kernel.json says its name is ${parsed.data.name}`);
  return parsed.data;
}

/** What is copied as it is: everything but the compiled modules. */
function filesNamedBy(manifest: KernelManifest): Set<string> {
  const examples = manifest.examples.flatMap(({ input, files, output }) => [input, output, ...Object.values(files)]);
  const shader = manifest.backends.wgsl?.shader;
  return new Set(["kernel.json", ...(shader === undefined ? [] : [shader]), ...examples]);
}

function wasmModulesOf(manifest: KernelManifest): WasmModule[] {
  const { backends, verify, comparator } = manifest;
  const modules: WasmModule[] = [];
  if (backends.wasm !== undefined) {
    modules.push({ path: backends.wasm.module, role: "kernel", maxMemoryPages: backends.wasm.maxMemoryPages });
  }
  if (verify !== undefined)
    modules.push({ path: verify.module, role: "verify", maxMemoryPages: verify.maxMemoryPages });
  if (comparator.type === "custom") {
    modules.push({ path: comparator.module, role: "compare", maxMemoryPages: KERNEL_MAX_MEMORY_PAGES });
  }
  return modules;
}

const INCLUDE = /^\/\/ @include "([^"\n]+)"$/gm;

/** WGSL has no imports: a line `// @include "../lib/threefry.wgsl"` stands for that file's text, once and not deeper. */
async function joinShader(name: string, path: string): Promise<Uint8Array> {
  const text = await readFile(path, "utf8");
  const parts = new Map<string, string>();
  for (const [, included = ""] of text.matchAll(INCLUDE)) {
    const part = await readOptional(join(dirname(path), included));
    if (part === null)
      throw new KernelBuildError(`${name}: ${basename(path)} includes ${included}, which is not there`);
    parts.set(included, part.toString("utf8").trimEnd());
  }
  return Buffer.from(text.replace(INCLUDE, (_, included: string) => parts.get(included) ?? ""));
}

/** `x.wasm` comes from `x.ts` beside it. The result is held to the same rules as an uploaded module. */
async function compileModule(name: string, source: string, module: WasmModule): Promise<Uint8Array> {
  const entry = module.path.replace(/\.wasm$/, ".ts");
  const temporary = await mkdtemp(join(tmpdir(), "quorate-kernel-"));
  try {
    const out = join(temporary, "module.wasm");
    const limits = ["--maximumMemory", String(module.maxMemoryPages)];
    await promisify(execFile)(
      process.execPath,
      [COMPILER, entry, ...COMPILER_FLAGS, ...limits, "--noColors", "-o", out],
      { cwd: source },
    );
    const bytes = Uint8Array.from(await readFile(out));
    validateModule(bytes, { role: module.role, maxMemoryPages: module.maxMemoryPages });
    return bytes;
  } catch (cause) {
    const stderr = (cause as { stderr?: string }).stderr;
    const reason = stderr ?? (cause instanceof Error ? cause.message : String(cause));
    throw new KernelBuildError(`${name}: ${entry} gives no usable module:\n${reason}`, { cause });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function compilerVersion(): Promise<string> {
  const text = await readFile(fileURLToPath(import.meta.resolve("assemblyscript/package.json")), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

async function sourceFiles(...roots: string[]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const root of roots) {
    const paths = root.endsWith(".ts") ? [root] : await listFiles(root);
    for (const path of paths) files.set(relative(KERNEL_SOURCES, path), await readFile(path));
  }
  return files;
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function stampOf(sources: ReadonlyMap<string, Uint8Array>, version: string): string {
  const hash = createHash("sha256").update(`${version} ${COMPILER_FLAGS.join(" ")}\n`);
  for (const path of [...sources.keys()].sort()) {
    const bytes = sources.get(path) ?? new Uint8Array();
    hash.update(`${path} ${bytes.byteLength}\n`).update(bytes);
  }
  return hash.digest("hex");
}

async function readOptional(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return null;
    throw error;
  }
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}

/** A file that kernel.json no longer names would otherwise be published with the kernel. */
async function removeOthers(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const path of await listFiles(folder)) {
    const name = relative(folder, path).replaceAll("\\", "/");
    if (!keep.has(name) && !name.endsWith(".tmp")) await rm(path, { force: true });
  }
}

/** `npm run build:kernels [-- --only NAME]` */
async function main(args: readonly string[]): Promise<number> {
  const [flag, only, ...rest] = args;
  if ((flag !== undefined && flag !== "--only") || (flag === "--only" && only === undefined) || rest.length > 0) {
    console.error("usage: npm run build:kernels [-- --only NAME]");
    return 2;
  }
  try {
    for (const { name, built } of await buildKernels(only === undefined ? {} : { only })) {
      console.log(`${name}: ${built ? "built" : "unchanged"}`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof KernelBuildError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)));
