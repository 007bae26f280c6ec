import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import { delay } from "../../worker/compute/delay.ts";
import { watchRun } from "../../worker/compute/watch-run.ts";
import { spawnCompute } from "../../worker/hosts/node/spawn-compute.ts";
import type { Capabilities, ComputeHandle, ProbeReport, ProbeRequest } from "../../worker/protocol.ts";
import { type BrowserLab, openBrowserLab } from "./browser-lab.ts";
import { type BundledKernel, bundledKernel } from "./bundled-kernels.ts";

let probe: BundledKernel;
let lab: BrowserLab;
let thread: ComputeHandle;

beforeAll(async () => {
  await buildKernels({ only: "probe" });
  probe = await bundledKernel("probe");
  lab = await openBrowserLab({ webgpu: true });
  thread = spawnCompute();
  await thread.api.loadKernel("probe", probe.kernel);
  await lab.call({ type: "load", key: "probe", kernel: probe.kernel });
});
afterAll(async () => {
  thread.terminate();
  await lab.close();
});

function request(backend: "wasm" | "wgsl", change: Partial<ProbeRequest> = {}): ProbeRequest {
  const [known] = probe.answers;
  if (known === undefined) throw new Error("the probe has no known answer");
  const { input, files, expected } = known;
  return { kernelKey: "probe", backend, input, files, expected, classFrom: 32, ...change };
}

const inNode = (asked: ProbeRequest): Promise<ProbeReport> =>
  watchRun(thread, { delay }, (listener) => thread.api.probe(asked, listener));
const inBrowser = (asked: ProbeRequest): Promise<ProbeReport> => lab.call({ type: "probe", request: asked });

/** The seven folded words and the total, worked out from kernel.ts's description alone, slowly. */
function expectedWords(seed: number): number[] {
  const mix = (value: number): number => {
    let x = BigInt(value);
    x ^= (x << 13n) & 0xffff_ffffn;
    x ^= x >> 17n;
    x ^= (x << 5n) & 0xffff_ffffn;
    return Number((x * 1664525n + 1013904223n) & 0xffff_ffffn);
  };
  let lanes = Array.from({ length: 64 }, (_, lane) => mix((seed + lane) % 2 ** 32));
  let total = 0;
  for (let unit = 0; unit < 16; unit++) {
    const rounded = lanes.map((lane) => {
      let x = lane;
      for (let round = 0; round < 1024; round++) {
        x = mix(x);
        x = (x ^ Math.floor(x / ((x >>> 20) | 1))) >>> 0;
        x = (x + (x % 1000003)) % 2 ** 32;
        x = (x ^ (x >> 3)) >>> 0;
      }
      return x;
    });
    lanes = rounded.map((x, lane) => (x + (rounded[(lane * 7 + 3) % 64] ?? 0)) % 2 ** 32);
    total = lanes.reduce((sum, x) => (sum + x) % 2 ** 32, total);
  }
  const fold = (word: number): number => {
    const own = lanes.filter((_, lane) => lane % 7 === word);
    return Number(own.reduce((folded, lane) => (folded * 31n + BigInt(lane)) & 0xffff_ffffn, 0n));
  };
  return [0, 1, 2, 3, 4, 5, 6].map(fold).concat(total);
}

describe("the probe of a device", () => {
  it("has a known answer that a slow second implementation confirms", () => {
    const { input, expected } = probe.answers[0] ?? {};
    if (input === undefined || expected === undefined) throw new Error("the probe has no known answer");
    const words = Array.from({ length: 8 }, (_, index) => new DataView(expected.buffer).getUint32(index * 4, true));
    expect(words).toEqual(expectedWords(new DataView(input.buffer).getUint32(0, true)));
  });

  it("is right on WASM in Node and in the browser, and on the GPU; equal arithmetic has one class", async () => {
    const reports = [await inNode(request("wasm")), await inBrowser(request("wasm")), await inBrowser(request("wgsl"))];
    expect(reports.map((report) => report.verdict)).toEqual(["ok", "ok", "ok"]);
    const [node, browser, gpu] = reports.map((report) => (report.verdict === "ok" ? report.classBits : ""));
    expect(node).toMatch(/^[0-9a-f]{16}$/);
    expect(browser).toBe(node); // WASM's floats have fixed bits
    expect(gpu).toMatch(/^[0-9a-f]{16}$/);
    expect(gpu).not.toBe(node); // the software adapter rounds sin, exp and log2 in its own way
    expect(await inBrowser(request("wgsl"))).toMatchObject({ classBits: gpu });
  });

  it.each([
    ["one bit of an integer", 5, 1],
    ["a float, by far", 35, 0x40],
  ])("another answer is wrong: %s", async (_, at, flip) => {
    const { expected } = request("wasm");
    const altered = expected.slice();
    altered[at] = (altered[at] ?? 0) ^ flip;
    for (const report of [
      await inNode(request("wasm", { expected: altered })),
      await inBrowser(request("wgsl", { expected: altered })),
    ]) {
      expect(report).toMatchObject({ verdict: "wrong" });
    }
  });

  it("a kernel that fails is told apart from a wrong answer", async () => {
    const report = await inNode(request("wasm", { input: new Uint8Array(3) }));
    expect(report).toMatchObject({
      verdict: "failed",
      code: "init_failed",
      reason: expect.stringContaining("error code 2"),
    });
  });
});

describe("what a compute worker says of its device", () => {
  it("in the browser: SIMD and a software adapter, named", async () => {
    const capabilities = await lab.call<Capabilities>({ type: "capabilities" });
    expect(capabilities).toMatchObject({ wasm: true, simd: true, gpuReason: "" });
    expect(capabilities.gpu).toMatchObject({ vendor: "google", architecture: "swiftshader", fallback: true });
  });

  it("in a browser without an adapter: why WGSL cannot be run, and WASM still can", async () => {
    const without = await openBrowserLab({ webgpu: false });
    try {
      expect(await without.call<Capabilities>({ type: "capabilities" })).toMatchObject({
        gpu: null,
        gpuReason: "no usable WebGPU adapter",
      });
      await without.call({ type: "load", key: "probe", kernel: probe.kernel });
      expect(await without.call({ type: "probe", request: request("wgsl") })).toMatchObject({
        verdict: "failed",
        code: "backend_unavailable",
      });
      expect(await without.call({ type: "probe", request: request("wasm") })).toMatchObject({ verdict: "ok" });
    } finally {
      await without.close();
    }
  });

  it("in Node: why there is no GPU, unless npm webgpu is there", async () => {
    const { gpu, gpuReason } = await thread.api.capabilities();
    expect(gpu === null ? gpuReason : "").toBe(gpu === null ? "npm package webgpu is not installed" : "");
  });
});
