import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { delay } from "../../worker/compute/delay.ts";
import { KernelError } from "../../worker/compute/kernel-error.ts";
import type { Bytes, LoadedKernel } from "../../worker/compute/runtimes/runtime.ts";
import { watchRun } from "../../worker/compute/watch-run.ts";
import { spawnCompute } from "../../worker/hosts/node/spawn-compute.ts";
import type { ComputeHandle, ComputeListener, ComputeOutcome, ComputeTask } from "../../worker/protocol.ts";
import { type BrowserLab, openBrowserLab } from "./browser-lab.ts";
import { unitsInput, unitsOutput, watKernel } from "./wat-kernels.ts";
import { type ShaderParts, shaderKernel } from "./wgsl-fixtures.ts";

/** Kernels that do harm, in real compute workers: each ends with its own clear error, and the next kernel works. */

const ENDLESS = { step: `(func (export "step") (param i32) (result f64) (loop $again (br $again)) (f64.const 0))` };
const ENDLESS_INIT = {
  init: `(func (export "init") (param i32 i32) (result i32) (loop $again (br $again)) (i32.const 0))`,
};
const ENDLESS_START = { imports: "(func $spin (loop $again (br $again))) (start $spin)" };
const TRAP = { step: `(func (export "step") (param i32) (result f64) unreachable)` };

function task(kernelKey: string, change: Partial<ComputeTask> = {}): ComputeTask {
  return { kernelKey, backend: "wasm", input: unitsInput(100), files: {}, ...change };
}

const finished = { type: "finished", output: unitsOutput(100) };

describe("a thread of Node", () => {
  const handles: ComputeHandle[] = [];
  function spawn(): ComputeHandle {
    const handle = spawnCompute();
    handles.push(handle);
    return handle;
  }
  afterAll(() => {
    for (const handle of handles) handle.terminate();
  });

  async function run(handle: ComputeHandle, kernel: LoadedKernel, signal?: AbortSignal): Promise<ComputeOutcome> {
    const key = kernel.manifest.name;
    const started = async (listener: ComputeListener): Promise<ComputeOutcome> => {
      await handle.api.loadKernel(key, kernel);
      return handle.api.run(task(key), listener);
    };
    // The fixtures allow a step one second; the clock of silence is cut short so that no test waits for it.
    const hasty = { delay: (ms: number, until?: AbortSignal) => delay(ms / 20, until) };
    return watchRun(handle, hasty, started, signal === undefined ? {} : { signal });
  }

  it.each([
    ["step", ENDLESS, "silent for 6 s in its step"],
    ["init", ENDLESS_INIT, "silent for 6 s in its init"],
  ])("an endless %s is ended, and a new thread works", async (_, parts, sentence) => {
    const hung = spawn();
    const error = await run(hung, await watKernel("endless", parts)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ code: "hung", message: expect.stringContaining(sentence) });
    expect(await run(spawn(), await watKernel("honest"))).toMatchObject(finished);
    expect((await hung.failure).message).toContain("ended");
  });

  it("an endless start function is ended too", async () => {
    await expect(run(spawn(), await watKernel("start", ENDLESS_START))).rejects.toMatchObject({ code: "hung" });
  });

  it("a trap leaves the thread well: the same one runs the next kernel", async () => {
    const handle = spawn();
    await expect(run(handle, await watKernel("trap", TRAP))).rejects.toMatchObject({
      code: "trapped",
      blame: "kernel",
    });
    expect(await run(handle, await watKernel("honest"))).toMatchObject(finished);
  });

  it("an import is refused before anything runs", async () => {
    const kernel = await watKernel("importing", { imports: `(import "env" "now" (func (result f64)))` });
    await expect(run(spawn(), kernel)).rejects.toMatchObject({
      code: "module_invalid",
      message: expect.stringContaining("it imports env.now; a kernel may import nothing"),
    });
  });

  it("a thread that dies under a run, and a signal, end the run", async () => {
    const dying = spawn();
    const endless = await watKernel("endless", ENDLESS);
    const run1 = run(dying, endless);
    dying.terminate();
    await expect(run1).rejects.toMatchObject({ code: "worker_failed" });
    const stop = new AbortController();
    const run2 = run(spawn(), endless, stop.signal);
    stop.abort(new Error("the volunteer pressed Stop"));
    await expect(run2).rejects.toThrow("the volunteer pressed Stop");
  });

  it("a second run before the first has ended is a programming error", async () => {
    const handle = spawn();
    const kernel = await watKernel("honest");
    await handle.api.loadKernel("honest", kernel);
    await handle.api.setPace({ targetStepMs: 50, dutyCycle: 0 });
    const listener = { onHeartbeat: () => undefined, onProgress: () => undefined, onCheckpoint: () => undefined };
    const first = handle.api.run(task("honest"), listener);
    await expect(handle.api.run(task("honest"), listener)).rejects.toThrow("already running");
    await handle.api.stop({ checkpoint: true });
    expect(await first).toEqual({ type: "stopped", checkpoint: null, timing: null });
  });
});

describe("a browser", () => {
  let lab: BrowserLab;
  beforeAll(async () => {
    lab = await openBrowserLab({ webgpu: true });
  });
  afterAll(() => lab.close());

  async function run(kernel: LoadedKernel, change: Partial<ComputeTask> = {}, at = lab): Promise<ComputeOutcome> {
    const key = kernel.manifest.name;
    await at.call({ type: "load", key, kernel });
    const reply = await at.call<{ outcome: ComputeOutcome }>({ type: "run", task: task(key, change) });
    return reply.outcome;
  }

  const shade = (name: string, parts: ShaderParts = {}, input: Bytes = new Uint8Array(0)): Promise<ComputeOutcome> =>
    run(shaderKernel(name, parts), { backend: "wgsl", input });

  it("an endless WASM step is ended with its worker, and a new worker computes", async () => {
    await expect(run(await watKernel("endless", ENDLESS))).rejects.toMatchObject({ code: "hung" });
    expect(await run(await watKernel("honest"))).toMatchObject(finished);
  });

  it("an honest shader without a module works", async () => {
    expect(await shade("honest-shader")).toMatchObject(finished);
  });

  it.each<[string, ShaderParts, string, string]>([
    [
      "a syntax error, with the author's line",
      { body: "let x: u32 = 1.5;" },
      "shader_invalid",
      "line 7: cannot convert",
    ],
    ["an unknown entry point", { entryPoint: "other" }, "shader_invalid", "does not fit kernel.json"],
    [
      "a binding kernel.json lacks",
      { declarations: "@group(0) @binding(7) var<storage> more: array<u32>;", body: "state[4] = more[0];" },
      "shader_invalid",
      "does not fit kernel.json",
    ],
    [
      "a binding in the guard's group",
      { declarations: "@group(1) @binding(3) var<storage> more: array<u32>;", body: "state[4] = more[0];" },
      "shader_invalid",
      "does not fit kernel.json",
    ],
    [
      "a loop that never ends",
      { body: "loop { state[5] += 1u; }" },
      "loop_limit",
      "longer than maxLoopIterations (1000)",
    ],
    [
      "a while that never ends",
      { body: "while state[5] < 0xffffffffu { state[5] = 1u; }" },
      "loop_limit",
      "maxLoopIterations",
    ],
    [
      "a for that never ends, nested",
      { body: "for (;;) { for (;;) { state[5] += 1u; } }", maxLoopIterations: 100 },
      "loop_limit",
      "(100)",
    ],
    [
      "a loop whose switch always goes on",
      {
        body: "loop { switch state[5] { case 0u: { continue; } default: { state[5] = 0u; } } continuing { state[6] += 1u; } }",
      },
      "loop_limit",
      "(1000)",
    ],
    [
      "a while inside a switch inside a for",
      {
        body: "for (var i = 0u; i < 2u; i++) { switch i { case 1u: { while true { state[5] += 1u; } } default: {} } }",
      },
      "loop_limit",
      "(1000)",
    ],
    ["a status that is an error code", { body: "state[2] = 9u;" }, "step_failed", "error code 9"],
    ["a header that says nonsense", { body: "state[0] = 0u;" }, "state_invalid", "without a sensible header"],
    ["an output over the limit", { outputBytes: 12 }, "output_too_large", "12 bytes; the limit is 8"],
    ["an output outside its state", { outputBytes: 17 }, "output_invalid", "outside its state"],
  ])("a shader with %s", async (name, parts, code, sentence) => {
    const error = await shade(`bad-${name.replaceAll(/[^a-z]/g, "").slice(0, 30)}`, parts).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(sentence) });
  });

  it("a loop of exactly maxLoopIterations is allowed, one more is not", async () => {
    const body = (count: number): string => `for (var i = 0u; i < ${count}u; i++) { state[5] += 1u; }`;
    expect(await shade("at-the-limit", { body: body(1000) })).toMatchObject({ type: "finished" });
    await expect(shade("over-the-limit", { body: body(1001) })).rejects.toMatchObject({ code: "loop_limit" });
  });

  it("barriers inside bounded loops stay legal", async () => {
    const declarations = "var<workgroup> shared_sum: u32;";
    const body = `for (var i = 0u; i < params.count; i++) {
      if (params.start + i < 0xffffu) { shared_sum += params.start + i + 1u; }
      workgroupBarrier();
      for (var j = 0u; j < 2u; j++) { storageBarrier(); }
    }
    state[4] += shared_sum;`;
    expect(await shade("barriers", { body, declarations })).toMatchObject(finished);
  });

  it("buffers above the default limits are asked for, and what no adapter offers is refused in words", async () => {
    const declarations = "@group(0) @binding(2) var<storage, read_write> scratch: array<u32>;";
    const body = (bytes: number): string =>
      `scratch[${bytes / 4 - 1}u] = params.start + 1u; state[4] += scratch[${bytes / 4 - 1}u] * params.count;`;
    const big = 192 * 2 ** 20; // the default binding limit is 128 MiB
    const parts = { declarations, body: body(big), scratchBytes: big, unitsTotal: 1 };
    expect(await shade("big-scratch", parts)).toMatchObject({ type: "finished", output: unitsOutput(1) });
    expect(await shade("honest-shader")).toMatchObject(finished);
    const declared = shaderKernel("too-big", { declarations, body: body(16), scratchBytes: 16, unitsTotal: 1 });
    const { wgsl } = declared.manifest.backends;
    if (wgsl === undefined) throw new Error("no shader");
    const buffers = wgsl.buffers.map((buffer) => (buffer.kind === "scratch" ? { ...buffer, bytes: 2 ** 31 } : buffer));
    const manifest = { ...declared.manifest, backends: { wgsl: { ...wgsl, buffers } } };
    await expect(run({ ...declared, manifest }, { backend: "wgsl", input: new Uint8Array(0) })).rejects.toMatchObject({
      code: "backend_unavailable",
      message: expect.stringContaining("this kernel needs maxBufferSize 2147483648; the adapter offers 1073741824"),
    });
  });

  it("out-of-bounds writes of a shader stay inside its own buffers", async () => {
    const body = "state[1000000u + params.start] = 7u; state[4] = 5u;";
    expect(await shade("out-of-bounds", { body })).toMatchObject({ type: "finished" });
    expect(await shade("honest-shader")).toMatchObject(finished);
  });

  it("a GPU process killed in mid-workunit is a lost device, and the next run has a new one", async () => {
    const slow = shaderKernel("slow", {
      body: `for (var u = 0u; u < params.count; u++) {
        for (var i = 0u; i < 10000u; i++) { state[5] = state[5] * 1664525u + i; }
      }`,
      maxLoopIterations: 1_000_000,
      unitsTotal: 10_000_000,
    });
    const running = run(slow, { backend: "wgsl", input: new Uint8Array(0) }).catch((caught: unknown) => caught);
    await lab.page.waitForFunction(() => {
      const { labProgress } = globalThis as unknown as { labProgress: number };
      return labProgress > 0 && labProgress < 1;
    });
    const session = await lab.browser.newBrowserCDPSession();
    await session.send("Browser.crashGpuProcess").catch(() => undefined); // the answer may be lost with the process
    expect(await running).toMatchObject({ code: "device_lost", blame: "device" });
    await expect.poll(() => shade("honest-shader").catch(String), { timeout: 20_000 }).toMatchObject(finished);
  }, 60_000);

  it("a dispatch that does not end in time is hung; no other follows, and WASM goes on", async () => {
    const body = "for (var i = 0u; i < 60000000u; i++) { for (var j = 0u; j < 60000000u; j++) { state[5] += j; } }";
    const hung = shaderKernel("hung", { body, maxLoopIterations: 60_000_000, stepSeconds: 1 });
    const input = new Uint8Array(0);
    // A browser of its own: only the end of its GPU process stops such a dispatch, and Chromium gives a page whose GPU
    // process ended twice no further adapter.
    const own = await openBrowserLab({ webgpu: true });
    try {
      await expect(run(hung, { backend: "wgsl", input }, own)).rejects.toMatchObject({
        code: "hung",
        message: expect.stringContaining("the GPU did not finish a dispatch within 1 s"),
      });
      expect(await run(await watKernel("honest"), {}, own)).toMatchObject(finished);
      const session = await own.browser.newBrowserCDPSession();
      await session.send("Browser.crashGpuProcess").catch(() => undefined);
      const again = (): Promise<unknown> =>
        run(shaderKernel("honest-shader"), { backend: "wgsl", input }, own).catch(String);
      await expect.poll(again, { timeout: 20_000 }).toMatchObject(finished);
    } finally {
      await own.close();
    }
  }, 60_000);
});
