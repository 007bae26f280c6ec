import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isProgram } from "./find-browser.ts";

/** Compilers that the recipes for kernels in other languages need. What is not there is said, and not counted as passed. */

/** Paths of a clang and of the wasm-ld beside it, plain or with a version in their names, newest first; null: `missing` says what. */
export function findClang(): { clang: string } | { missing: string } {
  const versions = ["", ...Array.from({ length: 15 }, (_, index) => `-${25 - index}`)];
  for (const version of versions) {
    const clang = inPath(`clang${version}`);
    if (clang !== null && (inPath(`wasm-ld${version}`) ?? inPath("wasm-ld")) !== null) return { clang };
  }
  return { missing: "there is no clang with wasm-ld here; Debian: apt-get install clang lld" };
}

/** As `findClang`, and installs Debian's where that can be done without asking. */
export function ensureClang(say: (sentence: string) => void): void {
  if ("clang" in findClang() || process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return;
  say("No clang with wasm-ld found; installing Debian's (apt-get install clang lld) ...");
  const quiet = { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } } as const;
  spawnSync("apt-get", ["update"], quiet);
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "clang", "lld"], quiet);
}

/** A rustc that has the library of its wasm32 target. */
export function findRust(): { rustc: string } | { missing: string } {
  const rustc = inPath("rustc");
  if (rustc === null) return { missing: "there is no rustc here" };
  const { stdout } = spawnSync(rustc, ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"], {
    encoding: "utf8",
  });
  const folder = stdout?.trim() ?? "";
  if (folder !== "" && existsSync(folder)) return { rustc };
  return { missing: "this rustc lacks its wasm32 target; rustup target add wasm32-unknown-unknown" };
}

function inPath(program: string): string | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isProgram) ?? null;
}
