import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import { type BrowserLab, openBrowserLab } from "./browser-lab.ts";
import { type BundledKernel, bundledKernel } from "./bundled-kernels.ts";
import type { DriveRequest, DriveResult } from "./drive.ts";
import { openKernel } from "./wasm-driver.ts";

/**
 * The suite compares outputs as an app does: statistically, or with a tolerance. What is computed in integers must be
 * equal bit by bit besides: all of ising, and the annealing of cluster.
 */

let lab: BrowserLab;
beforeAll(async () => {
  lab = await openBrowserLab({ webgpu: true });
});
afterAll(() => lab.close());

async function open(name: string): Promise<BundledKernel> {
  await buildKernels({ only: name });
  const bundled = await bundledKernel(name);
  await lab.call({ type: "load", key: name, kernel: bundled.kernel });
  return bundled;
}

function onGpu(key: string, request: Omit<DriveRequest, "kernel" | "backend">): Promise<DriveResult> {
  return lab.call({ ...request, backend: "wgsl", type: "drive", key });
}

describe("integer arithmetic gives the same bytes on WASM and WGSL", () => {
  it("ising: outputs of all examples", async () => {
    const bundled = await open("ising");
    for (const { name, input, files, seed, expected } of bundled.answers) {
      const work = { input, files, ...(seed === undefined ? {} : { seed }) };
      const { bytes } = await onGpu("ising", { work, schedule: "everything at once" });
      expect(bytes, name).toEqual(expected);
    }
  }, 120_000);

  it("cluster: every walker while annealing", async () => {
    const bundled = await open("cluster");
    const { instance } = await openKernel("cluster");
    const { input, files } = bundled.answers.find(({ name }) => name === "icosahedron") ?? {};
    if (input === undefined || files === undefined) throw new Error("cluster has no example icosahedron");
    for (const until of [0.1, 0.3]) {
      const { bytes } = await onGpu("cluster", {
        work: { input, files },
        schedule: "one, one, two, three, five...",
        until,
      });
      const unitsDone = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
      expect(unitsDone).toBeGreaterThan(0);
      expect(unitsDone).toBeLessThanOrEqual(256); // the rest is relaxation, in f32
      const run = instance();
      run.init([input]);
      run.step(unitsDone);
      expect(run.save()).toEqual(bytes);
    }
  }, 120_000);
});
