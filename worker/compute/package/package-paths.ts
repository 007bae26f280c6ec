import { PACKAGE_MAX_FILES } from "../../../server/core/limits.ts";
import { MOST_FAULTS, type PackageFault } from "../../../server/core/wire/package-fault.ts";
import type { PackageEntry } from "./package-entry.ts";

export const MANIFEST = "kernel.json";
/** Optional: who vouches for the package. */
export const SIGNATURE = "signature.json";

/** What file managers leave behind. */
const LITTER = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)/;
const MOST_PATH_CHARACTERS = 400;

export type Paths =
  | { readonly ok: true; readonly files: ReadonlyMap<string, PackageEntry> }
  | { readonly ok: false; readonly faults: readonly PackageFault[] };

/**
 * The files by their path in the package. A name that could mean another place, or two files at once on some system, is
 * refused, whether kernel.json names it or not: who packs such a thing means harm, or has a broken program. If everything
 * lies in one folder, that folder is the package.
 */
export function packagePaths(entries: readonly PackageEntry[]): Paths {
  if (entries.length > PACKAGE_MAX_FILES) {
    const problem = `there are ${entries.length} files, allowed are ${PACKAGE_MAX_FILES}`;
    return { ok: false, faults: [{ file: MANIFEST, problem, remedy: "hand in the kernel's own folder only" }] };
  }
  const wanted = entries.filter(({ kind, path }) => kind !== "folder" && !LITTER.test(path));
  const faults = [...entries.flatMap(({ path }) => pathFaults(path)), ...wanted.flatMap(kindFaults), ...twins(wanted)];
  if (faults.length > 0) return { ok: false, faults: faults.slice(0, MOST_FAULTS) };
  const root = rootOf(wanted);
  if (root === null) {
    const problem = `there is no ${MANIFEST}`;
    return { ok: false, faults: [{ file: MANIFEST, problem, remedy: "hand in the folder that holds it" }] };
  }
  const inside = wanted.filter(({ path }) => path.startsWith(root));
  return { ok: true, files: new Map(inside.map((entry) => [entry.path.slice(root.length), entry])) };
}

function pathFaults(path: string): PackageFault[] {
  const why = whyNot(path);
  if (why === null) return [];
  // Shown as it is written in JSON: what cannot be seen must be seen here.
  const file = JSON.stringify(path.slice(0, 100)).slice(1, -1);
  return [{ file, problem: `this name ${why}`, remedy: "rename the file and pack the folder again" }];
}

function whyNot(path: string): string | null {
  if (path === "" || path.length > MOST_PATH_CHARACTERS)
    return `is empty or longer than ${MOST_PATH_CHARACTERS} characters`;
  if (path.includes("\\")) return "has a backslash, which some systems take for a folder";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is absolute";
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(path)) return "has characters that cannot be seen";
  const parts = path.replace(/\/$/, "").split("/");
  if (parts.some((part) => part === ".." || part === "." || part === "")) return "leads out of its folder, or nowhere";
  if (parts.some((part) => part.normalize("NFKC").replaceAll(/[^\p{L}\p{N}.]/gu, "") === ".."))
    return "leads out of its folder";
  return null;
}

function kindFaults({ path, kind }: PackageEntry): PackageFault[] {
  if (kind === "file") return [];
  const what = kind === "link" ? "a link to another place" : "no ordinary file";
  return [{ file: path, problem: `this is ${what}`, remedy: "put the file itself into the package" }];
}

/** Two names that are one on a system that ignores case, or composes characters. */
function twins(entries: readonly PackageEntry[]): PackageFault[] {
  const seen = new Map<string, string>();
  return entries.flatMap(({ path }) => {
    const folded = path.normalize("NFKC").toLowerCase().normalize("NFKC");
    const other = seen.get(folded);
    seen.set(folded, path);
    if (other === undefined) return [];
    const problem = other === path ? "there are two files of this name" : `this name is too much like ${other}`;
    return [{ file: path, problem, remedy: "keep one of the two" }];
  });
}

/** "" or the one folder, with a `/` at its end, that holds kernel.json; null when there is none, or several. */
function rootOf(entries: readonly PackageEntry[]): string | null {
  const paths = entries.map(({ path }) => path);
  if (paths.includes(MANIFEST)) return "";
  const manifests = paths.filter((path) => path.endsWith(`/${MANIFEST}`));
  const root = manifests[0]?.slice(0, -MANIFEST.length);
  return manifests.length === 1 && root !== undefined && root.split("/").length === 2 ? root : null;
}
