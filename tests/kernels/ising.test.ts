import { beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, type PureComparator } from "../../server/core/replication/comparators/compare-outputs.ts";
import { numbersOf, parseOutput } from "../../server/core/replication/comparators/output-values.ts";
import { sayMalformation } from "../../server/core/replication/comparators/say-reason.ts";
import { isingRound } from "../../server/examples/ising-runs.ts";
import { isingReference, threefry4x32 } from "../oracles/ising.ts";
import { CRITICAL_TEMPERATURE, onsagerEnergy, onsagerMagnetisation, smallLattice } from "../oracles/onsager.ts";
import { type BundledKernel, openKernel, seedBytes } from "./wasm-driver.ts";

const FULL = process.env["QUORATE_TEST_SIZE"] === "full";

interface Settings {
  size: number;
  temperature: number;
  thermalise: number;
  sweeps: number;
  every: number;
  chains: number;
}

let kernel: BundledKernel;
beforeAll(async () => {
  kernel = await openKernel("ising");
}, 60_000);

const text = (settings: Partial<Settings>) =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");

const settings = (change: Partial<Settings>): Settings => ({
  size: 8,
  temperature: 2.5,
  thermalise: 20,
  sweeps: 30,
  every: 2,
  chains: 512,
  ...change,
});

function start(change: Partial<Settings>, seed: bigint | number) {
  const run = kernel.instance();
  expect(run.init([text(settings(change)), seedBytes(seed)])).toBe(0);
  return run;
}

function field(output: Uint8Array, name: string): number {
  const parsed = parseOutput(kernel.manifest.output, output);
  if (!parsed.ok) throw new Error(sayMalformation(parsed.how));
  const value = numbersOf(parsed.values, name)?.[0];
  if (value === undefined) throw new Error(`no field ${name}`);
  return value;
}

/** Distance from an exact value in the estimate's own standard errors. */
function errorsFrom(output: Uint8Array, name: string, exact: number): number {
  return Math.abs(field(output, name) - exact) / field(output, `${name}_error`);
}

describe("the reference's random numbers", () => {
  // Known answers published with Random123.
  it.each([
    [13, [0, 0, 0, 0], [0, 0, 0, 0], [0x531c7e4f, 0x39491ee5, 0x2c855a92, 0x3d6abf9a]],
    [
      13,
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
      [0x4aa71d8f, 0x734738c2, 0x431fc6a8, 0xae6debf1],
    ],
    [20, [0, 0, 0, 0], [0, 0, 0, 0], [0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8]],
  ] as const)("threefry4x32 with %d rounds of %o", (rounds, counter, key, expected) => {
    expect(threefry4x32(counter, key, rounds)).toEqual(expected);
  });
});

describe("ising on WASM", () => {
  it("gives its examples' outputs", async () => {
    for (const example of kernel.manifest.examples) {
      const run = kernel.instance();
      expect(run.init([await kernel.file(example.input), seedBytes(BigInt(example.seed ?? 0))])).toBe(0);
      expect(run.finish(), example.name).toEqual(await kernel.file(example.output));
    }
  });

  it.each([
    [{ size: 4, temperature: CRITICAL_TEMPERATURE.toFixed(6) }, 1n],
    [{ size: 6, temperature: 1.25, every: 1, thermalise: 0, sweeps: 9 }, 0xfedcba9876543210n],
    [{ size: 10, temperature: 40, every: 2, thermalise: 1, sweeps: 5, chains: 640 }, 3n],
  ])("gives the reference's bytes: %o", (change, seed) => {
    const all = settings({ ...change, temperature: Number(change.temperature) });
    expect(start(all, seed).finish()).toEqual(isingReference(all, seed));
  });

  it("does not depend on the budget, nor on a checkpoint and another instance in between", () => {
    const straight = start({ chains: 640 }, 5).finish();
    expect(start({ chains: 640 }, 5).finish(1)).toEqual(straight);
    const first = start({ chains: 640 }, 5);
    expect(first.step(23)).toBeCloseTo(23 / 50, 12);
    const second = start({ chains: 640 }, 5);
    expect(second.load(first.save())).toBe(0);
    expect(second.save()).toEqual(first.save());
    expect(second.finish(4)).toEqual(straight);
  });

  it("refuses a checkpoint of another seed, another input or another length", () => {
    const state = start({}, 1).save();
    expect(start({}, 2).load(state)).not.toBe(0);
    expect(start({ temperature: 2.6 }, 1).load(state)).not.toBe(0);
    expect(start({ chains: 640 }, 1).load(state)).not.toBe(0);
    expect(start({}, 1).load(state.subarray(1))).not.toBe(0);
    expect(start({}, 1).load(state)).toBe(0);
  });

  it.each([
    ["an odd size", { size: 9 }, 2],
    ["a size above 128", { size: 130 }, 2],
    ["a temperature below 1", { temperature: 0.999999 }, 3],
    ["no temperature", { temperature: undefined }, 3],
    ["samples further apart than the run is long", { sweeps: 10, every: 11 }, 4],
    ["sweeps of nothing", { sweeps: 0 }, 4],
    ["chains that fill no vector", { chains: 544 }, 5],
    ["fewer chains than the errors need", { chains: 384 }, 5],
    ["more spins than a unit may have", { size: 128, chains: 640 }, 5],
  ])("refuses %s", (_what, change, code) => {
    const entries = Object.entries({ ...settings({}), ...change }).filter(([, value]) => value !== undefined);
    expect(kernel.instance().init([text(Object.fromEntries(entries)), seedBytes(1)])).toBe(code);
  });

  it("accepts every workunit of the bundled project", () => {
    for (const { input } of [0, 1, 2].flatMap(isingRound)) {
      const run = kernel.instance();
      expect(run.init([input, seedBytes(1)]), input).toBe(0);
      expect(run.step(1)).toBeGreaterThan(0);
    }
  });

  it("refuses a missing or short seed", () => {
    expect(kernel.instance().init([text(settings({}))])).toBe(6);
    expect(kernel.instance().init([text(settings({})), new Uint8Array(4)])).toBe(6);
  });
});

describe("exact results", () => {
  it.each([1, 1.8, CRITICAL_TEMPERATURE, 3])(
    "every state of the 4 x 4 lattice at T = %d, within 4 standard errors",
    (temperature) => {
      const exact = smallLattice(4, Number(temperature.toFixed(6)));
      const output = start(
        {
          size: 4,
          temperature: Number(temperature.toFixed(6)),
          chains: 4096,
          thermalise: 100,
          sweeps: FULL ? 20_000 : 2000,
        },
        31,
      ).finish();
      expect(errorsFrom(output, "energy", exact.energy)).toBeLessThan(4);
      expect(errorsFrom(output, "magnetisation", exact.magnetisation)).toBeLessThan(4);
      expect(field(output, "energy_error")).toBeLessThan(0.002);
    },
  );

  // Correlation lengths are below 6 sites, so that the 64 x 64 torus stands for the infinite lattice.
  it.each([1.2, 1.5, 1.8, 2, 2.1])(
    "Onsager's magnetisation and energy at T = %d, within 4 standard errors",
    (temperature) => {
      const output = start(
        { size: 64, temperature, chains: 512, thermalise: 200, sweeps: FULL ? 4000 : 400, every: 5 },
        77,
      ).finish();
      expect(errorsFrom(output, "magnetisation", onsagerMagnetisation(temperature))).toBeLessThan(4);
      expect(errorsFrom(output, "energy", onsagerEnergy(temperature))).toBeLessThan(4);
      expect(field(output, "magnetisation_error")).toBeLessThan(0.0005);
      expect(field(output, "energy_error")).toBeLessThan(0.0005);
    },
  );

  it.each([2.5, 3, 4, 10])(
    "Onsager's energy above the critical point at T = %d, within 4 standard errors",
    (temperature) => {
      const output = start(
        { size: 64, temperature, chains: 512, thermalise: 200, sweeps: FULL ? 4000 : 400, every: 5 },
        78,
      ).finish();
      expect(errorsFrom(output, "energy", onsagerEnergy(temperature))).toBeLessThan(4);
      expect(field(output, "energy_error")).toBeLessThan(0.0005);
      expect(field(output, "magnetisation")).toBeLessThan(0.15);
    },
  );
});

describe("statistical comparison of replicas", () => {
  const compare = (first: Uint8Array, second: Uint8Array, falseAlarmRate?: number) => {
    const comparator = kernel.manifest.comparator;
    if (comparator.type !== "statistical") throw new Error("the comparator is not statistical");
    const declared: PureComparator = { ...comparator, falseAlarmRate: falseAlarmRate ?? comparator.falseAlarmRate };
    return compareOutputs(declared, kernel.manifest.output, { first, second });
  };

  // Small and cold lattices, where rare events make the error, are the hardest; then the critical point and above.
  const honest = [
    [4, 1.3],
    [8, 1],
    [8, 1.5],
    [8, 1.7],
    [8, 2.269185],
    [12, 2.269185],
    [8, 4],
  ] as const;
  const pairsEach = FULL ? 10_000 : 500;
  const rates = [0.001, 0.01, 0.1];
  const pooled = rates.map(() => 0);
  /** Three standard deviations above the expected number, and one alarm more for small expectations. */
  const most = (rate: number, pairs: number) => rate * pairs + 3 * Math.sqrt(rate * pairs) + 1;

  it.each(honest)(
    "[R000.6] honest pairs of size %d at T = %d are called different no more often than declared",
    (size, temperature) => {
      const alarms = rates.map(() => 0);
      for (let pair = 0; pair < pairsEach; pair++) {
        const [first, second] = [1, 2].map((replica) => start({ size, temperature }, 2 * pair + replica).finish());
        if (first === undefined || second === undefined) throw new Error("no replicas");
        rates.forEach((rate, i) => {
          if (!compare(first, second, rate).agree) alarms[i] = (alarms[i] ?? 0) + 1;
        });
      }
      rates.forEach((rate, i) => {
        expect(alarms[i], `${alarms[i]} of ${pairsEach} at ${rate}`).toBeLessThanOrEqual(most(rate, pairsEach));
        pooled[i] = (pooled[i] ?? 0) + (alarms[i] ?? 0);
      });
    },
    120_000,
  );

  it("[R000.6] so do all of them together, at least 2000 pairs", () => {
    const pairs = pairsEach * honest.length;
    expect(pairs).toBeGreaterThanOrEqual(2000);
    const { comparator } = kernel.manifest;
    expect(comparator).toMatchObject({ type: "statistical", falseAlarmRate: rates[0] });
    rates.forEach((rate, i) => {
      expect(pooled[i], `${pooled[i]} of ${pairs} at ${rate}`).toBeLessThanOrEqual(
        rate * pairs + 3 * Math.sqrt(rate * pairs),
      );
    });
    // The comparison is a test at all: at a tenth it raises alarms, if fewer than stated (related estimates, Bonferroni).
    expect(pooled[2]).toBeGreaterThan(0.02 * pairs);
  });

  it("tells a replica at another temperature from an honest one", () => {
    const longer = { size: 16, sweeps: 200, thermalise: 100, chains: 512 };
    for (const temperature of [1.8, 2.269185, 3]) {
      const right = start({ ...longer, temperature }, 1).finish();
      expect(compare(right, start({ ...longer, temperature }, 2).finish()).agree).toBe(true);
      const wrong = start({ ...longer, temperature: Number((temperature * 1.01).toFixed(6)) }, 3).finish();
      expect(compare(right, wrong).agree, `T = ${temperature}`).toBe(false);
    }
  });

  it("does not let a claimed error excuse a wrong estimate", () => {
    const right = start({}, 1).finish();
    for (let pair = 0; pair < 4; pair++) {
      const lie = start({}, 2).finish();
      const view = new DataView(lie.buffer);
      view.setFloat64(16 * pair, view.getFloat64(16 * pair, true) + 0.3, true);
      expect(compare(right, lie).agree).toBe(false);
      view.setFloat64(16 * pair + 8, 1000, true);
      expect(compare(right, lie).agree).toBe(false);
    }
  });
});
