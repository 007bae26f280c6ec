import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { buildKernels, KERNEL_SOURCES } from "../../server/cli/build-kernels.ts";
import { compareOutputs } from "../../server/core/replication/comparators/compare-outputs.ts";
import { sayReason } from "../../server/core/replication/comparators/say-reason.ts";
import { type KernelManifest, kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";
import { delay } from "../../worker/compute/delay.ts";
import { judge } from "../../worker/compute/judge.ts";
import type { Backend, Bytes, ComputeServices } from "../../worker/compute/runtimes/runtime.ts";
import { type BrowserLab, openBrowserLab } from "./browser-lab.ts";
import { type BundledKernel, bundledKernel, type KnownAnswer } from "./bundled-kernels.ts";
import { type DriveRequest, type DriveResult, drive, SCHEDULES, type Schedule } from "./drive.ts";

/**
 * Every bundled kernel, on every backend, on every example with a known answer: with different step budgets, and across
 * checkpoints within and between backends. WASM runs in Node, WGSL in real Chromium. What a kernel does not have is a
 * skipped test with its reason.
 */

/** One checkpoint relay per kernel, or (full size) one per example. */
const FULL = process.env["QUORATE_TEST_SIZE"] === "full";
/** A software GPU on a busy machine. */
const TIMEOUT_MS = FULL ? 600_000 : 120_000;

/** In an f64 or two f32 the exponent's second-highest bit, so that tolerant comparisons must notice too; in text, a letter. */
const NOTICED_BYTE = 7;
const NOTICED_BIT = 0x20;

const BACKENDS: readonly Backend[] = ["wasm", "wgsl"];
const schedules = Object.keys(SCHEDULES) as Schedule[];
const inNode: ComputeServices = { now: () => performance.now(), delay, breathe: () => delay(0), gpu: null };

const manifests = readdirSync(KERNEL_SOURCES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => {
    const path = join(KERNEL_SOURCES, name, "kernel.json");
    const files = readdirSync(join(KERNEL_SOURCES, name));
    return files.includes("kernel.json") ? [kernelManifestSchema.parse(JSON.parse(readFileSync(path, "utf8")))] : [];
  });

let lab: BrowserLab;
beforeAll(async () => {
  lab = await openBrowserLab({ webgpu: true });
});
afterAll(() => lab.close());

describe.each(manifests.map((manifest) => [manifest.name, manifest] as const))("%s", (name, manifest) => {
  let bundled: BundledKernel;
  beforeAll(async () => {
    await buildKernels({ only: name });
    bundled = await bundledKernel(name);
    await lab.call({ type: "load", key: name, kernel: bundled.kernel });
  });

  function answerOf(example: string): KnownAnswer {
    const answer = bundled.answers.find((candidate) => candidate.name === example);
    if (answer === undefined) throw new Error(`${name} has no example ${example}`);
    return answer;
  }

  function run(request: Omit<DriveRequest, "kernel">): Promise<DriveResult> {
    return request.backend === "wasm"
      ? drive({ ...request, kernel: bundled.kernel }, inNode)
      : lab.call({ ...request, type: "drive", key: name });
  }

  async function expectKnown(answer: KnownAnswer, result: DriveResult): Promise<void> {
    expect(result.kind).toBe("output");
    expect(await disagreement(bundled, answer.expected, result.bytes)).toBeNull();
  }

  const examples = manifest.examples.map((example) => example.name);

  it.each(examples)("a flipped bit in the output of %s would be noticed", async (example) => {
    const { expected } = answerOf(example);
    const altered = expected.slice();
    const at = Math.min(NOTICED_BYTE, altered.byteLength - 1);
    altered[at] = (altered[at] ?? 0) ^ NOTICED_BIT;
    expect(await disagreement(bundled, expected, altered)).not.toBeNull();
  });

  for (const backend of BACKENDS) {
    const missing = gapOf(manifest, backend);
    if (missing !== null) {
      it.skip(`on ${backend}: ${missing}`, () => undefined);
      continue;
    }
    describe(`on ${backend}`, () => {
      for (const example of examples) {
        it.each(schedules)(
          `gives the known answer of ${example}, steps of %s`,
          async (schedule) => {
            const answer = answerOf(example);
            await expectKnown(answer, await run({ backend, work: workOf(answer), schedule }));
          },
          TIMEOUT_MS,
        );
      }

      for (const example of FULL ? examples : examples.slice(0, 1)) {
        for (const other of BACKENDS) {
          const otherMissing = gapOf(manifest, other);
          const title = `hands ${example} to ${other} at a third and gets it back at two thirds`;
          if (otherMissing !== null) {
            it.skip(`${title}: ${otherMissing}`, () => undefined);
            continue;
          }
          it(title, (context) => relay(context, example, [backend, other]), TIMEOUT_MS);
        }
      }
    });
  }

  /** What a volunteer's device does when its GPU goes away and comes back. */
  async function relay(context: TestContext, example: string, [first, second]: [Backend, Backend]): Promise<void> {
    const answer = answerOf(example);
    const work = workOf(answer);
    const schedule: Schedule = "one, one, two, three, five...";
    const third = await run({ backend: first, work, schedule, until: 1 / 3 });
    if (third.kind === "output") context.skip(`${example} is over before anything can be handed on`);
    const thirds = await run({ backend: second, work: { ...work, checkpoint: third.bytes }, schedule, until: 2 / 3 });
    if (thirds.kind === "output") context.skip(`${example} is over before it can be handed back`);
    expect(unitsDone(thirds.bytes)).toBeGreaterThan(unitsDone(third.bytes));
    await expectKnown(answer, await run({ backend: first, work: { ...work, checkpoint: thirds.bytes }, schedule }));
  }
});

function gapOf({ backends }: KernelManifest, backend: Backend): string | null {
  return backends[backend] === undefined ? `its kernel.json has no ${backend} backend` : null;
}

function workOf({ input, files, seed }: KnownAnswer): DriveRequest["work"] {
  return { input, files, ...(seed === undefined ? {} : { seed }) };
}

function unitsDone(state: Bytes): number {
  return new DataView(state.buffer, state.byteOffset).getUint32(4, true);
}

/** null when the outputs agree as the app itself compares its results. */
async function disagreement({ kernel }: BundledKernel, expected: Bytes, output: Bytes): Promise<string | null> {
  const { comparator, output: schema } = kernel.manifest;
  if (comparator.type !== "custom") {
    const verdict = compareOutputs(comparator, schema, { first: expected, second: output });
    return verdict.agree ? null : sayReason(verdict.reason);
  }
  if (kernel.compare === undefined) throw new Error("the compare module is missing");
  const verdict = await judge({ module: kernel.compare, role: "compare", first: expected, second: output });
  return verdict.kind === "yes" ? null : sayReason(verdict.reason);
}
