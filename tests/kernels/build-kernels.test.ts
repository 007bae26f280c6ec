import { access, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  buildKernelFolder,
  buildKernels,
  KERNEL_BUILDS,
  KERNEL_SOURCES,
  KernelBuildError,
} from "../../server/cli/build-kernels.ts";
import { validateModule } from "../../worker/compute/validate-module.ts";
import { bundledKernel } from "./bundled-kernels.ts";

describe("build:kernels", () => {
  it("leaves alone what is unchanged", async () => {
    await buildKernels({ only: "atlas" });
    expect(await buildKernels({ only: "atlas" })).toEqual([
      { name: "atlas", folder: join(KERNEL_BUILDS, "atlas"), built: false },
    ]);
  });

  it("builds exactly what kernel.json names, and nothing that was left over", async () => {
    await buildKernels({ only: "atlas" });
    const stray = join(KERNEL_BUILDS, "atlas", "stray.txt");
    await writeFile(stray, "left over");
    await writeFile(join(KERNEL_BUILDS, "atlas", ".sources-sha256"), "another build");
    expect(await buildKernels({ only: "atlas" })).toMatchObject([{ built: true }]);
    await expect(access(stray)).rejects.toThrow();
    const { manifest, kernel } = await bundledKernel("atlas");
    const files = (await readdir(join(KERNEL_BUILDS, "atlas"))).filter((name) => !name.endsWith(".tmp"));
    expect(files.sort()).toEqual([".sources-sha256", "examples", "kernel.json", "kernel.wasm", "kernel.wgsl"]);
    const maxMemoryPages = manifest.backends.wasm?.maxMemoryPages ?? 0;
    const limits = { role: "kernel", maxMemoryPages } as const;
    if (kernel.module === undefined) throw new Error("atlas has no module");
    expect(validateModule(kernel.module, limits).maximumPages).toBe(maxMemoryPages);
  }, 60_000);

  it("puts shared parts into shaders, where their line stands, and says which is missing", async () => {
    const part = (await readFile(join(KERNEL_SOURCES, "lib/threefry.wgsl"), "utf8")).trimEnd();
    for (const name of ["cluster", "ising"]) {
      await buildKernels({ only: name });
      const source = await readFile(join(KERNEL_SOURCES, name, "kernel.wgsl"), "utf8");
      const line = '// @include "../lib/threefry.wgsl"';
      expect(source.split(line)).toHaveLength(2);
      expect((await bundledKernel(name)).kernel.shader).toBe(source.replace(line, () => part));
    }
    const folder = await mkdtemp(join(tmpdir(), "quorate-include-"));
    try {
      const source = join(folder, "new-kernel");
      await cp(join(KERNEL_SOURCES, "template/new-kernel"), source, { recursive: true });
      await writeFile(join(source, "kernel.wgsl"), '// @include "../lib/nothing.wgsl"\n');
      await expect(buildKernelFolder(source, join(folder, "built"))).rejects.toThrow(
        "new-kernel: kernel.wgsl includes ../lib/nothing.wgsl, which is not there",
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000);

  it("says which kernels there are when asked for another", async () => {
    await expect(buildKernels({ only: "nothing" })).rejects.toThrow(KernelBuildError);
    await expect(buildKernels({ only: "nothing" })).rejects.toThrow(/there are: .*align/);
    expect(await readdir(KERNEL_SOURCES)).toContain("align");
  });
});
