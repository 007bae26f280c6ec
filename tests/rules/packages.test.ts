import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { inProject } from "../../server/paths.ts";

type LockEntry = { hasInstallScript?: boolean; resolved?: string };
const lock = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8")) as {
  packages: Record<string, LockEntry>;
};
const project = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as {
  allowScripts: Record<string, boolean>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

it("the lock file installs on every system", () => {
  const { status, stderr } = spawnSync(process.execPath, [inProject("server/start/complete-lock.mjs"), "--check"]);
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: "" });
});

it("the lock file names no place to download from: everybody's npm knows its own", () => {
  const places = Object.values(lock.packages).flatMap((entry) => entry.resolved ?? []);
  expect(places.filter((place) => !place.startsWith("https://registry.npmjs.org/"))).toEqual([]);
});

it("every package with an install script is allowed it or refused it", () => {
  const scripted = Object.entries(lock.packages)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  expect(scripted.filter((name) => project.allowScripts[name] === undefined)).toEqual([]);
});

it("every version is exact", () => {
  const versions = Object.entries({ ...project.dependencies, ...project.devDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+[\w.+-]*$/.test(version))).toEqual([]);
});
