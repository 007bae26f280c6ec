import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKernel, NewKernelError } from "../../server/cli/kernel-new.ts";
import { inProject } from "../../server/paths.ts";

/** A copy of the repository as far as a new kernel sees it: nobody else must find a kernel that is gone a moment later. */
let root = "";

beforeAll(async () => {
  await mkdir(inProject(".build"), { recursive: true });
  root = await mkdtemp(inProject(".build/kernel-new-"));
  await mkdir(join(root, "worker/kernels"), { recursive: true });
  for (const path of ["server", "worker/compute", "worker/hosts", "worker/kernels/lib", "worker/protocol.ts"]) {
    await symlink(inProject(path), join(root, path));
  }
  const config = 'export default { test: { include: ["tests/**/*.test.ts"] } };\n';
  await writeFile(join(root, "vitest.config.mjs"), config);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("kernel:new", () => {
  it("makes a kernel that builds and passes its tests as it is", async () => {
    const { folder, testFile } = await createKernel("my-own", root);
    expect((await readdir(folder)).sort()).toEqual([
      "README.md",
      "examples",
      "kernel.json",
      "kernel.ts",
      "kernel.wgsl",
    ]);
    const manifest = JSON.parse(await readFile(join(folder, "kernel.json"), "utf8")) as { name: string };
    expect(manifest.name).toBe("my-own");
    for (const path of [
      ...(await readdir(folder)).filter((file) => file !== "examples").map((file) => join(folder, file)),
      testFile,
    ]) {
      expect(await readFile(path, "utf8")).not.toContain("new-kernel");
    }
    const told = join(root, "told.json");
    const vitest = inProject("node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--root", root, "--reporter=json", `--outputFile=${told}`, "--testTimeout=60000"];
    await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 2 ** 24 }).catch(
      (error: { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}\n${error.stderr}`);
      },
    );
    expect(JSON.parse(await readFile(told, "utf8"))).toMatchObject({ success: true, numPassedTests: 12 });
    await access(join(root, ".build/kernels/my-own/kernel.wasm"));
  }, 180_000);

  it("a name that is taken, or none, is refused and nothing is written", async () => {
    const before = await readdir(join(root, "worker/kernels"));
    for (const name of ["lib", "Up", "x", "../evil", "a b", ""]) {
      await expect(createKernel(name, root)).rejects.toThrow(NewKernelError);
    }
    expect(await readdir(join(root, "worker/kernels"))).toEqual(before);
  });
});
