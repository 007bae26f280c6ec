import { describe, expect, it } from "vitest";
import { KernelError } from "../../../worker/compute/kernel-error.ts";
import { createRunControl, type RunControl } from "../../../worker/compute/run-control.ts";
import { runWorkunit } from "../../../worker/compute/run-workunit.ts";
import type { ComputeServices, LoadedKernel } from "../../../worker/compute/runtimes/runtime.ts";
import type { Checkpoint, ComputeOutcome, ComputeTask, Heartbeat, Pace, Progress } from "../../../worker/protocol.ts";
import { unitsInput, unitsOutput, watKernel } from "../../kernels/wat-kernels.ts";

/** A clock that only moves when it is read (as if everything took a millisecond) and when somebody sleeps. */
class FakeClock implements ComputeServices {
  readonly gpu = null;
  readonly sleeps: number[] = [];
  #now = 0;
  readMs: number;

  constructor(readMs = 1) {
    this.readMs = readMs;
  }

  now(): number {
    this.#now += this.readMs;
    return this.#now;
  }

  async delay(milliseconds: number): Promise<void> {
    this.sleeps.push(milliseconds);
    this.#now += milliseconds;
  }

  async breathe(): Promise<void> {
    await Promise.resolve();
  }
}

/** Every step takes the same time, everything else a millisecond per look at the clock. */
class SteppingClock extends FakeClock {
  readonly #stepMs: number;
  #looks = Number.POSITIVE_INFINITY;

  constructor(stepMs: number) {
    super();
    this.#stepMs = stepMs;
  }

  stepBegins(): void {
    this.#looks = 0;
  }

  /** The runtime looks before its kernel's step and after it. */
  override now(): number {
    this.#looks += 1;
    this.readMs = this.#looks === 2 ? this.#stepMs : 1;
    return super.now();
  }
}

interface Told {
  beats: Heartbeat[];
  progress: Progress[];
  checkpoints: Checkpoint[];
}

async function run(options: {
  kernel: LoadedKernel;
  task?: Partial<ComputeTask>;
  pace?: Pace;
  clock?: FakeClock;
  /** Called on every heartbeat that says `idle` after a step, with how many steps there were. */
  afterStep?: (steps: number, control: RunControl) => void;
  beforeStep?: () => void;
}): Promise<{ outcome: ComputeOutcome; told: Told; clock: FakeClock }> {
  const { kernel, afterStep, clock = new FakeClock() } = options;
  const control = createRunControl(clock, options.pace ?? { targetStepMs: 50, dutyCycle: 1 });
  const told: Told = { beats: [], progress: [], checkpoints: [] };
  let steps = 0;
  const outcome = await runWorkunit({
    kernel,
    services: clock,
    control,
    task: {
      kernelKey: "k",
      backend: "wasm",
      input: unitsInput(1000),
      files: {},
      checkpointEveryMs: 0,
      ...options.task,
    },
    listener: {
      onHeartbeat(beat) {
        const last = told.beats.at(-1);
        told.beats.push(beat);
        if (beat.type === "busy" && beat.phase === "step") options.beforeStep?.();
        if (beat.type === "idle" && last?.type === "busy" && last.phase === "step") afterStep?.(++steps, control);
      },
      onProgress: (progress) => told.progress.push(progress),
      onCheckpoint: (checkpoint) => told.checkpoints.push(checkpoint),
    },
  });
  return { outcome, told, clock };
}

function finished(outcome: ComputeOutcome): Extract<ComputeOutcome, { type: "finished" }> {
  if (outcome.type !== "finished") throw new Error(`the run was ${outcome.type}`);
  return outcome;
}

describe("a workunit is driven to its end", () => {
  it("gives the output and its digest, and tells every blocking call before and after it", async () => {
    const { outcome, told } = await run({ kernel: await watKernel("honest") });
    const { output, digest, timing } = finished(outcome);
    expect(output).toEqual(unitsOutput(1000));
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(timing.steps).toBeGreaterThan(2);
    expect(timing.lastStepEndAtMs).toBeGreaterThan(timing.firstStepAtMs);
    expect(told.beats.filter((_, index) => index % 2 === 1).every((beat) => beat.type === "idle")).toBe(true);
    const phases = told.beats.flatMap((beat) => (beat.type === "busy" ? [beat.phase] : []));
    expect(phases.slice(0, 3)).toEqual(["compile", "init", "step"]);
    expect(phases.at(-1)).toBe("output");
    expect(told.progress.at(-1)).toMatchObject({ progress: 1, steps: timing.steps });
  });

  it("remembers the budget of its dearest units: the next run begins with them, not with the cheap ones of the end", async () => {
    const clock = new FakeClock(40);
    const { outcome, told } = await run({
      kernel: await watKernel("phases"),
      clock,
      // Units of the first steps take 40 ms or more, later ones next to nothing.
      afterStep: (steps) => {
        if (steps === 4) clock.readMs = 2;
      },
    });
    const { timing } = finished(outcome);
    expect(Math.max(...told.progress.map(({ budget }) => budget))).toBeGreaterThan(20);
    expect(timing.budget).toBeLessThanOrEqual(10);
  });

  it("at full pace the time between the first step and the last is computing, but for moments between steps", async () => {
    const clock = new SteppingClock(50);
    const kernel = await watKernel("honest");
    const { outcome } = await run({ kernel, clock, beforeStep: () => clock.stepBegins() });
    const { firstStepAtMs, lastStepEndAtMs, computeMs, steps } = finished(outcome).timing;
    expect(steps).toBeGreaterThan(2);
    expect(computeMs).toBe(steps * 50);
    const span = lastStepEndAtMs - firstStepAtMs;
    expect(computeMs).toBeGreaterThan(0.8 * span);
    expect(computeMs).toBeLessThan(span);
  });

  it("sleeps between steps as the duty cycle says", async () => {
    const { clock, told } = await run({ kernel: await watKernel("slow"), pace: { targetStepMs: 50, dutyCycle: 0.1 } });
    const steps = told.progress.at(-1)?.steps ?? 0;
    expect(clock.sleeps.length).toBe(steps - 1);
    expect(clock.sleeps.every((ms) => ms > 4 && ms <= 9)).toBe(true); // steps of one read of the clock, nine times as long
  });

  it("a pace of zero waits until the pace changes", async () => {
    let slept = 0;
    const clock = new FakeClock();
    clock.delay = async (milliseconds) => {
      expect(milliseconds).toBe(2 ** 31 - 1);
      slept += 1;
      control.setPace({ targetStepMs: 50, dutyCycle: slept < 3 ? 0 : 1 });
    };
    const control = createRunControl(clock, { targetStepMs: 50, dutyCycle: 0 });
    const kernel = await watKernel("paused");
    const listener = { onHeartbeat: () => undefined, onProgress: () => undefined, onCheckpoint: () => undefined };
    const task: ComputeTask = { kernelKey: "k", backend: "wasm", input: unitsInput(10), files: {} };
    const outcome = await runWorkunit({ kernel, services: clock, control, task, listener });
    expect(slept).toBe(3);
    expect(finished(outcome).output).toEqual(unitsOutput(10));
  });
});

describe("checkpoints", () => {
  it("are taken at their interval and on request, and a run from one ends with the same bytes", async () => {
    const kernel = await watKernel("saving");
    const timed = await run({ kernel, task: { checkpointEveryMs: 12 } });
    expect(timed.told.checkpoints.length).toBeGreaterThan(0);
    const asked = await run({
      kernel,
      afterStep: (steps, control) => steps === 2 && control.requestCheckpoint(),
    });
    expect(asked.told.checkpoints).toHaveLength(1);
    const [checkpoint] = asked.told.checkpoints;
    if (checkpoint === undefined) throw new Error("no checkpoint");
    expect(checkpoint).toMatchObject({ unitsTotal: 1000, unitsDone: 9, format: "counter-1" });

    const resumed = await run({ kernel, task: { checkpoint: checkpoint.state } });
    const { output, timing, checkpointRefused } = finished(resumed.outcome);
    expect(output).toEqual(unitsOutput(1000));
    expect(timing.resumedUnits).toBe(9);
    expect(checkpointRefused).toBeUndefined();
  });

  it.each([
    ["of another length", new Uint8Array(21)],
    ["of another workunit", new Uint8Array(20).fill(9)],
    ["of three bytes", new Uint8Array(3)],
  ])("one %s is refused, and the workunit begins anew and says so", async (_, checkpoint) => {
    const { outcome, told } = await run({ kernel: await watKernel("refusing"), task: { checkpoint } });
    const { output, timing, checkpointRefused } = finished(outcome);
    expect(output).toEqual(unitsOutput(1000));
    expect(timing.resumedUnits).toBe(0);
    expect(checkpointRefused).toContain("state");
    expect(told.progress.at(-1)?.checkpointRefused).toBe(checkpointRefused);
  });

  it("stop ends the run with a checkpoint when one is wanted, without when not", async () => {
    const kernel = await watKernel("stopping");
    const stopAt = (checkpoint: boolean) => (steps: number, control: RunControl) => {
      if (steps === 2) control.stop({ checkpoint });
    };
    const kept = await run({ kernel, afterStep: stopAt(true) });
    expect(kept.outcome).toMatchObject({ type: "stopped", checkpoint: { unitsDone: 9 }, timing: { steps: 2 } });
    const dropped = await run({ kernel, afterStep: stopAt(false) });
    expect(dropped.outcome).toMatchObject({ type: "stopped", checkpoint: null });
  });
});

describe("a kernel that misbehaves is told apart", () => {
  const step = (body: string): string => `(func (export "step") (param i32) (result f64) ${body})`;
  const packed = (name: string, pointer: number, length: number): string =>
    `(func (export "${name}") (result i64) (i64.or (i64.shl (i64.const ${pointer}) (i64.const 32)) (i64.const ${length})))`;

  it.each([
    [
      "refuses its input",
      { init: `(func (export "init") (param i32 i32) (result i32) (i32.const 7))` },
      "init_failed",
      "error code 7",
    ],
    ["fails in a step", { step: step("(f64.const -5)") }, "step_failed", "error code 5"],
    ["says more than 1", { step: step("(f64.const 1.5)") }, "state_invalid", "step gave 1.5"],
    ["says not a number", { step: step("(f64.const nan)") }, "state_invalid", "step gave NaN"],
    ["traps", { step: step("unreachable") }, "trapped", "trapped in step: unreachable"],
    ["reads out of bounds", { step: step("(f64.load (i32.const 99999999))") }, "trapped", "trapped in step"],
    [
      "divides by zero",
      { step: step("(f64.convert_i32_u (i32.div_u (i32.const 1) (i32.const 0)))") },
      "trapped",
      "divide by zero",
    ],
    [
      "recurses for ever",
      {
        step: `(func $again (export "step") (param i32) (result f64) (f64.add (call $again (i32.const 0)) (f64.const 1)))`,
      },
      "trapped",
      "trapped in step",
    ],
    [
      "grows its memory to the end",
      { step: step("(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable") },
      "out_of_memory",
      "ran out of memory in step, at 4 pages",
    ],
    [
      "has no room for its input",
      { alloc: `(func (export "alloc") (param i32) (result i32) unreachable)` },
      "out_of_memory",
      "in alloc",
    ],
    [
      "says it has no room",
      { alloc: `(func (export "alloc") (param i32) (result i32) (i32.const 0))` },
      "out_of_memory",
      "no room for 4 bytes",
    ],
    [
      "allocates outside its memory",
      { alloc: `(func (export "alloc") (param i32) (result i32) (i32.const -8))` },
      "state_invalid",
      "outside the module's memory",
    ],
    [
      "gives an output outside its memory",
      { output: packed("output", 0x7fff_0000, 8) },
      "output_invalid",
      "outside the module's memory of 65536",
    ],
    [
      "gives an output at the end of the address space",
      { output: packed("output", 0xffff_ffff, 0xffff_ffff) },
      "output_invalid",
      "4294967295+4294967295",
    ],
    [
      "gives an output over kernel.json's limit",
      { output: packed("output", 0, 1025) },
      "output_too_large",
      "1025 bytes; the limit is 1024",
    ],
    ["never advances", { step: step("(f64.const 0.5)") }, "hung", "without any progress"],
  ] as const)("%s: %s", async (_, parts, code, sentence) => {
    const clock = new FakeClock(20); // a step seems to take 20 ms: three seconds without progress are soon over
    const error = await run({ kernel: await watKernel("hostile", parts), clock }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(sentence), blame: "kernel" });
  });

  it.each([
    ["saves a state outside its memory", { save: packed("save", 65_530, 20) }, "outside the module's memory"],
    ["saves a state without a header", { save: packed("save", 64, 15) }, "without a sensible header"],
    ["has done more than there is", { save: packed("save", 76, 20) }, "without a sensible header"],
  ])("%s: state_invalid", async (_, parts, sentence) => {
    const kernel = await watKernel("unsaved", parts);
    const failing = run({ kernel, afterStep: (steps, control) => steps === 2 && control.requestCheckpoint() });
    await expect(failing).rejects.toMatchObject({ code: "state_invalid", message: expect.stringContaining(sentence) });
  });

  it.each([
    ["an input over the limit", { input: new Uint8Array(1025) }, "kernel.json allows 1024"],
    ["WGSL without a GPU", { backend: "wgsl" as const }, "has no WGSL shader"],
  ])("%s is refused before anything runs", async (_, task, sentence) => {
    await expect(run({ kernel: await watKernel("refused"), task })).rejects.toThrow(sentence);
  });

  it("a missing file, and a seed of another length, are refused by name", async () => {
    const kernel = await watKernel("files");
    const manifest = { ...kernel.manifest, files: ["genome"], seed: true };
    const genome = new Uint8Array(1);
    await expect(run({ kernel: { ...kernel, manifest } })).rejects.toThrow("the workunit has no file genome");
    await expect(run({ kernel: { ...kernel, manifest }, task: { files: { genome } } })).rejects.toThrow("no file seed");
    const seed = new Uint8Array(7);
    await expect(run({ kernel: { ...kernel, manifest }, task: { files: { genome }, seed } })).rejects.toThrow(
      "a seed has 8 bytes, this one 7",
    );
  });
});
