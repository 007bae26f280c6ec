import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import { createRandom } from "../../server/examples/random.ts";
import type { Bytes } from "../../worker/compute/runtimes/runtime.ts";
import { alignOracle } from "../oracles/align.ts";
import { atlasOracle } from "../oracles/atlas.ts";
import { alignInput, fasta, randomAlignCase, randomLetters, whole } from "./align-cases.ts";
import { atlasInput, ONE, randomTile } from "./atlas-cases.ts";
import { type BrowserLab, openBrowserLab } from "./browser-lab.ts";
import { bundledKernel } from "./bundled-kernels.ts";
import type { DriveRequest, DriveResult } from "./drive.ts";

/** The shaders of align and atlas on random inputs; the known answers are in the suite of all kernels. */

const CASES = process.env["QUORATE_TEST_SIZE"] === "full" ? 300 : 20;
const bytes = (text: string): Bytes => new TextEncoder().encode(text);

/** As toEqual, which would write megabytes of differences. */
function expectSame(found: Uint8Array, expected: Uint8Array): void {
  expect(found.byteLength).toBe(expected.byteLength);
  expect(found.findIndex((byte, index) => byte !== expected[index])).toBe(-1);
}

let lab: BrowserLab;
beforeAll(async () => {
  lab = await openBrowserLab({ webgpu: true });
  for (const name of ["align", "atlas"]) {
    await buildKernels({ only: name });
    await lab.call({ type: "load", key: name, kernel: (await bundledKernel(name)).kernel });
  }
});
afterAll(() => lab.close());

const drive = (key: "align" | "atlas", request: Omit<DriveRequest, "kernel">): Promise<DriveResult> =>
  lab.call({ type: "drive", key, ...request });

describe("the shaders on random inputs", () => {
  it(`align equals its reference, and its states those of WASM: ${CASES} cases`, async () => {
    const random = createRandom(3, 1);
    let states = 0;
    for (let i = 0; i < CASES; i++) {
      const example = randomAlignCase(random);
      const { input, genome, reads } = example;
      const work = { input: bytes(input), files: { genome: bytes(genome), reads: bytes(reads) } };
      const schedule = random.pick(["one, one, two, three, five...", "a third and one"]);
      const result = await drive("align", { backend: "wgsl", work, schedule });
      expect(new TextDecoder().decode(result.bytes), whole(example) + genome).toBe(alignOracle(whole(example), genome));
      const until = random.below(100) / 100;
      const halfway = await drive("align", { backend: "wgsl", work, schedule, until });
      if (halfway.kind === "state") states++;
      expectSame((await drive("align", { backend: "wasm", work, schedule, until })).bytes, halfway.bytes);
    }
    expect(states).toBeGreaterThan(CASES / 2);
  }, 600_000);

  it(`atlas equals its reference: ${CASES} cases`, async () => {
    const random = createRandom(3, 2);
    for (let i = 0; i < CASES; i++) {
      const input = atlasInput(randomTile(random));
      const schedule = random.pick(["one, one, two, three, five...", "a third and one"]);
      const { bytes: output } = await drive("atlas", {
        backend: "wgsl",
        work: { input: bytes(input), files: {} },
        schedule,
      });
      expect(output, input).toEqual(new Uint8Array(atlasOracle(input)));
    }
  }, 600_000);

  it("atlas equals its reference in a tile of two bands, handed over between backends at any unit", async () => {
    const tile = { left: -2n * ONE, top: ONE, step: ONE / 50n, width: 180, height: 100, maxIterations: 6 };
    const work = { input: bytes(atlasInput(tile)), files: {} };
    const expected = new Uint8Array(atlasOracle(atlasInput(tile)));
    expectSame((await drive("atlas", { backend: "wgsl", work, schedule: "a third and one" })).bytes, expected);
    for (const units of [1, 4, 9]) {
      const schedule = "one, one, two, three, five...";
      const half = await drive("atlas", { backend: "wgsl", work, schedule, until: (units - 0.5) / 12 });
      const same = await drive("atlas", { backend: "wasm", work, schedule, until: (units - 0.5) / 12 });
      expect(half.kind).toBe("state");
      expectSame(same.bytes, half.bytes);
      const rest = { ...work, checkpoint: half.bytes };
      expectSame((await drive("atlas", { backend: "wasm", work: rest, schedule })).bytes, expected);
    }
  }, 120_000);

  it("align with more lanes in a dispatch than threads", async () => {
    const random = createRandom(3, 3);
    const genome = fasta("g", randomLetters(random, 60));
    // One read of 2000 letters makes columns so long that only 8384 threads fit; 16000 short ones make 32000 lanes.
    const reads = [randomLetters(random, 2000), ...Array.from({ length: 16_000 }, () => randomLetters(random, 3))];
    const input = alignInput({ match: 2, mismatch: -3, gapOpen: 5, gapExtend: 2 }, reads);
    const work = { input: bytes(input), files: { genome: bytes(genome), reads: bytes("") } };
    const gpu = await drive("align", { backend: "wgsl", work, schedule: "everything at once" });
    expect(gpu.largestStep * 16).toBeGreaterThan(8384);
    const wasm = await drive("align", { backend: "wasm", work, schedule: "everything at once" });
    expect(new TextDecoder().decode(gpu.bytes)).toBe(new TextDecoder().decode(wasm.bytes));
  }, 120_000);
});
