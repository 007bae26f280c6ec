// `npm run lock:complete`, after adding or updating packages: makes package-lock.json complete for other systems.
//
// A registry mirror may lack the packages that carry native code for systems other than its users' own. npm then leaves
// them out of the lock file, and `npm ci` refuses such a file ("Missing: ... from lock file") wherever it runs. For each
// missing optional dependency this writes an entry with the system it is for, read from its name.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** The constraints that a name such as `@next/swc-linux-x64-musl` states. */
function constraintsOf(name) {
  const words = name.split("/").at(-1).split(/[-_]/);
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  const libc = words.some((word) => word.startsWith("gnu")) ? ["glibc"] : words.includes("musl") ? ["musl"] : [];
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(libc.length > 0 && os[0] === "linux" && { libc }),
    ...(os.length > 0 && { os }),
  };
}

/** Where Node would look for `name` from the package at `path`: nearest node_modules first. */
function isLocked(packages, path, name) {
  for (let folder = path; ; ) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === "") return false;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")));
  }
}

const path = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
const lock = JSON.parse(readFileSync(path, "utf8"));
const added = [];
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(lock.packages, parent, name)) continue;
    const constraints = constraintsOf(name);
    const exact = /^\d+\.\d+\.\d+[\w.+-]*$/.test(version);
    if (!exact || (constraints.os === undefined && constraints.cpu === undefined)) {
      console.error(`${parent} wants ${name}@${version}, and neither the lock file nor the name says what that is.`);
      process.exit(1);
    }
    const dev = entry.dev === true ? { dev: true } : {};
    lock.packages[`node_modules/${name}`] = { version, ...dev, ...constraints, optional: true };
    added.push(`${name}@${version}`);
  }
}
if (added.length > 0 && process.argv.includes("--check")) {
  console.error(`package-lock.json lacks ${added.join(", ")}; run: npm run lock:complete`);
  process.exit(1);
}
if (added.length > 0) {
  const [root, ...rest] = Object.entries(lock.packages);
  rest.sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries([root, ...rest]);
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(added.length === 0 ? "package-lock.json is complete." : `added: ${added.join(", ")}`);
