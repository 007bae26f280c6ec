import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import { sha256Hex } from "../../worker/compute/digest.ts";
import type { Backend, Bytes } from "../../worker/compute/runtimes/runtime.ts";
import type { Checkpoint, ComputeOutcome, ComputeTask, Pace } from "../../worker/protocol.ts";
import { type BrowserLab, openBrowserLab } from "./browser-lab.ts";
import { bundledKernel } from "./bundled-kernels.ts";

/** The browser's real compute worker on a workunit of some seconds: atlas, which both backends compute exactly. */

interface RunReply {
  outcome: ComputeOutcome;
  checkpoints: Checkpoint[];
  steps: number[];
}

/** Stretches a run to ten times its length, so that something can happen in its middle. */
const GENTLE: Pace = { targetStepMs: 10, dutyCycle: 0.1 };

let lab: BrowserLab;
let expected: Bytes;
let base: Omit<ComputeTask, "backend">;

beforeAll(async () => {
  await buildKernels({ only: "atlas" });
  const { kernel } = await bundledKernel("atlas");
  const hex = (units: bigint): string => BigInt.asUintN(128, units).toString(16).padStart(32, "0");
  const one = 1n << 120n;
  const input = [
    `left=${hex(-2n * one)}`,
    `top=${hex(one + one / 4n)}`,
    `step=${hex(one / 40n)}`,
    "width=100",
    "height=100",
    "max_iterations=3000",
  ].join("\n");
  base = { kernelKey: "atlas", input: new TextEncoder().encode(`${input}\n`), files: {} };
  lab = await openBrowserLab({ webgpu: true });
  await lab.call({ type: "load", key: "atlas", kernel });
  const whole = await run("wasm");
  if (whole.outcome.type !== "finished") throw new Error("the reference run did not finish");
  expected = whole.outcome.output;
}, 60_000);
afterAll(() => lab.close());

interface RunOptions {
  change?: Partial<ComputeTask>;
  stopAt?: number;
  pace?: Pace;
}

function run(backend: Backend, { change, ...options }: RunOptions = {}): Promise<RunReply> {
  return lab.call<RunReply>({ type: "run", task: { ...base, backend, ...change }, ...options });
}

describe("the compute worker of a browser", () => {
  it.each(["wasm", "wgsl"] as const)(
    "%s: output, digest and a clock that adds up",
    async (backend) => {
      const { outcome } = await run(backend);
      if (outcome.type !== "finished") throw new Error("not finished");
      expect(outcome.output).toEqual(expected);
      expect(outcome.digest).toBe(await sha256Hex(expected));
      const { firstStepAtMs, lastStepEndAtMs, computeMs, steps } = outcome.timing;
      expect(computeMs).toBeLessThanOrEqual(lastStepEndAtMs - firstStepAtMs + 1);
      expect(computeMs).toBeGreaterThan(0);
      expect(Math.abs(Date.now() - lastStepEndAtMs)).toBeLessThan(30_000);
      expect(steps).toBeGreaterThan(1);
    },
    60_000,
  );

  it.each<[Backend, Backend]>([
    ["wasm", "wgsl"],
    ["wgsl", "wasm"],
  ])(
    "stopped on %s, it goes on from its checkpoint on %s",
    async (first, second) => {
      const { outcome: stopped } = await run(first, first === "wasm" ? { stopAt: 0.2, pace: GENTLE } : { stopAt: 0.2 });
      if (stopped.type !== "stopped" || stopped.checkpoint === null) throw new Error(`it was ${stopped.type}`);
      expect(stopped.checkpoint.unitsDone).toBeGreaterThan(0);
      expect(stopped.checkpoint.unitsDone).toBeLessThan(stopped.checkpoint.unitsTotal);
      const { outcome } = await run(second, { change: { checkpoint: stopped.checkpoint.state } });
      if (outcome.type !== "finished") throw new Error("not finished");
      expect(outcome.timing.resumedUnits).toBe(stopped.checkpoint.unitsDone);
      expect(outcome.output).toEqual(expected);
    },
    60_000,
  );

  it("a pace of a tenth computes a tenth of the time, in steps as long as asked", async () => {
    const { outcome } = await run("wasm", { pace: GENTLE });
    if (outcome.type !== "finished") throw new Error("not finished");
    const { firstStepAtMs, lastStepEndAtMs, computeMs, steps } = outcome.timing;
    const share = computeMs / (lastStepEndAtMs - firstStepAtMs);
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.2);
    expect(computeMs / steps).toBeLessThan(4 * GENTLE.targetStepMs);
    expect(outcome.output).toEqual(expected);
  }, 60_000);

  it("checkpoints come at their interval, and each can be gone on from", async () => {
    const { checkpoints } = await run("wasm", { change: { checkpointEveryMs: 100 }, pace: GENTLE });
    expect(checkpoints.length).toBeGreaterThan(1);
    const done = checkpoints.map((checkpoint) => checkpoint.unitsDone);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    const last = checkpoints.at(-1);
    const { outcome } = await run("wasm", { change: last === undefined ? {} : { checkpoint: last.state } });
    expect(outcome).toMatchObject({ type: "finished", output: expected });
  }, 60_000);
});
