import { describe, expect, test } from "vitest";
import { parameterProblems } from "../../../server/core/replication/check-parameters.ts";
import { choosePolicy, HARMS } from "../../../server/core/submission/choose-policy.ts";
import { estimate, executionsAsked } from "../../../server/core/submission/estimate.ts";
import { createReducer, reductionFault, valuesOf } from "../../../server/core/submission/reduce.ts";
import { workunitParametersSchema } from "../../../server/core/wire/app-settings.ts";
import type { KernelManifest, OutputSchema } from "../../../server/core/wire/kernel-manifest.ts";

const verify = { module: "verify.wasm", maxMemoryPages: 1 };

describe("how bad is a wrong answer?", () => {
  const cases = HARMS.flatMap((harm) =>
    [false, true].flatMap((hasVerifier) =>
      [false, true].flatMap((missionCritical) =>
        (["exact", "tolerant", "statistical"] as const).map((exactness) => ({
          harm,
          hasVerifier,
          missionCritical,
          exactness,
        })),
      ),
    ),
  );
  test.each(cases)(
    "$harm, verifier $hasVerifier, mission-critical $missionCritical, $exactness: carried out as it is",
    (each) => {
      const about = {
        exactness: each.exactness,
        missionCritical: each.missionCritical,
        ...(each.hasVerifier ? { verify } : {}),
      };
      const { policy, parameters, reasons } = choosePolicy(
        each.harm,
        about as Pick<KernelManifest, "exactness" | "verify"> & { missionCritical: boolean },
      );
      const all = workunitParametersSchema.parse(parameters);
      expect(
        parameterProblems({
          parameters: all,
          policy,
          missionCritical: each.missionCritical,
          hasVerifier: each.hasVerifier,
          flops: 1,
        }),
      ).toEqual([]);
      expect(reasons.length).toBeGreaterThan(0);
    },
  );

  test("the worse it is, the more computations", () => {
    const asked = HARMS.map((harm) => {
      const { policy, parameters } = choosePolicy(harm, { exactness: "exact", missionCritical: false });
      return executionsAsked({ policy, minQuorum: parameters.minQuorum, targetNResults: parameters.minQuorum });
    });
    expect(asked).toEqual([1.1, 1.3, 2, 3]);
  });
});

describe("an estimate", () => {
  const planned = {
    workunits: 1_000,
    flopsEach: 2e10,
    policy: { type: "full" as const },
    minQuorum: 2,
    targetNResults: 2,
  };
  const measured = { flopsPerSecond: 1e9, lossRate: 0.2, redundancy: null, secondsPerDay: 86_400, secondsAhead: 0 };
  test("is computations times time, over what volunteers gave today", () => {
    expect(estimate(planned, measured)).toEqual({
      workunits: 1_000,
      resultsAtOnce: 2_000,
      executions: 2_500,
      executionsPerWorkunit: 2.5,
      computeSeconds: 50_000,
      secondsPerExecution: 20,
      doneInSeconds: 50_000,
      isMeasured: true,
    });
    expect(estimate(planned, { ...measured, secondsAhead: 86_400 }).doneInSeconds).toBe(136_400);
  });
  test("does not know when, where nobody computed, and says that it assumes", () => {
    const assumed = estimate(planned, { ...measured, flopsPerSecond: null, lossRate: null, secondsPerDay: 0 });
    expect(assumed).toMatchObject({ doneInSeconds: null, isMeasured: false, secondsPerExecution: 10 });
  });
});

const SCHEMA: OutputSchema = {
  format: "binary",
  header: [{ name: "total", type: "f64" }],
  record: [{ name: "n", type: "u32" }],
};
const reduce = (reduction: Parameters<typeof createReducer>[0], parts: number[][], isWhole = false) => {
  const reducer = createReducer(reduction, isWhole);
  for (const [index, part] of parts.entries()) reducer.add(index + 1, part);
  return reducer.result();
};

describe("reductions", () => {
  test("a sum of whole numbers is exact, however large", () => {
    const big = Number.MAX_SAFE_INTEGER;
    expect(
      reduce(
        { kind: "sum", field: "n" },
        [
          [big, big, 2],
          [1, -4],
        ],
        true,
      ),
    ).toMatchObject({ exact: String(2n * BigInt(big) - 1n), count: 5 });
  });
  test("a sum of others loses nothing to small ones, and passes over what is no number", () => {
    expect(reduce({ kind: "sum", field: "n" }, [[1e100, 1, Number.NaN], [-1e100]])).toEqual({
      kind: "sum",
      count: 3,
      sum: 1,
      mean: 1 / 3,
      exact: null,
    });
    expect(reduce({ kind: "sum", field: "n" }, [])).toEqual({ kind: "sum", count: 0, sum: 0, mean: null, exact: null });
  });
  test("extremes and the top say where; equals in order of workunit and row", () => {
    const parts = [
      [3, 1, 3],
      [3, Number.NaN, 5],
    ];
    expect(reduce({ kind: "max", field: "n" }, parts)).toEqual({
      kind: "max",
      count: 5,
      place: { workunitId: 2, row: 2, value: 5 },
    });
    expect(reduce({ kind: "min", field: "n" }, [])).toEqual({ kind: "min", count: 0, place: null });
    expect(reduce({ kind: "top", field: "n", k: 3, order: "largest" }, parts)).toMatchObject({
      places: [
        { workunitId: 2, row: 2, value: 5 },
        { workunitId: 1, row: 0, value: 3 },
        { workunitId: 1, row: 2, value: 3 },
      ],
    });
    expect(reduce({ kind: "top", field: "n", k: 2, order: "smallest" }, parts)).toMatchObject({
      places: [
        { workunitId: 1, row: 1, value: 1 },
        { workunitId: 1, row: 0, value: 3 },
      ],
    });
  });
  test("a histogram counts both ends, and what lies beyond", () => {
    const reduction = { kind: "histogram" as const, field: "n", from: 0, to: 10, bins: 5 };
    expect(
      reduce(reduction, [
        [0, 1.9, 2, 10, 9.99],
        [-1, 11, Number.NaN],
      ]),
    ).toEqual({
      kind: "histogram",
      count: 8,
      counts: [2, 1, 0, 0, 2],
      below: 1,
      above: 1,
      notNumbers: 1,
    });
  });
  test("fields are the app's own", () => {
    const output = Buffer.alloc(16);
    output.writeDoubleLE(2.5, 0);
    output.writeUInt32LE(7, 8);
    output.writeUInt32LE(9, 12);
    expect(Array.from(valuesOf(SCHEMA, "n", output) ?? [])).toEqual([7, 9]);
    expect(Array.from(valuesOf(SCHEMA, "total", output) ?? [])).toEqual([2.5]);
    expect(valuesOf(SCHEMA, "n", output.subarray(0, 9))).toBeNull();
    expect(reductionFault({ kind: "sum", field: "n" }, SCHEMA)).toBeNull();
    expect(reductionFault({ kind: "sum", field: "m" }, SCHEMA)).toBe(
      "The outputs have no number field m; they have total, n.",
    );
    expect(reductionFault({ kind: "histogram", field: "n", from: 1, to: 1, bins: 2 }, SCHEMA)).toMatch(
      /end must be above/,
    );
  });
});
