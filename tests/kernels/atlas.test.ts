import { beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../server/examples/random.ts";
import { atlasOracle } from "../oracles/atlas.ts";
import { atlasExamples, atlasInput, ONE, randomTile, type Tile } from "./atlas-cases.ts";
import { type BundledKernel, type KernelRun, openKernel } from "./wasm-driver.ts";

const FULL = process.env["QUORATE_TEST_SIZE"] === "full";
const CASES = FULL ? 3000 : 200;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

let kernel: BundledKernel;
beforeAll(async () => {
  kernel = await openKernel("atlas");
});

function begin(input: string): KernelRun {
  const run = kernel.instance();
  expect(run.init([input])).toBe(0);
  return run;
}

const counts = (bytes: Uint8Array): number[] => [...new Uint32Array(Uint8Array.from(bytes).buffer)];
const header = (run: KernelRun): number[] => [...new Uint32Array(run.save().buffer, 0, 4)];

describe("atlas", () => {
  it("its known answers are the reference's", async () => {
    const examples = Object.entries(atlasExamples());
    expect(examples.map(([name]) => name)).toEqual(kernel.manifest.examples.map(({ name }) => name));
    for (const [name, tile] of examples) {
      expect(text(await kernel.file(`examples/${name}.txt`)), name).toBe(atlasInput(tile));
      expect(counts(await kernel.file(`examples/${name}.bin`)), name).toEqual(counts(atlasOracle(atlasInput(tile))));
    }
  });

  it(
    "equals the reference on random tiles, for any budget, saved and loaded anywhere",
    () => {
      const random = createRandom(12, 24);
      for (let i = 0; i < CASES; i++) {
        const input = atlasInput(randomTile(random));
        let run = begin(input);
        while (run.step(1 + random.below(3)) < 1) {
          if (!random.chance(0.3)) continue;
          const saved = run.save();
          run = begin(input);
          expect(run.load(saved)).toBe(0);
        }
        expect(counts(run.output()), input).toEqual(counts(atlasOracle(input)));
      }
    },
    FULL ? 120_000 : 30_000,
  );

  it("equals the reference in tiles whose units are single iterations", () => {
    const tile: Tile = { left: -2n * ONE, top: ONE, step: ONE / 130n, width: 390, height: 260, maxIterations: 12 };
    const run = begin(atlasInput(tile));
    expect(header(run)[0]).toBe(84); // seven bands
    expect(counts(run.finish(5))).toEqual(counts(atlasOracle(atlasInput(tile))));
    for (const units of [1, 3, 22]) {
      const first = begin(atlasInput(tile));
      first.step(units);
      const second = begin(atlasInput(tile));
      expect(second.load(first.save())).toBe(0);
      expect(counts(second.finish(1))).toEqual(counts(run.output()));
    }
  });

  it("saves the same bytes whatever the budget", () => {
    const input = atlasInput({
      left: -2n * ONE,
      top: ONE,
      step: ONE / 64n,
      width: 192,
      height: 128,
      maxIterations: 40,
    });
    const [one, many] = [begin(input), begin(input)];
    for (let i = 0; i < 21; i++) one.step(1);
    many.step(21);
    expect(Buffer.compare(one.save(), many.save())).toBe(0);
  });

  it("does no more units than its budget, and ends early when every pixel has escaped", () => {
    const inside = begin(atlasInput({ left: 0n, top: 0n, step: 1n, width: 256, height: 256, maxIterations: 10 }));
    inside.step(3);
    expect(header(inside)).toEqual([40, 3, 0, 0]);
    expect(inside.step(100)).toBe(1);
    expect(header(inside)[1]).toBe(40);

    const outside = begin(
      atlasInput({ left: 3n * ONE, top: 0n, step: 1n, width: 256, height: 256, maxIterations: 1000 }),
    );
    expect(outside.step(8)).toBe(1); // two rounds of four bands
    expect(header(outside)).toEqual([4000, 8, 1, 0]);
    expect(new Set(counts(outside.output()))).toEqual(new Set([1]));
  });

  const GOOD = atlasInput({ left: 0n, top: 0n, step: 1n, width: 2, height: 3, maxIterations: 5 });
  const REFUSED: [why: string, from: RegExp, to: string, code: number][] = [
    ["no left", /left=.*\n/, "", 3],
    ["two tops", /top=/, "top=0\ntop=", 3],
    ["31 digits", /step=0/, "step=", 3],
    ["a digit that is none", /step=0/, "step=g", 3],
    ["width 0", /width=2/, "width=0", 4],
    ["width 4097", /width=2/, "width=4097", 4],
    ["too many pixels", /width=2\nheight=3/, "width=1025\nheight=1024", 4],
    ["a height with a point", /height=3/, "height=3.5", 4],
    ["no iterations", /max_iterations=5/, "max_iterations=0", 5],
    ["too many iterations", /max_iterations=5/, "max_iterations=10000001", 5],
  ];
  it.each(REFUSED)("refuses %s", (_, from, to, code) => {
    expect(GOOD).toMatch(from);
    expect(kernel.instance().init([GOOD.replace(from, to)])).toBe(code);
  });

  it("refuses a file besides the input", () => {
    expect(kernel.instance().init([GOOD, "x"])).toBe(2);
  });

  it("takes the largest tile", () => {
    const run = begin(
      atlasInput({ left: 3n * ONE, top: 0n, step: 1n, width: 1024, height: 1024, maxIterations: 10_000_000 }),
    );
    run.step(1);
    expect(run.load(run.save())).toBe(0);
    expect(run.output()).toHaveLength(4 * 1024 * 1024);
  });

  it("refuses a checkpoint of another tile, a cut one and one that is not consistent", () => {
    const input = GOOD.replace("max_iterations=5", "max_iterations=60000");
    const run = begin(input);
    run.step(2);
    const saved = run.save();
    expect(begin(GOOD).load(saved)).toBe(6);
    expect(begin(input.replace("width=2", "width=3")).load(saved)).toBe(6);
    expect(begin(input).load(saved.slice(4))).toBe(6);
    const forged = saved.slice();
    new Uint32Array(forged.buffer)[24] = 7; // a pixel's iterations
    expect(begin(input).load(forged)).toBe(6);
    expect(begin(input).load(saved)).toBe(0);
  });
});
