import {
  FILE_MAX_BYTES,
  KERNEL_MAX_BYTES,
  MANIFEST_MAX_BYTES,
  PACKAGE_MAX_BYTES,
  SHADER_MAX_BYTES,
} from "../../../server/core/limits.ts";
import { type VersionSignature, versionSignatureSchema } from "../../../server/core/wire/app-version-hash.ts";
import { type KernelManifest, kernelManifestSchema } from "../../../server/core/wire/kernel-manifest.ts";
import { MOST_FAULTS, type PackageFault } from "../../../server/core/wire/package-fault.ts";
import { messageOf } from "../kernel-error.ts";
import type { Bytes } from "../runtimes/runtime.ts";
import { checkPackage } from "./check-package.ts";
import type { PackageEntry } from "./package-entry.ts";
import { MANIFEST, packagePaths, SIGNATURE } from "./package-paths.ts";
import { type Place, readJson } from "./read-json.ts";
import { PackageReadError, readZip } from "./read-zip.ts";

/** A package that was read and found sound, but has not run yet. */
export interface ReadPackage {
  readonly manifest: KernelManifest;
  /** What kernel.json names, by its path, in ascending order; kernel.json itself is not among them. */
  readonly files: ReadonlyMap<string, Bytes>;
  readonly signature?: VersionSignature;
  /** What lay there and is not part of the package. */
  readonly ignored: readonly string[];
}

export type PackageReading =
  | { readonly ok: true; readonly package: ReadPackage }
  /** Everything found wrong, at most MOST_FAULTS, the first at first. */
  | { readonly ok: false; readonly faults: readonly PackageFault[] };

export async function readPackageZip(zip: Bytes): Promise<PackageReading> {
  const reading = readZip(zip);
  return reading.ok ? readPackageEntries(reading.entries) : reading;
}

/** The part of the browser's File that is used; a folder dropped or chosen gives `webkitRelativePath`. */
interface BrowserFile {
  readonly name: string;
  readonly size: number;
  readonly webkitRelativePath?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Files that were dropped or chosen. `path`: where the drop said the file lay, when that is known from elsewhere. */
export function readPackageFiles(
  files: readonly { readonly file: BrowserFile; readonly path?: string }[],
): Promise<PackageReading> {
  return readPackageEntries(
    files.map(({ file, path }) => ({
      path:
        path ??
        (file.webkitRelativePath === undefined || file.webkitRelativePath === "" ? file.name : file.webkitRelativePath),
      kind: "file",
      bytes: file.size,
      read: async () => new Uint8Array(await file.arrayBuffer()),
    })),
  );
}

/** The same checks and the same words wherever the files come from. */
export async function readPackageEntries(entries: readonly PackageEntry[]): Promise<PackageReading> {
  const paths = packagePaths(entries);
  if (!paths.ok) return paths;
  try {
    return await readAll(paths.files);
  } catch (error) {
    if (!(error instanceof PackageReadError)) throw error;
    return { ok: false, faults: [error.fault] };
  }
}

async function readAll(files: ReadonlyMap<string, PackageEntry>): Promise<PackageReading> {
  const read = await readManifest(await readEntry(files, MANIFEST, MANIFEST_MAX_BYTES));
  if (!read.ok) return read;
  const { manifest, placeOf } = read;
  const wanted = pathsOf(manifest);
  const faults = missingOrLarge(manifest, files, placeOf);
  if (faults.length > 0) return { ok: false, faults };
  const found = new Map<string, Bytes>();
  for (const [path, maxBytes] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    found.set(path, await readEntry(files, path, maxBytes));
  }
  const signature = files.has(SIGNATURE) ? readSignature(await readEntry(files, SIGNATURE, MANIFEST_MAX_BYTES)) : null;
  const wrong = [...checkPackage(manifest, found, placeOf), ...(signature?.ok === false ? signature.faults : [])];
  if (wrong.length > 0) return { ok: false, faults: wrong.slice(0, MOST_FAULTS) };
  const ignored = [...files.keys()].filter((path) => path !== MANIFEST && path !== SIGNATURE && !wanted.has(path));
  const signed = signature?.ok === true ? { signature: signature.value } : {};
  return { ok: true, package: { manifest, files: found, ...signed, ignored } };
}

async function readEntry(files: ReadonlyMap<string, PackageEntry>, path: string, maxBytes: number): Promise<Bytes> {
  const entry = files.get(path);
  if (entry === undefined) throw new RangeError(`${path} was looked for and is not there`);
  if (entry.bytes > maxBytes) throw tooLarge(path, entry.bytes, maxBytes);
  let bytes: Bytes;
  try {
    bytes = await entry.read();
  } catch (cause) {
    if (cause instanceof PackageReadError) throw cause;
    const problem = `this file cannot be read (${messageOf(cause)})`;
    throw new PackageReadError({ file: path, problem, remedy: "see that it is there and may be read" });
  }
  if (bytes.byteLength > maxBytes) throw tooLarge(path, bytes.byteLength, maxBytes);
  return bytes;
}

function tooLarge(file: string, bytes: number, maxBytes: number): PackageReadError {
  const problem = `this file has ${bytes} bytes, allowed are ${maxBytes}`;
  return new PackageReadError({ file, problem, remedy: "make it smaller" });
}

type PlaceOf = (path: readonly PropertyKey[]) => Place;

type ManifestReading =
  | { readonly ok: true; readonly manifest: KernelManifest; readonly placeOf: PlaceOf }
  | { readonly ok: false; readonly faults: readonly PackageFault[] };

/** kernel.json by itself: what a page can say while somebody still writes it. */
export function readManifest(bytes: Bytes): ManifestReading {
  const json = readJson(MANIFEST, bytes);
  if (!json.ok) return { ok: false, faults: [json.fault] };
  const parsed = kernelManifestSchema.safeParse(json.value);
  if (parsed.success) return { ok: true, manifest: parsed.data, placeOf: json.placeOf };
  return { ok: false, faults: schemaFaults(MANIFEST, parsed.error.issues, json.placeOf) };
}

/** What is used of zod's issues. */
interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** What a schema has against a file, each at its place. */
export function schemaFaults(file: string, issues: readonly SchemaIssue[], placeOf: PlaceOf): PackageFault[] {
  return issues.slice(0, MOST_FAULTS).map((issue) => {
    const where = issue.path.map(String).join(".");
    const [first] = issue.code === "unrecognized_keys" ? (issue.keys ?? []) : [];
    const place = placeOf(first === undefined ? issue.path : [...issue.path, first]);
    const problem = `${where === "" ? "" : `${where}: `}${issue.message.slice(0, 300)}`;
    const remedy =
      first === undefined ? "correct it as /api/schema/kernel.json says" : "remove it, or see how it is spelled";
    return { file, ...place, problem, remedy };
  });
}

function missingOrLarge(
  manifest: KernelManifest,
  files: ReadonlyMap<string, PackageEntry>,
  placeOf: PlaceOf,
): PackageFault[] {
  const faults: PackageFault[] = [];
  let total = 0;
  for (const [path, maxBytes] of pathsOf(manifest)) {
    const entry = files.get(path);
    total += entry?.bytes ?? 0;
    if (entry === undefined) {
      const problem = `${path} is named here and not in the package`;
      faults.push({
        file: MANIFEST,
        ...placeOf(whereNamed(manifest, path)),
        problem,
        remedy: "add the file, or correct its name",
      });
    } else if (entry.bytes > maxBytes) faults.push(tooLarge(path, entry.bytes, maxBytes).fault);
  }
  if (total > PACKAGE_MAX_BYTES) {
    const problem = `the package has ${total} bytes, allowed are ${PACKAGE_MAX_BYTES}`;
    faults.push({ file: MANIFEST, problem, remedy: "use smaller examples" });
  }
  return faults.slice(0, MOST_FAULTS);
}

/** The paths that kernel.json names, each with the most bytes its file may have. */
export function pathsOf({ backends, comparator, verify, examples }: KernelManifest): Map<string, number> {
  const limits = new Map<string, number>();
  const name = (path: string | undefined, maxBytes: number): void => {
    if (path !== undefined) limits.set(path, Math.min(maxBytes, limits.get(path) ?? maxBytes));
  };
  name(backends.wasm?.module, KERNEL_MAX_BYTES);
  name(backends.wgsl?.shader, SHADER_MAX_BYTES);
  name(comparator.type === "custom" ? comparator.module : undefined, KERNEL_MAX_BYTES);
  name(verify?.module, KERNEL_MAX_BYTES);
  for (const example of examples) {
    for (const path of [example.input, example.output, ...Object.values(example.files)]) name(path, FILE_MAX_BYTES);
  }
  return limits;
}

/** Where kernel.json names a path. */
function whereNamed({ backends, comparator, verify, examples }: KernelManifest, path: string): PropertyKey[] {
  if (backends.wasm?.module === path) return ["backends", "wasm", "module"];
  if (backends.wgsl?.shader === path) return ["backends", "wgsl", "shader"];
  if (comparator.type === "custom" && comparator.module === path) return ["comparator", "module"];
  if (verify?.module === path) return ["verify", "module"];
  for (const [index, { input, output, files }] of examples.entries()) {
    if (input === path) return ["examples", index, "input"];
    if (output === path) return ["examples", index, "output"];
    const file = Object.keys(files).find((name) => files[name] === path);
    if (file !== undefined) return ["examples", index, "files", file];
  }
  return [];
}

type SignatureReading =
  | { readonly ok: true; readonly value: VersionSignature }
  | { readonly ok: false; readonly faults: readonly PackageFault[] };

function readSignature(bytes: Bytes): SignatureReading {
  const json = readJson(SIGNATURE, bytes);
  if (!json.ok) return { ok: false, faults: [json.fault] };
  const parsed = versionSignatureSchema.safeParse(json.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, faults: schemaFaults(SIGNATURE, parsed.error.issues, json.placeOf) };
}
