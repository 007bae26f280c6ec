import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readKernelPackage } from "../../server/app-version/read-kernel-package.ts";
import { type BuiltKernel, buildKernelFolder } from "../../server/cli/build-kernels.ts";
import type { ProvablePackage } from "../../worker/compute/prove/prove-kernel.ts";
import { proveKernel } from "../../worker/compute/prove/prove-kernel.ts";
import { nodeProveHost } from "../../worker/hosts/node/spawn-prove.ts";

/** The kernel new-kernel against its known answers, and against the same computation written another way. */

const NAME = "new-kernel";
const inRoot = (path: string) => join(import.meta.dirname, "../..", path);
let built: BuiltKernel;
let kernel: ProvablePackage;

beforeAll(async () => {
  built = await buildKernelFolder(inRoot(`worker/kernels/${NAME}`), inRoot(`.build/kernels/${NAME}`));
  kernel = (await readKernelPackage(built.folder)) as ProvablePackage;
}, 120_000);

/** The kernel with other examples. */
function withExample(input: string, output: Uint8Array<ArrayBuffer>): ProvablePackage {
  const examples = [{ name: "case", input: "case.txt", files: {}, output: "case.bin" }];
  const files = new Map(kernel.files).set("case.txt", new TextEncoder().encode(input)).set("case.bin", output);
  return { manifest: { ...kernel.manifest, examples }, files };
}

/** With numbers of any size and without a state. */
function oracle(first: number, count: number): Uint8Array<ArrayBuffer> {
  const steps = Array.from({ length: count }, (_, index) => {
    let taken = 0;
    for (let n = BigInt(first + index); n !== 1n; taken++) n = n % 2n === 0n ? n / 2n : 3n * n + 1n;
    return taken;
  });
  return new Uint8Array(Uint32Array.from(steps).buffer);
}

describe(NAME, () => {
  it("gives its known answers, with steps of every size and through checkpoints", async () => {
    const report = await proveKernel(kernel, nodeProveHost);
    expect(report.faults).toEqual([]);
    expect(report.passed).toBe(true);
    expect(report.runs.length).toBe(2 * kernel.manifest.examples.length);
  });

  it.each([
    [1, 1],
    [27, 1],
    [1, 64],
    [2, 65],
    [99_999, 1],
    [12_345, 1_000],
  ])("from %i, %i numbers: as the oracle", async (first, count) => {
    const report = await proveKernel(withExample(`first=${first}\ncount=${count}\n`, oracle(first, count)), nodeProveHost);
    expect(report.faults).toEqual([]);
    expect(report.passed).toBe(true);
  });

  it.each(["", "first=0\ncount=1\n", "first=1\n", "first=99999\ncount=2\n", "first=1\nfirst=2\ncount=1\n"])(
    "refuses the input %j",
    async (input) => {
      const report = await proveKernel(withExample(input, oracle(1, 1)), nodeProveHost);
      expect(report.backends[0]).toMatchObject({ state: "failed", code: "init_failed" });
    },
  );
});
