import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareStatistical,
  kolmogorovSmirnovDistance,
  type StatisticalComparator,
} from "../../../../server/core/replication/comparators/statistical.ts";
import type { OutputSchema } from "../../../../server/core/wire/kernel-manifest.ts";
import { type BinaryOutput, binary, binarySchema, doubles, normals, uniforms } from "./outputs.ts";

const mean: StatisticalComparator = {
  type: "statistical",
  test: "mean",
  falseAlarmRate: 0.01,
  pairs: [{ estimate: "energy", standardError: "error" }],
};
const compareMean = (a: BinaryOutput, b: BinaryOutput) =>
  compareStatistical(mean, binarySchema, { first: binary(a), second: binary(b) });

describe("[R000.6] difference of means against standard errors", () => {
  // 1 % two-sided: 2.5758 combined errors; 3 and 4 combine to 5.
  it.each([
    ["inside", { energy: 0, error: 3 }, { energy: 12.87, error: 4 }, true],
    ["outside", { energy: 0, error: 3 }, { energy: 12.89, error: 4 }, false],
    ["equal, both without error", { energy: 2, error: 0 }, { energy: 2, error: 0 }, true],
    ["different, both without error", { energy: 2, error: 0 }, { energy: 2.001, error: 0 }, false],
    ["an error five times as large", { energy: 0, error: 1 }, { energy: 1, error: 5 }, true],
    ["an error claimed too large", { energy: 0, error: 1 }, { energy: 1, error: 5.01 }, false],
    ["an error claimed to be none", { energy: 0, error: 1 }, { energy: 0, error: 0 }, false],
  ])("%s", (_what, a, b, expected) => {
    expect(compareMean(a, b).agree).toBe(expected);
    expect(compareMean(b, a).agree).toBe(expected);
  });

  it("calls what is no number malformed", () => {
    const good = { energy: 0, error: 1 };
    expect(compareMean({ energy: Number.NaN, error: 1 }, good)).toMatchObject({ agree: false, malformed: ["first"] });
    expect(compareMean(good, { energy: 0, error: -1 })).toMatchObject({ agree: false, malformed: ["second"] });
    expect(compareMean(good, { energy: Infinity, error: 1 }).malformed).toEqual(["second"]);
    const short = binary(good).subarray(2);
    expect(compareStatistical(mean, binarySchema, { first: short, second: binary(good) }).malformed).toEqual(["first"]);
  });

  const twoPairs: OutputSchema = {
    format: "binary",
    header: ["a", "aError", "b", "bError"].map((name) => ({ name, type: "f64" as const })),
    record: [],
  };
  const bonferroni: StatisticalComparator = {
    ...mean,
    pairs: [
      { estimate: "a", standardError: "aError" },
      { estimate: "b", standardError: "bError" },
    ],
  };

  it("Bonferroni: two estimates are each tested at half the rate, 2.8070 combined errors", () => {
    const compare = (b: number) =>
      compareStatistical(bonferroni, twoPairs, { first: doubles([0, 1, 0, 3]), second: doubles([0, 1, b, 4]) });
    expect(compare(14.03).agree).toBe(true);
    expect(compare(14.04)).toMatchObject({
      agree: false,
      reason: { code: "estimates_apart", field: "b", values: [0, 14.04] },
    });
  });

  it("a field that does not exist and a comparator without pairs never agree", () => {
    const outputs = { first: binary({}), second: binary({}) };
    const unknown = { ...mean, pairs: [{ estimate: "energy", standardError: "nothing" }] };
    const { pairs: _pairs, ...none } = mean;
    expect(compareStatistical(unknown, binarySchema, outputs).agree).toBe(false);
    expect(compareStatistical(none, binarySchema, outputs).agree).toBe(false);
  });

  it("every record is an estimate when the pair lies in the records", () => {
    const schema: OutputSchema = {
      format: "binary",
      header: [],
      record: [
        { name: "energy", type: "f64" },
        { name: "error", type: "f64" },
      ],
    };
    const compare = (first: number[], second: number[]) =>
      compareStatistical(mean, schema, { first: doubles(first), second: doubles(second) });
    expect(compare([1, 1, 5, 1], [1, 1, 5, 1]).agree).toBe(true);
    expect(compare([1, 1, 5, 1], [1, 1, 15, 1]).agree).toBe(false);
    expect(compare([1, 1, 5, 1], [1, 1]).agree).toBe(false);
    expect(compare([], []).agree).toBe(false);
  });

  it("honest pairs of correlated estimates are called different no more often than stated", () => {
    const normal = normals(11);
    const pairs = 40_000;
    let alarms = 0;
    for (let i = 0; i < pairs; i++) {
      const draw = () => {
        const common = normal();
        return doubles([common, 1, (common + normal()) / Math.SQRT2, 1]);
      };
      if (!compareStatistical(bonferroni, twoPairs, { first: draw(), second: draw() }).agree) alarms++;
    }
    const rate = alarms / pairs;
    expect(rate).toBeLessThan(0.01 + 3 * Math.sqrt(0.01 / pairs));
    expect(rate).toBeGreaterThan(0.005); // Bonferroni costs less than half when estimates are this much related
  });
});

const sampleSchema: OutputSchema = { format: "binary", header: [], record: [{ name: "value", type: "f64" }] };
const ks: StatisticalComparator = {
  type: "statistical",
  test: "kolmogorov_smirnov",
  falseAlarmRate: 0.05,
  sample: "value",
};
const compareSamples = (a: readonly number[], b: readonly number[]) =>
  compareStatistical(ks, sampleSchema, { first: doubles(a), second: doubles(b) });
const range = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

describe("[R000.6] two-sample Kolmogorov-Smirnov", () => {
  it("measures the largest distance of the distribution functions, ties together", () => {
    expect(kolmogorovSmirnovDistance([1, 2, 3], [4, 5])).toBe(1);
    expect(kolmogorovSmirnovDistance([1, 2, 3, 4], [1, 2, 3, 4])).toBe(0);
    expect(kolmogorovSmirnovDistance([1, 1, 1, 2], [1, 2, 2, 2])).toBe(0.5);
    expect(kolmogorovSmirnovDistance([3, 1, 2], [2.5, 0.5])).toBeCloseTo(1 / 3 + 1 / 6, 12);
  });

  // Massey 1951: two samples of ten differ at 5 % from a distance of 7/10.
  it("both sides of the critical distance of two samples of ten", () => {
    expect(compareSamples(range(10), range(10, 6)).agree).toBe(true);
    expect(compareSamples(range(10), range(10, 7)).agree).toBe(false);
  });

  it("a few samples do not pass for many, empty and non-finite ones are malformed", () => {
    const sample = range(40).map((value) => value / 40);
    expect(compareSamples(sample, sample.slice(0, 19)).agree).toBe(false);
    expect(compareSamples(sample, [])).toMatchObject({ agree: false, malformed: ["second"] });
    expect(compareSamples([...sample, Number.NaN], sample)).toMatchObject({ agree: false, malformed: ["first"] });
    expect(
      compareStatistical({ ...ks, sample: "x" }, sampleSchema, { first: doubles([1]), second: doubles([1]) }).agree,
    ).toBe(false);
  });

  it.each([
    ["continuous", (u: number) => u, 0.02],
    ["tied", (u: number) => Math.floor(4 * u), 0],
  ])("honest %s samples are called different no more often than stated", (_what, shape, least) => {
    const uniform = uniforms(5);
    const pairs = 4000;
    let alarms = 0;
    for (let i = 0; i < pairs; i++) {
      const draw = () => Array.from({ length: 60 }, () => shape(uniform()));
      if (!compareSamples(draw(), draw()).agree) alarms++;
    }
    expect(alarms / pairs).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt(0.05 / pairs));
    expect(alarms / pairs).toBeGreaterThanOrEqual(least);
  });

  it("[R003.13] does not depend on the order of the two outputs", () => {
    const samples = fc.array(fc.double({ noNaN: true, min: -5, max: 5 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        expect(compareSamples(a, b).agree).toBe(compareSamples(b, a).agree);
      }),
    );
  });
});
