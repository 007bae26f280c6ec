import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, type PureComparator } from "../../server/core/replication/comparators/compare-outputs.ts";
import { clusterRound } from "../../server/examples/cluster-runs.ts";
import { descend, energyOf, exactForce, largestForce, type Point } from "../oracles/lennard-jones.ts";
import { type BundledKernel, openKernel } from "./wasm-driver.ts";

const FULL = process.env["QUORATE_TEST_SIZE"] === "full";

interface Settings {
  atoms: number;
  seed: number;
  walkers: number;
  moves: number;
  cycles: number;
}

/** Published global minima: Cambridge Cluster Database. */
const MINIMA = new Map(
  readFileSync(new URL("../../worker/kernels/cluster/minima.csv", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line): [number, number] => {
      const [n, energy] = line.split(",").map(Number);
      return [n ?? 0, energy ?? 0];
    }),
);

let kernel: BundledKernel;
beforeAll(async () => {
  kernel = await openKernel("cluster");
}, 60_000);

const text = (change: Partial<Settings>) =>
  Object.entries({ atoms: 7, seed: 1, walkers: 64, moves: 1024, cycles: 1, ...change })
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
const bytesOf = (input: string) => new TextEncoder().encode(input);

function start(change: Partial<Settings>) {
  const run = kernel.instance();
  expect(run.init([text(change)])).toBe(0);
  return run;
}

function read(output: Uint8Array): { energy: number; force: number; points: Point[] } {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  const points: Point[] = [];
  for (let at = 16; at < output.byteLength; at += 24) {
    points.push([view.getFloat64(at, true), view.getFloat64(at + 8, true), view.getFloat64(at + 16, true)]);
  }
  return { energy: view.getFloat64(0, true), force: view.getFloat64(8, true), points };
}

/** An output whose claims are true of its coordinates, unless told otherwise. */
function claim(points: readonly Point[], wrong: { energy?: number; force?: number } = {}): Uint8Array {
  const output = new Uint8Array(Float64Array.of(0, 0, ...points.flat()).buffer);
  const view = new DataView(output.buffer);
  view.setFloat64(0, wrong.energy ?? energyOf(points), true);
  view.setFloat64(8, wrong.force ?? exactForce(points), true);
  return output;
}

const PAIR = 2 ** (1 / 6);

describe("cluster on WASM", () => {
  it("gives its examples' outputs, and its verifier accepts them", async () => {
    for (const example of kernel.manifest.examples) {
      const input = await kernel.file(example.input);
      const run = kernel.instance();
      expect(run.init([input])).toBe(0);
      const output = run.finish();
      expect(output, example.name).toEqual(await kernel.file(example.output));
      expect(kernel.verify(input, output)).toBe(1);
    }
  });

  it.each([...MINIMA])(
    "finds the published minimum of %d atoms, %d",
    (atoms, energy) => {
      const settings = { atoms, walkers: 256, moves: FULL ? 32_768 : 8192, seed: 20 };
      const output = start(settings).finish();
      // The published energies have six digits; relaxed ones are right to 1e-7.
      expect(read(output).energy).toBeGreaterThan(energy - 1e-6);
      expect(read(output).energy).toBeLessThan(energy + 1e-6);
      expect(kernel.verify(bytesOf(text(settings)), output)).toBe(1);
    },
    60_000,
  );

  it("claims what is true of the coordinates", () => {
    const { energy, force, points } = read(start({ atoms: 11 }).finish());
    expect(energy).toBeCloseTo(energyOf(points), 9);
    expect(force).toBeCloseTo(exactForce(points), 9);
    expect(exactForce(points)).toBeCloseTo(largestForce(points), 4);
    expect(force).toBeLessThan(2e-4);
  });

  it("keeps every walker's integer energy equal to that of its atoms, inside the container", () => {
    const [atoms, walkers] = [9, 64];
    const run = start({ atoms, walkers, moves: 512, cycles: 2 });
    for (const units of [0, 1, 30, 33]) {
      if (units > 0) run.step(units);
      const state = run.save();
      const view = new DataView(state.buffer);
      const words = state.byteLength / 4 - (6 * atoms + 2) * walkers;
      for (let walker = 0; walker < walkers; walker++) {
        const at = (block: number) => view.getInt32(4 * (words + block * walkers + walker), true);
        const points = Array.from(
          { length: atoms },
          (_, i): Point => [at(3 * i) / 4096, at(3 * i + 1) / 4096, at(3 * i + 2) / 4096],
        );
        for (const point of points) expect(Math.hypot(...point)).toBeLessThan(1 + 0.6 * Math.cbrt(atoms) + 1e-3);
        const energy = at(6 * atoms) / 65536;
        if (energy < 0) expect(Math.abs(energy - energyOf(points))).toBeLessThan(0.1); // table, 16 bits, cut at 4 sigma
      }
    }
  });

  it("does not depend on the budget, nor on a checkpoint and another instance in between", () => {
    const straight = start({}).finish();
    expect(start({}).finish(1)).toEqual(straight);
    for (const units of [50, 128, 131]) {
      const first = start({});
      first.step(units); // 128 units of annealing, then 256 of relaxation
      const second = start({});
      expect(second.load(first.save())).toBe(0);
      expect(second.finish(9)).toEqual(straight);
    }
  });

  it("another seed takes another way", () => {
    expect(start({ seed: 2 }).finish()).not.toEqual(start({ seed: 1 }).finish());
    expect(start({ seed: 2 ** 32 + 1 }).finish()).not.toEqual(start({ seed: 1 }).finish());
  });

  it("refuses a checkpoint of another input or length", () => {
    const state = start({}).save();
    expect(start({ seed: 2 }).load(state)).not.toBe(0);
    expect(start({ atoms: 8 }).load(state)).not.toBe(0);
    expect(start({ cycles: 2 }).load(state)).not.toBe(0);
    expect(start({}).load(state.subarray(4))).not.toBe(0);
    expect(start({}).load(state)).toBe(0);
  });

  it("accepts every workunit of the bundled project", () => {
    for (const { input } of clusterRound(0)) {
      const run = kernel.instance();
      expect(run.init([input]), input).toBe(0);
      expect(run.step(1)).toBeGreaterThan(0);
    }
  });

  it.each([
    ["one atom", { atoms: 1 }, 2],
    ["33 atoms", { atoms: 33 }, 2],
    ["a negative seed", { seed: -1 }, 3],
    ["walkers that fill no workgroup", { walkers: 65 }, 4],
    ["more work than a unit may have", { walkers: 2048, atoms: 32 }, 4],
    ["moves that fill no stage", { moves: 1000 }, 5],
    ["no cycle", { cycles: 0 }, 6],
  ])("refuses %s", (_what, change, code) => {
    expect(kernel.instance().init([text(change)])).toBe(code);
  });
});

describe("verify", () => {
  const verify = (atoms: number, output: Uint8Array) => kernel.verify(bytesOf(text({ atoms })), output);
  const dimer: Point[] = [
    [0, 0, 0],
    [PAIR, 0, 0],
  ];
  const trimer: Point[] = [...dimer, [PAIR / 2, (PAIR * Math.sqrt(3)) / 2, 0]];

  it("accepts true claims about a minimum, wherever it lies", () => {
    expect(verify(2, claim(dimer))).toBe(1);
    expect(verify(3, claim(trimer))).toBe(1);
    expect(verify(3, claim(trimer.map(([x, y, z]) => [z + 3, x - 1, y + 2])))).toBe(1);
  });

  it.each([
    ["a better energy than the atoms have", claim(trimer, { energy: -3.0001 })],
    ["an energy wrong in the eighth digit", claim(trimer, { energy: -3.0000001 })],
    [
      "a smaller force than the atoms have",
      claim(
        trimer.map(([x, y, z]) => [1.01 * x, y, z]),
        { force: 0 },
      ),
    ],
    ["a stretched cluster", claim(trimer.map(([x, y, z]) => [1.01 * x, 1.01 * y, 1.01 * z]))],
    ["atoms in a row, where all forces vanish but no minimum is", claim(row())],
    [
      "two atoms far apart, where no force acts either",
      claim([
        [0, 0, 0],
        [100, 0, 0],
        [0, 100, 0],
      ]),
    ],
    ["two atoms on one spot", claim([...dimer, [0, 0, 0]], { energy: -3, force: 0 })],
  ])("refuses %s", (_what, output) => {
    expect(verify(3, output)).toBe(0);
  });

  it("gives codes for what is no output of this input", () => {
    expect(verify(1, claim(trimer))).toBe(-1);
    expect(verify(2, claim(trimer))).toBe(-2);
    expect(verify(3, claim(trimer).subarray(0, 87))).toBe(-2);
    expect(verify(3, new Uint8Array(0))).toBe(-2);
    expect(verify(3, claim([...dimer, [Number.NaN, 0, 0]]))).toBe(-3);
    expect(verify(3, claim([...dimer, [Infinity, 0, 0]], { energy: -1 }))).toBe(-3);
    expect(verify(3, claim(trimer, { energy: Number.NaN }))).toBe(-3);
    expect(verify(3, claim(trimer, { force: Infinity }))).toBe(-3);
  });

  it("accepts a minimum that is not the lowest: whether to ask another volunteer is the policy's question", () => {
    const angles = [0, 2, 4].map((k) => (k * Math.PI) / 3);
    const ring = angles.map((angle): Point => [0.65 * Math.cos(angle), 0.65 * Math.sin(angle), 0]);
    const capped = descend([...ring, [0, 0, 0.92], [0, 0, -0.92], [0.75, 1.2, 0.8]]);
    expect(energyOf(capped)).toBeCloseTo(-12.302927, 5); // the second of the two minima of six atoms
    expect(verify(6, claim(capped))).toBe(1);
  });

  /** Three atoms in a row at the distance where the forces cancel: a saddle. */
  function row(): Point[] {
    let [low, high] = [1, PAIR];
    for (let i = 0; i < 60; i++) {
      const r = (low + high) / 2;
      const slope = 24 * r ** -7 - 48 * r ** -13 + 24 * (2 * r) ** -7 - 48 * (2 * r) ** -13;
      if (slope < 0) low = r;
      else high = r;
    }
    return [
      [-low, 0, 0],
      [0, 0, 0],
      [low, 0, 0],
    ];
  }
});

describe("tolerant comparison", () => {
  const compare = (first: Uint8Array, second: Uint8Array) =>
    compareOutputs(kernel.manifest.comparator as PureComparator, kernel.manifest.output, { first, second }).agree;

  it("[R000.6] agrees on the energy whatever the coordinates, and not on another minimum", () => {
    const [first, second] = [1, 2].map((seed) => start({ atoms: 8, seed, moves: 4096 }).finish());
    if (first === undefined || second === undefined) throw new Error("no outputs");
    expect(first).not.toEqual(second);
    expect(compare(first, second)).toBe(true);
    const other = second.slice();
    new DataView(other.buffer).setFloat64(0, read(second).energy * (1 + 2e-6), true);
    expect(compare(first, other)).toBe(false);
  });
});
